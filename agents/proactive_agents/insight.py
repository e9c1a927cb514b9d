"""What simulated people would truly feel, for oracles and for training.

No assistant that is ranked may ask while it plays; training may, on people of the population.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine
from proactive_gym.errors import InvalidOptionError
from proactive_gym.users import SimulatedUser
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import COMPONENTS


def simulated(engine: Engine) -> SimulatedUser:
    """The engine's user, if it can be looked into.

    Raises:
        InvalidOptionError: It cannot.
    """
    if not isinstance(engine.user, SimulatedUser):
        raise InvalidOptionError("this policy reads simulated people; the seat holds others")
    return engine.user


def true_rewards(
    engine: Engine,
    points: NDArray[np.integer] | slice,
    worth: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Expected rewards of all actions under the present trust and fatigue.

    Args:
        engine: Whose slots hold simulated people.
        points: (N,) one point a slot, or a slice of the day's points.
        worth: (N, P, len(COMPONENTS)), another worth of today's behaviours than the true one.

    Returns:
        (N, 48) in [-1, 1], in the order of `ACTIONS`; or (N, points, 48) for a slice.

    Raises:
        InvalidOptionError: They are not simulated.
    """
    user = simulated(engine)
    if isinstance(points, slice):
        each = [
            true_rewards(engine, np.full(engine.slots, p), worth)
            for p in range(*points.indices(engine.options.points))
        ]
        return np.stack(each, axis=1)
    at = (engine.everyone, points)
    now = (user.worth if worth is None else worth)[at][:, : len(COMPONENTS)].astype(np.float64)
    return expected_rewards(now, user.parameters.noise_sd, user.expired[at], user.shifts())
