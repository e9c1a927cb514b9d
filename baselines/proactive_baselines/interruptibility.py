"""Rules written by hand, without data: benefit alone, and urgency against activity.

The second is the classic design of interruption management (Horvitz and others: the expected cost
of interrupting against the cost of delay), with the two costs set by judgement: what is urgent
speaks now, what can wait is held while the person is busy, what helps little is left alone. Both
notify, briefly and casually, which presumes least.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_gym.envs.reading import Seen
from proactive_gym.vocabulary import ACTIVITIES, TIMINGS

SILENT, NOW, HOLD = (TIMINGS.index(t) for t in ("silent", "now", "hold"))

WORTHWHILE = 2.0
"""Estimated benefit (0-5) below which nothing is said."""
NEEDED_URGENCY = {
    "focused_work": 3.5,
    "meeting": 4.5,
    "conversation": 4.0,
    "commuting": 2.0,
    "driving": 4.0,
    "exercising": 3.5,
    "chores": 2.0,
    "relaxing": 2.5,
    "eating": 3.0,
    "getting_ready": 3.0,
    "in_bed": 4.5,
}
"""Estimated urgency (1-5) from which the activity may be interrupted."""
_NEEDED = np.array([NEEDED_URGENCY[a] for a in ACTIVITIES], np.float32)


def notify(timing: NDArray[np.integer]) -> Actions:
    """A brief, casual notice at these timings, (N, 4)."""
    actions = np.zeros((len(timing), 4), np.int64)
    actions[:, 0] = timing
    return actions


class Worthwhile(Memoryless):
    """Speaks at once of what is estimated to help, wherever the person is."""

    def act(self, observations: Observations) -> Actions:
        """An action for each person, (N, 4)."""
        return notify(np.where(Seen.of(observations).benefit < WORTHWHILE, SILENT, NOW))


class Interruptibility(Memoryless):
    """Speaks at once if urgency outweighs the activity, else holds."""

    def act(self, observations: Observations) -> Actions:
        """An action for each person, (N, 4)."""
        seen = Seen.of(observations)
        urgent = seen.urgency >= _NEEDED[seen.activity]
        return notify(np.where(seen.benefit < WORTHWHILE, SILENT, np.where(urgent, NOW, HOLD)))
