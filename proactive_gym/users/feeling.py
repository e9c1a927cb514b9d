"""One decision point for N people, as pure functions: what they feel, how they react.

Arrays are feature-first, (features, N), so that every operation runs along contiguous memory.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import (
    ACTION_SHAPE,
    COMPONENTS,
    RATING_COMPONENTS,
    action_components,
)
from proactive_gym.users.latent import CUTS
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.reactions import SPOKEN_REACTIONS, spoken_features, wish_features
from proactive_gym.users.worths import rating_slices
from proactive_gym.vocabulary import AUTONOMY, REACTIONS, TIMINGS

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NORMALS, GUMBELS = 4, len(SPOKEN_REACTIONS)
"""Random numbers that feeling and reacting take."""

_FIRST_SPOKEN = REACTIONS.index(SPOKEN_REACTIONS[0])
_UNDO = SPOKEN_REACTIONS.index("undo")
_NEVER = -1e9

_ACTIONS = np.array(list(np.ndindex(ACTION_SHAPE))).T
_PLACES = np.array([16, 4, 2, 1])
_SPOKEN = _ACTIONS[0] > 0
_FLAGS = np.array(
    [
        _ACTIONS[0] == TIMINGS.index("hold"),
        _SPOKEN & (_ACTIONS[1] == AUTONOMY.index("ask")),
        _SPOKEN & (_ACTIONS[1] == AUTONOMY.index("act")),
    ],
    np.float64,
)
_NOT_UNDONE = np.where(_FLAGS[2] > 0, 0.0, _NEVER)


@dataclass(frozen=True, eq=False, slots=True)
class Deed:
    """What the assistant did to N people, after muting and expiry.

    Attributes:
        code: int64 (N,), position among the 48 actions; below 16 it is silence.
        spoken: (N,), whether words reached the person.
    """

    code: NDArray[np.int64]
    spoken: Flags

    @classmethod
    def of(cls, action: NDArray[np.integer], unheard: Flags) -> Self:
        """The deed of an action (N, 4) that does not reach the `unheard`."""
        code = action @ _PLACES
        code *= ~unheard
        return cls(code, _SPOKEN.take(code))


class Feeling:
    """The rating models, unpacked into one column for each of the 48 actions.

    Args:
        parameters: Fitted numbers.
    """

    def __init__(self, parameters: Parameters) -> None:
        p, has = parameters, action_components()
        flat = has.reshape(-1, has.shape[-1]).T
        parts = [flat[[COMPONENTS.index(c) for c in own]] for own in RATING_COMPONENTS.values()]
        self.has = np.vstack([flat, *parts]).astype(np.float32)
        self.starts = [s.start for s in rating_slices().values()]
        weights = np.array([p.relationship, *(r.relationship for r in p.ratings.values())])
        silent, words, act, act_r3 = weights.T[:, :, None]
        by_trust = np.where(_SPOKEN, words, silent) + _FLAGS[2] * act
        self.relation = np.vstack([by_trust, _FLAGS[2] * act_r3])
        self.noise_sd = p.noise_sd[np.where(_FLAGS[2] > 0, 2, _SPOKEN * 1)]
        self.readers = _Readers([CUTS, *(p.ratings[n].thresholds for n in RATING_COMPONENTS)])
        quiet = np.zeros((1, NORMALS))
        quiet[0, :2] = np.linalg.cholesky(p.silent_correlation)[1]
        self.mixing = np.vstack([np.linalg.cholesky(p.spoken_correlation), quiet])

    def rate(
        self,
        worth: NDArray[np.float32],
        deed: Deed,
        trust: Array,
        delegating: Array,
        tired: Array,
        noise: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Satisfaction and ratings of one moment.

        Args:
            worth: (WIDTH, N), the moment's appraisal.
            deed: What was done.
            trust: (N,), (trust - 4) / 2.
            delegating: (N,), R3, scaled.
            tired: (N,), worth lost to fatigue if words reach the person.
            noise: (NORMALS, N).

        Returns:
            Satisfaction 0-10 (N,), and timing, autonomy, style (3, N), 1-5, 0 where not rated.
        """
        index = np.add.reduceat(worth * self.has.take(deed.code, axis=1), self.starts, axis=0)
        relation = self.relation.take(deed.code, axis=1)
        latent = index + trust * (relation[:4] + delegating * relation[4:])
        latent[:2] -= tired * deed.spoken
        # Correlated errors; after silence, timing errs with satisfaction in another way.
        errors = self.mixing @ noise
        errors[0] *= self.noise_sd.take(deed.code)
        np.copyto(errors[1], errors[4], where=~deed.spoken)
        latent += errors[:4]
        answers = self.readers(latent)
        ratings = answers[1:]
        ratings += 1
        ratings[1:] *= deed.spoken
        return answers[0], ratings


class _Readers:
    """Reads latents as ordinal answers, each with its own thresholds, in one search.

    The scales are laid end to end, `_APART` from each other, so that one sorted array holds all
    thresholds.
    """

    _APART = 1000.0

    def __init__(self, thresholds: list[Array]) -> None:
        count = len(thresholds)
        self.shift = (np.arange(count) * self._APART)[:, None]
        self.all = np.concatenate([t + s for t, s in zip(thresholds, self.shift, strict=True)])
        self.below = np.cumsum([0, *(len(t) for t in thresholds[:-1])])[:, None]

    def __call__(self, latent: Array) -> NDArray[np.int64]:
        """How many of its scale's thresholds lie below each latent; (scales, N) -> same shape."""
        return self.all.searchsorted(latent + self.shift) - self.below


def reaction_to_words(
    parameters: Parameters,
    deed: Deed,
    felt: Array,
    gains: NDArray[np.float32],
    trust: Array,
    items: Array,
    draws: NDArray[np.float32],
) -> NDArray[np.int64]:
    """The visible reaction to words.

    Args:
        parameters: Fitted numbers.
        deed: What was done.
        felt: (4, N), (rating - 3) / 2 of `FELT`.
        gains: (3, N), scaled benefit, urgency and stakes.
        trust: (N,), (trust - 4) / 2.
        items: (len(reactions.ITEMS), N).
        draws: (GUMBELS, N), standard Gumbel variates.

    Returns:
        Positions in `REACTIONS` (N,), meaningless after silence.
    """
    flags = _FLAGS.take(deed.code, axis=1)
    logits = parameters.spoken.T @ spoken_features(felt, flags, gains, trust, items)
    logits += parameters.spoken_intercept[:, None]
    logits += draws
    logits[_UNDO] += _NOT_UNDONE.take(deed.code)
    return logits.argmax(axis=0) + _FIRST_SPOKEN


def missed_need(
    parameters: Parameters,
    felt: Array,
    gains: NDArray[np.float32],
    items: Array,
    draws: NDArray[np.float32],
) -> Flags:
    """Whether silence missed a need, (N,); arguments as for `reaction_to_words`."""
    odds = parameters.wish @ wish_features(felt, gains, items) + parameters.wish_intercept
    # The difference of two Gumbel variates is logistic: a draw from the logistic model.
    odds += draws[0] - draws[1]
    return np.asarray(odds > 0)
