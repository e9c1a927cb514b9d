"""Greedy policies that know the person: true preferences, trust and fatigue.

`oracle-observed` sees the moment as the assistant does, through noisy estimates; `oracle-full` also
knows the scenario's true benefit, urgency and stakes and whether it concerns the person. Both
maximise the reward of the present moment, not of the life, so neither is a strict upper bound.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.beliefs import believed_situation
from proactive_gym.envs.engine import Engine
from proactive_gym.errors import InvalidOptionError
from proactive_gym.users import SimulatedUser
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import ACTIONS, COMPONENTS

_HOLD = COMPONENTS.index("hold")


class Oracle(Memoryless):
    """Maximises the true person's expected reward.

    Args:
        observed: Whether it sees the scenario through the assistant's estimates.

    Raises:
        InvalidOptionError: At the first session, if the seat is not filled by simulated people.
    """

    def __init__(self, observed: bool) -> None:
        self.observed = observed
        self.worth = np.zeros((0, 0, len(COMPONENTS)))

    def attend(self, engine: Engine) -> None:
        """Appraise the whole day."""
        self.engine = engine
        user = simulated(engine)
        if not self.observed:
            self.worth = user.worth[..., : len(COMPONENTS)].astype(np.float64)
            return
        situation = believed_situation(engine)
        worth = user.appraise(engine.everyone, situation)[..., : len(COMPONENTS)]
        self.worth = worth.astype(np.float64)
        self.worth[..., _HOLD] -= user.fade(engine.moments, situation)

    def rewards(self, points: NDArray[np.integer] | slice) -> NDArray[np.float64]:
        """Expected rewards under the present trust and fatigue.

        Args:
            points: (N,) one point a slot, or a slice of the day's points.

        Returns:
            (N, 48), or (N, points, 48) for a slice.
        """
        engine, user = self.engine, simulated(self.engine)
        if isinstance(points, slice):
            each = [
                self.rewards(np.full(engine.slots, p))
                for p in range(*points.indices(engine.options.points))
            ]
            return np.stack(each, axis=1)
        at = (engine.everyone, points)
        noise = user.parameters.noise_sd
        return expected_rewards(self.worth[at], noise, user.expired[at], user.shifts())

    def act(self, observations: Observations) -> Actions:
        """The action of the highest expected reward for each person."""
        return ACTIONS[self.rewards(self.engine.point).argmax(axis=1)]


def simulated(engine: Engine) -> SimulatedUser:
    """The engine's user, if it can be looked into.

    Raises:
        InvalidOptionError: It cannot.
    """
    if not isinstance(engine.user, SimulatedUser):
        raise InvalidOptionError("this policy reads simulated people; the seat holds others")
    return engine.user
