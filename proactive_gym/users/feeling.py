"""One decision point for N people, as pure functions: what they feel, how they react.

Arrays are feature-first, (features, N), so that every operation runs along contiguous memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import COMPONENTS, RATING_COMPONENTS, action_components
from proactive_gym.users.latent import answer_of_worth
from proactive_gym.users.parameters import RELATIONSHIP, Parameters
from proactive_gym.users.reactions import SPOKEN_REACTIONS, spoken_features, wish_features
from proactive_gym.users.worths import rating_slices
from proactive_gym.vocabulary import AUTONOMY, REACTIONS

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NORMALS, GUMBELS = 4, len(SPOKEN_REACTIONS)
"""Random numbers that feeling and reacting take."""

_ACT = AUTONOMY.index("act")
_FIRST_SPOKEN = REACTIONS.index(SPOKEN_REACTIONS[0])
_UNDO = SPOKEN_REACTIONS.index("undo")
_NEVER = -1e9


@dataclass(frozen=True, eq=False)
class Deed:
    """What the assistant did to N people, after muting and expiry.

    Attributes:
        action: int64 (4, N).
        spoken: (N,), whether words reached the person.
        acts: (N,), whether it acted without asking.
    """

    action: NDArray[np.int64]
    spoken: Flags
    acts: Flags

    @classmethod
    def of(cls, action: NDArray[np.integer], unheard: Flags) -> "Deed":
        """The deed of an action (N, 4) that does not reach the `unheard`."""
        parts = np.array(action.T, np.int64, order="C")
        parts[0, unheard] = 0
        spoken = parts[0] > 0
        return cls(parts, spoken, spoken & (parts[1] == _ACT))

    @property
    def code(self) -> NDArray[np.int64]:
        """Position among the 48 actions, (N,)."""
        timing, autonomy, verbosity, tone = self.action
        return ((timing * 4 + autonomy) * 2 + verbosity) * 2 + tone


class Feeling:
    """The rating models, unpacked from the parameters.

    Args:
        parameters: Fitted numbers.
    """

    def __init__(self, parameters: Parameters) -> None:
        p, has = parameters, action_components()
        flat = has.reshape(-1, has.shape[-1]).T
        parts = [flat[[COMPONENTS.index(c) for c in own]] for own in RATING_COMPONENTS.values()]
        self.has = np.vstack([flat, *parts]).astype(np.float32)
        self.starts = [s.start for s in rating_slices().values()]
        self.relationship = np.array([p.relationship, *(r.relationship for r in p.ratings.values())])
        self.thresholds = [p.ratings[name].thresholds for name in RATING_COMPONENTS]
        self.noise_sd = p.noise_sd
        self.after_words = np.linalg.cholesky(p.spoken_correlation)
        self.after_silence = np.linalg.cholesky(p.silent_correlation)

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
            tired: (N,), worth lost to fatigue, 0 after silence.
            noise: (NORMALS, N).

        Returns:
            Satisfaction 0-10 (N,), and timing, autonomy, style (3, N), 1-5, 0 where not rated.
        """
        has = np.take(self.has, deed.code, axis=1)
        relation = self.relationship @ _relation_columns(deed, trust, delegating)
        errors = self._errors(deed.spoken, noise)
        index = np.add.reduceat(worth * has, self.starts, axis=0) + relation
        index[:2] -= tired
        silent_sd, words_sd, act_sd = self.noise_sd
        sd = np.where(deed.acts, act_sd, np.where(deed.spoken, words_sd, silent_sd))
        errors[0] *= sd
        index += errors
        ratings = np.empty((3, len(trust)), np.int64)
        for i, thresholds in enumerate(self.thresholds):
            ratings[i] = np.searchsorted(thresholds, index[i + 1])
        ratings += 1
        ratings[1:] *= deed.spoken
        return answer_of_worth(index[0]), ratings

    def _errors(self, spoken: Flags, noise: NDArray[np.float32]) -> Array:
        """Correlated standard normal errors of `FELT`, (4, N)."""
        errors = self.after_words @ noise
        quiet = self.after_silence[1] @ noise[:2]
        errors[1] = np.where(spoken, errors[1], quiet)
        return errors


def _relation_columns(deed: Deed, trust: Array, delegating: Array) -> Array:
    """What the weights over `RELATIONSHIP` are multiplied by, (4, N)."""
    out = np.empty((len(RELATIONSHIP), len(trust)))
    out[1] = trust * deed.spoken
    out[0] = trust - out[1]
    out[2] = trust * deed.acts
    out[3] = out[2] * delegating
    return out


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
    logits = parameters.spoken.T @ spoken_features(felt, deed.action, gains, trust, items)
    logits += parameters.spoken_intercept[:, None]
    logits += draws
    logits[_UNDO, ~deed.acts] = _NEVER
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
