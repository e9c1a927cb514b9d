"""Greedy policies that know the person: true preferences, trust and fatigue.

`oracle-observed` sees the moment as the assistant does, through noisy estimates; `oracle-full` also
knows the scenario's true benefit, urgency and stakes and whether it concerns the person. Both
maximise the reward of the present moment, not of the life, so neither is a strict upper bound.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_agents.insight import simulated, true_rewards
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.beliefs import believed_situation
from proactive_gym.envs.engine import Engine
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
        self.believed: NDArray[np.float64] | None = None

    def attend(self, engine: Engine) -> None:
        """Appraise the whole day."""
        self.engine = engine
        user = simulated(engine)
        if not self.observed:
            return
        situation = believed_situation(engine)
        worth = user.appraise(engine.everyone, situation)[..., : len(COMPONENTS)]
        self.believed = worth.astype(np.float64)
        self.believed[..., _HOLD] -= user.fade(engine.moments, situation)

    def rewards(self, points: NDArray[np.integer] | slice) -> NDArray[np.float64]:
        """Expected rewards under the present trust and fatigue.

        Args:
            points: (N,) one point a slot, or a slice of the day's points.

        Returns:
            (N, 48), or (N, points, 48) for a slice.
        """
        return true_rewards(self.engine, points, self.believed)

    def act(self, observations: Observations) -> Actions:
        """The action of the highest expected reward for each person."""
        return ACTIONS[self.rewards(self.engine.point).argmax(axis=1)]
