"""Worths and rating indices of situations: the fitted linear models, person deviations included.

`Appraisal` folds all coefficients into one matrix, so that a batch of situations costs one matrix
product. Results are rounded to multiples of 2**-20: the last bits of a matrix product depend on
how many rows it has, and must not reach a decision.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.deviations import (
    FACETS,
    FACETS_OF_RATING,
    SLOPES,
    component_membership,
    slope_columns,
)
from proactive_gym.users.features import (
    COMPONENTS,
    RATING_COMPONENTS,
    Situation,
    Traits,
    coefficient_matrix,
    covariates,
)
from proactive_gym.users.parameters import Parameters

Array = NDArray[np.float64]

WIDTH = len(COMPONENTS) + sum(len(c) for c in RATING_COMPONENTS.values())
_CHUNK = 1024
"""Situations appraised at a time, so that their covariates stay in the processor's cache."""
_GRID = 2.0**20


def rating_slices() -> dict[str, slice]:
    """Where each rating's components lie in an appraisal's last axis, satisfaction first."""
    slices, start = {"satisfaction": slice(0, len(COMPONENTS))}, len(COMPONENTS)
    for name, components in RATING_COMPONENTS.items():
        slices[name] = slice(start, start + len(components))
        start += len(components)
    return slices


def _columns_of(name: str) -> list[int]:
    return [COMPONENTS.index(c) for c in RATING_COMPONENTS[name]]


@dataclass(frozen=True, eq=False)
class Appraisal:
    """Linear maps from covariates and from deviations to worths and rating indices.

    Attributes:
        from_covariates: (covariates, WIDTH).
        from_deviations: (len(SLOPES), WIDTH).
    """

    from_covariates: Array
    from_deviations: Array

    @classmethod
    def of(cls, parameters: Parameters) -> "Appraisal":
        """Fold the parameters' coefficients."""
        member = component_membership()
        covariate_blocks = [coefficient_matrix(parameters.satisfaction)]
        deviation_blocks = [member]
        for name, rating in parameters.ratings.items():
            columns = _columns_of(name)
            shared = np.array([s.facet in FACETS_OF_RATING[name] for s in SLOPES], float)
            covariate_blocks.append(coefficient_matrix(rating.coefficients)[:, columns])
            deviation_blocks.append(rating.loading * shared[:, None] * member[:, columns])
        return cls(np.hstack(covariate_blocks), np.hstack(deviation_blocks))

    def __call__(
        self, traits: Traits, person: NDArray[np.integer], deviation: Array, s: Situation
    ) -> NDArray[np.float32]:
        """Worth of every component, and index of every rating's components.

        Args:
            traits: The pool of people.
            person: (n,), positions in the pool.
            deviation: (n, len(SLOPES)), each row's person's deviations.
            s: Situations of shape (n,).

        Returns:
            float32 (n, WIDTH); `rating_slices` names the parts.
        """
        out = np.empty((len(person), WIDTH), np.float32)
        for start in range(0, len(person), _CHUNK):
            at = slice(start, start + _CHUNK)
            part = s.select(at)
            worth = self.from_covariates.T @ covariates(traits, person[at], part)
            worth += self.from_deviations.T @ (slope_columns(part) * deviation[at].T)
            worth *= _GRID
            np.rint(worth, out=worth)
            worth /= _GRID
            out[at] = worth.T
        return out


def deviation_scale(parameters: Parameters) -> NDArray[np.float32]:
    """Standard deviation of each of `SLOPES`, (len(SLOPES),)."""
    sd = dict(zip(FACETS, parameters.deviation_sd, strict=True))
    return np.array([sd[s.facet] for s in SLOPES], np.float32)
