"""Worths and rating indices of situations: the fitted linear models, person deviations included.

`Appraisal` folds all coefficients into one matrix, so that a batch of situations costs one matrix
product. Results are rounded to multiples of 2**-20: the last bits of a matrix product depend on
how many rows it has, and must not reach a decision.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.deviations import (
    FACETS,
    FACETS_OF_RATING,
    SLOPES,
    STEADY,
    VARYING,
    component_membership,
    varying_columns,
)
from proactive_gym.users.features import (
    ACTIVITY_DUMMIES,
    COMPONENTS,
    DOMAIN_DUMMIES,
    PERSONAL,
    RATING_COMPONENTS,
    Situation,
    Traits,
    coefficient_matrix,
    covariate_names,
    covariates,
    factors,
    own_covariates,
)
from proactive_gym.users.parameters import Parameters
from proactive_gym.vocabulary import ACTIVITIES

Array = NDArray[np.float64]

WIDTH = len(COMPONENTS) + sum(len(c) for c in RATING_COMPONENTS.values())
_CHUNK = 2048
"""Situations appraised at a time, so that their covariates stay in the processor's cache."""
_GRID = 2.0**20


def rating_slices() -> dict[str, slice]:
    """Where each rating's components lie in an appraisal's last axis, satisfaction first."""
    slices, start = {"satisfaction": slice(0, len(COMPONENTS))}, len(COMPONENTS)
    for name, components in RATING_COMPONENTS.items():
        slices[name] = slice(start, start + len(components))
        start += len(components)
    return slices


class Appraisal:
    """Linear maps from covariates and deviations to worths and rating indices.

    What hangs on the person alone is computed once for each row of situations, and the dummies of
    domain and activity are looked up instead of multiplied; the rest is one matrix product.

    Args:
        parameters: Fitted numbers.
    """

    def __init__(self, parameters: Parameters) -> None:
        covariate, deviation = _coefficients(parameters)
        rows = dict(zip(covariate_names(), covariate, strict=True))
        own = [n for n in rows if all(part in PERSONAL for part in factors(n))]
        dummies = {*DOMAIN_DUMMIES, *ACTIVITY_DUMMIES}
        self.own = tuple(own)
        self.others = tuple(n for n in rows if n not in own and n not in dummies)
        self.of_own = np.array([rows[n] for n in self.own]).T
        self.of_others = np.array([rows[n] for n in self.others]).T
        domain = np.array([rows[n] for n in DOMAIN_DUMMIES])
        activity = np.array([rows[n] for n in ACTIVITY_DUMMIES])
        table = (domain[:, None] + activity[None, :]).reshape(-1, WIDTH)
        self.of_dummies = np.ascontiguousarray(table.T)
        self.of_deviations = deviation.T

    def __call__(
        self,
        traits: Traits,
        person: NDArray[np.integer],
        deviation: NDArray[np.floating],
        s: Situation,
    ) -> NDArray[np.float32]:
        """Worth of every component, and index of every rating's components.

        Args:
            traits: The pool of people.
            person: (n,), positions in the pool.
            deviation: (n, len(SLOPES)), each person's deviations.
            s: Situations of shape (n, P): each person's P moments.

        Returns:
            float32 (n, P, WIDTH); `rating_slices` names the last axis' parts.
        """
        out = np.empty((*s.hour.shape, WIDTH), np.float32)
        rows = max(1, _CHUNK // s.hour.shape[1])
        for start in range(0, len(person), rows):
            at = slice(start, start + rows)
            part = s.select(at)
            out[at] = self.personal(self.typical(traits, person[at], part), deviation[at], part)
        return out

    def typical(self, traits: Traits, person: NDArray[np.integer], s: Situation) -> Array:
        """Worths to people without deviations, (WIDTH, n, P); arguments as for a call."""
        shape = s.hour.shape
        each = np.broadcast_to(person[:, None], shape)
        moving = covariates(traits, each, s, self.others).reshape(len(self.others), -1)
        worth = self.of_others @ moving
        pair = s.domain.astype(np.int64) * len(ACTIVITIES) + s.activity
        worth += self.of_dummies.take(pair.ravel(), axis=1)
        worth = worth.reshape(WIDTH, *shape)
        worth += (self.of_own @ own_covariates(traits, person, self.own))[:, :, None]
        return worth

    def personal(
        self, typical: Array, deviation: NDArray[np.floating], s: Situation
    ) -> NDArray[np.float32]:
        """Worths with deviations added and the last bits rounded away, (n, P, WIDTH)."""
        own = deviation.astype(np.float64)
        varying = self.of_deviations[:, VARYING] @ varying_columns(own, s)
        steady = self.of_deviations[:, STEADY] @ own[:, STEADY].T
        worth = typical + varying.reshape(typical.shape)
        worth += steady[:, :, None]
        worth *= _GRID
        np.rint(worth, out=worth)
        worth /= _GRID
        return worth.transpose(1, 2, 0).astype(np.float32)


def _coefficients(parameters: Parameters) -> tuple[Array, Array]:
    """(covariates, WIDTH) and (len(SLOPES), WIDTH)."""
    member = component_membership()
    covariate_blocks = [coefficient_matrix(parameters.satisfaction)]
    deviation_blocks = [member]
    for name, rating in parameters.ratings.items():
        columns = [COMPONENTS.index(c) for c in RATING_COMPONENTS[name]]
        shared = np.array([s.facet in FACETS_OF_RATING[name] for s in SLOPES], float)
        covariate_blocks.append(coefficient_matrix(rating.coefficients)[:, columns])
        deviation_blocks.append(rating.loading * shared[:, None] * member[:, columns])
    return np.hstack(covariate_blocks), np.hstack(deviation_blocks)


def deviation_scale(parameters: Parameters) -> NDArray[np.float32]:
    """Standard deviation of each of `SLOPES`, (len(SLOPES),)."""
    sd = dict(zip(FACETS, parameters.deviation_sd, strict=True))
    return np.array([sd[s.facet] for s in SLOPES], np.float32)
