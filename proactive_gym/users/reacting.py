"""The reaction models unpacked into tables, since what is felt and done takes few values.

The logits of the reactions to words are a sum of four lookups: satisfaction with timing (and
whether the assistant acted), the ratings of autonomy and style with the action, the scenario, and
the person's answers; trust enters linearly. The tables are computed from `reactions`' features, so
that the models are written down once.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import ACTIONS
from proactive_gym.users.latent import REWARDS
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.reactions import (
    ITEMS,
    SPOKEN_FEATURES,
    SPOKEN_REACTIONS,
    spoken_features,
    wish_features,
)
from proactive_gym.vocabulary import AUTONOMY, REACTIONS, TIMINGS

Array = NDArray[np.float64]

GUMBELS = len(SPOKEN_REACTIONS)
"""Random numbers that a reaction takes."""
FIRST_SPOKEN = REACTIONS.index(SPOKEN_REACTIONS[0])
SPOKEN = ACTIONS[:, 0] > 0
"""Whether each of the 48 actions speaks."""
FLAGS = np.array(
    [
        ACTIONS[:, 0] == TIMINGS.index("hold"),
        SPOKEN & (ACTIONS[:, 1] == AUTONOMY.index("ask")),
        SPOKEN & (ACTIONS[:, 1] == AUTONOMY.index("act")),
    ],
    np.float64,
)
"""Whether each of the 48 actions holds, asks, acts, (3, 48)."""
ACTS = FLAGS[2].astype(np.int64)
"""Whether each of the 48 actions acts, (48,)."""

_FELT = (np.arange(5) - 2) / 2  # ratings 1-5
_UNDO = SPOKEN_REACTIONS.index("undo")
_NEVER = -1e9
_COUNT = len(ACTIONS)


def _grid(*axes: NDArray) -> list[Array]:
    """All combinations of the axes' values, the last axis running fastest."""
    return [g.ravel().astype(np.float64) for g in np.meshgrid(*axes, indexing="ij")]


class Reacting:
    """Lookup tables of the two reaction models.

    Args:
        parameters: Fitted numbers.
        gains: (3, scenarios), scaled benefit, urgency and stakes of each scenario.
    """

    def __init__(self, parameters: Parameters, gains: NDArray[np.floating]) -> None:
        self._weights = parameters.spoken.T
        self._wish = parameters.wish
        acts = np.array([0.0, 1.0])
        satisfaction, timing, act = _grid(REWARDS, _FELT, acts)
        zero = np.zeros(len(act))
        flags = np.array([zero, zero, act])
        felt = np.array([satisfaction, timing, zero, zero])
        self.by_satisfaction = self._logits(felt, flags) - self._logits(0 * felt, flags)
        autonomy, style, code = _grid(_FELT, _FELT, np.arange(_COUNT))
        zero = np.zeros(len(code))
        flags = FLAGS[:, code.astype(np.int64)]
        self.by_manner = self._logits(np.array([zero, zero, autonomy, style]), flags)
        self.by_manner[_UNDO, flags[2] == 0] = _NEVER
        scenarios = self._logits(np.zeros((4, gains.shape[1])), gains=gains)
        self.by_scenario = scenarios + parameters.spoken_intercept[:, None]
        self.by_trust = self._weights[:, SPOKEN_FEATURES.index("trust")]
        satisfaction, timing = _grid(REWARDS, _FELT)
        felt = np.array([satisfaction, timing, 0 * timing, 0 * timing])
        self.wish_by_felt = self._odds(felt)
        self.wish_by_scenario = self._odds(np.zeros((4, gains.shape[1])), gains=gains)
        self.wish_by_scenario += parameters.wish_intercept

    @cached_property
    def lists(self) -> tuple[list[list[float]], list[list[float]], list[float], list[float]]:
        """By satisfaction, manner, trust, and of wishes: the tables as lists of their columns."""
        felt, manner = self.by_satisfaction.T.tolist(), self.by_manner.T.tolist()
        return felt, manner, self.by_trust.tolist(), self.wish_by_felt.tolist()

    def _logits(
        self,
        felt: Array,
        flags: Array | None = None,
        gains: NDArray[np.floating] | None = None,
        items: Array | None = None,
    ) -> Array:
        count = felt.shape[1]
        flags = np.zeros((3, count)) if flags is None else flags
        gains = np.zeros((3, count)) if gains is None else gains
        items = np.zeros((len(ITEMS), count)) if items is None else items
        return self._weights @ spoken_features(felt, flags, gains, np.zeros(count), items)

    def _odds(
        self,
        felt: Array,
        gains: NDArray[np.floating] | None = None,
        items: Array | None = None,
    ) -> Array:
        count = felt.shape[1]
        gains = np.zeros((3, count)) if gains is None else gains
        items = np.zeros((len(ITEMS), count)) if items is None else items
        return self._wish @ wish_features(felt, gains, items)

    def of_people(self, items: Array) -> Array:
        """What people's answers add, (GUMBELS + 1, N): to each logit, then to a wish's log-odds.

        Args:
            items: (len(ITEMS), N).
        """
        felt = np.zeros((4, items.shape[1]))
        return np.vstack([self._logits(felt, items=items), self._odds(felt, items=items)])

    def to_words(
        self,
        answers: NDArray[np.int64],
        code: NDArray[np.int64],
        steady: Array,
        trust: Array,
    ) -> NDArray[np.int64]:
        """Reactions to words, positions in `REACTIONS`, (N,); meaningless after silence.

        Args:
            answers: (4, N): satisfaction 0-10, then timing, autonomy and style 1-5.
            code: (N,), which of the 48 actions.
            steady: (GUMBELS, N), what scenario, person and chance add.
            trust: (N,), (trust - 4) / 2.
        """
        logits = self.by_satisfaction.take(felt_code(answers, code), axis=1)
        logits += self.by_manner.take(manner_code(answers, code), axis=1)
        logits += steady
        logits += self.by_trust[:, None] * trust
        return logits.argmax(axis=0) + FIRST_SPOKEN


def felt_code(answers: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column of `Reacting.by_satisfaction`."""
    return (answers[0] * 5 + answers[1] - 1) * 2 + ACTS.take(code)


def manner_code(answers: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column of `Reacting.by_manner`; after silence (ratings 0) some column."""
    return (answers[2] * 5 + answers[3] - 6) * _COUNT + code
