"""What people feel at one decision point, as pure functions on arrays.

Arrays are feature-first, (features, N), so that every operation runs along contiguous memory.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import (
    COMPONENTS,
    PLACE_VALUES,
    RATING_COMPONENTS,
    action_components,
)
from proactive_gym.users.latent import CUTS
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.reacting import FLAGS, SPOKEN
from proactive_gym.users.worths import rating_slices

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NORMALS = 4
"""Random numbers that feeling takes."""


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
        code = action @ PLACE_VALUES
        code *= ~unheard
        return cls(code, SPOKEN.take(code))


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
        by_trust = np.where(SPOKEN, words, silent) + FLAGS[2] * act
        self.relation = np.vstack([by_trust, FLAGS[2] * act_r3])
        self.noise_sd = p.noise_sd[np.where(FLAGS[2] > 0, 2, SPOKEN * 1)]
        self.readers = Readers([CUTS, *(p.ratings[n].thresholds for n in RATING_COMPONENTS)])
        quiet = np.zeros((1, NORMALS))
        quiet[0, :2] = np.linalg.cholesky(p.silent_correlation)[1]
        self.mixing = np.vstack([np.linalg.cholesky(p.spoken_correlation), quiet])

    def before(self, worth: NDArray[np.float32], deed: Deed, noise: NDArray[np.float32]) -> Array:
        """Latent ratings before trust and fatigue, of `FELT`, (4, N).

        Args:
            worth: (WIDTH, N), the moment's appraisal.
            deed: What was done.
            noise: (NORMALS, N).
        """
        latent = np.add.reduceat(worth * self.has.take(deed.code, axis=1), self.starts, axis=0)
        # Correlated errors; after silence, timing errs with satisfaction in another way.
        # A sum, not a matrix product: its last bits must not depend on the number of people.
        errors = (self.mixing[:, :, None] * noise).sum(axis=1)
        errors[0] *= self.noise_sd.take(deed.code)
        np.copyto(errors[1], errors[4], where=~deed.spoken)
        return latent + errors[:4]

    def rate(
        self, before: Array, deed: Deed, trust: Array, delegating: Array, tired: Array
    ) -> NDArray[np.int64]:
        """What is answered.

        Args:
            before: (4, N), from `before`; used up.
            deed: What was done.
            trust: (N,), (trust - 4) / 2.
            delegating: (N,), R3, scaled.
            tired: (N,), worth lost to fatigue if words reach the person.

        Returns:
            (4, N): satisfaction 0-10, then timing, autonomy, style 1-5, 0 where not rated.
        """
        relation = self.relation.take(deed.code, axis=1)
        before += trust * (relation[:4] + delegating * relation[4:])
        before[:2] -= tired * deed.spoken
        answers = self.readers(before)
        answers[1:] += 1
        answers[2:] *= deed.spoken
        return answers


class Readers:
    """Reads latents as ordinal answers, each with its own thresholds, in one search.

    The scales are laid end to end, `_APART` from each other, so that one sorted array holds all
    thresholds.
    """

    _APART = 1000.0

    def __init__(self, thresholds: list[Array]) -> None:
        count = len(thresholds)
        self.shift = (np.arange(count) * self._APART)[:, None]
        self.scales = [t.tolist() for t in thresholds]
        self.all = np.concatenate([t + s for t, s in zip(thresholds, self.shift, strict=True)])
        self.below = np.cumsum([0, *(len(t) for t in thresholds[:-1])])[:, None]

    def __call__(self, latent: Array) -> NDArray[np.int64]:
        """How many of its scale's thresholds lie below each latent; (scales, N) -> same shape."""
        return self.all.searchsorted(latent + self.shift) - self.below
