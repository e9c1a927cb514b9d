"""The same action always: silence, or the best of the 48."""

from dataclasses import dataclass

import numpy as np

from proactive_baselines.oracle import Oracle
from proactive_baselines.policy import Actions
from proactive_gym.envs.engine import Engine
from proactive_gym.users.features import ACTIONS

SILENT = (0, 0, 0, 0)


@dataclass(frozen=True)
class Fixed:
    """One action in every moment."""

    action: tuple[int, int, int, int] = SILENT

    def begin_session(self, engine: Engine) -> None:
        """Nothing to prepare."""

    def act(self, engine: Engine) -> Actions:
        """The action, for each slot."""
        return np.tile(np.array(self.action), (engine.slots, 1))


def best_fixed(engine: Engine) -> Fixed:
    """The action of the highest expected reward over the present day of `engine`'s people.

    It is chosen at the trust and the rest of a day's beginning, not over whole lives.

    Args:
        engine: Training people, after a reset; it is not stepped.
    """
    oracle = Oracle(observed=False)
    oracle.begin_session(engine)
    best = oracle.rewards(engine, slice(None)).mean(axis=(0, 1)).argmax()
    timing, autonomy, verbosity, tone = (int(a) for a in ACTIONS[best])
    return Fixed((timing, autonomy, verbosity, tone))
