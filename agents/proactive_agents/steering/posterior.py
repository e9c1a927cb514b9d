"""What is believed of N people's coefficients, and how a reaction changes it.

Beliefs are normal. A reaction is read by the feedback map that all adaptive agents share as a noisy
measurement of the reward that was expected, silence included: an extended Kalman filter moves the
coefficients along the slope of that reward (Simon 2006, "Optimal state estimation", 13.2). Before
each reaction the belief falls back a little to the prior, since people change: with forgetting
factor f, a belief that is never fed again becomes the prior, with half-life ln 2 / (1 - f)
reactions.

Some people never answer, and their silence would be read as dislike. So a chance is kept that the
person is such a one: it rises by Bayes' rule with all that goes unanswered, a reaction refutes it,
and what is not answered teaches as much less as it is likely.

A person takes K (K + 3) / 2 + 1 numbers: mean and covariance of the K coefficients, and this
chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.feedback import Measurement

Floats = NDArray[np.floating]

NEVER = 0.05
"""Chance that a stranger never answers: assumed, since everyone in the population does."""
_AGAIN = 0.02
"""What an answer leaves of it: people may stop."""


@dataclass(eq=False)
class Beliefs:
    """Normal beliefs about N people.

    Attributes:
        mean: (N, K).
        covariance: (N, K, K).
        prior_mean: (N, K), of the people as strangers.
        prior_covariance: (K, K).
        never: (N,), chance that the person never answers.
        prior_never: The same of a stranger.
    """

    mean: Floats
    covariance: Floats
    prior_mean: Floats
    prior_covariance: Floats
    never: Floats
    prior_never: float = NEVER

    @classmethod
    def of_strangers(
        cls, mean: Floats, covariance: Floats, prior_never: float = NEVER
    ) -> "Beliefs":
        """The prior of N people with the given means, (N, K), and covariance, (K, K)."""
        tiled = np.tile(covariance, (len(mean), 1, 1))
        never = np.full(len(mean), prior_never, mean.dtype)
        return cls(mean.copy(), tiled, mean, covariance, never, prior_never)

    def forget(self, factor: float) -> None:
        """Fall back to the prior by 1 - `factor` of the way."""
        if factor < 1:
            self.mean += (1 - factor) * (self.prior_mean - self.mean)
            self.covariance += (1 - factor) * (self.prior_covariance - self.covariance)

    def learn(
        self, slope: Floats, measured: Measurement, residual: float, answered: NDArray[np.bool_]
    ) -> None:
        """One step of the filter.

        Args:
            slope: (N, K), of each person's expected reward by the coefficients.
            measured: What the reactions say of these rewards.
            residual: Variance of rewards that coefficients do not explain.
            answered: bool (N,), whether something was seen.
        """
        measured = measured.weighed(self._notice(measured.unseen, answered))
        spread = np.einsum("nkl,nl->nk", self.covariance, slope)
        variance = (spread * slope).sum(axis=1) + residual
        shrink = 1 + measured.information * variance
        self.mean += (spread * (measured.score / shrink)[:, None]).astype(self.mean.dtype)
        weight = (measured.information / shrink)[:, None, None]
        # The product of spreads first: so it is symmetric to the last bit, and a state goes on so.
        change = weight * (spread[:, :, None] * spread[:, None, :])
        self.covariance -= change.astype(self.covariance.dtype)

    def _notice(self, unseen: Floats, answered: NDArray[np.bool_]) -> Floats:
        """Change the chances that they never answer; (N,), those that they do, 1 if they did."""
        never = self.never / (self.never + (1 - self.never) * unseen)
        never = np.where(answered, 0.0, never)
        self.never = np.maximum(never, _AGAIN * self.prior_never).astype(self.never.dtype)
        return 1 - never

    def reset(self, dimensions: NDArray[np.integer], rows: NDArray[np.integer]) -> None:
        """Believe of some dimensions of some people what is believed of strangers.

        What was learnt of the other dimensions stays; what tied them to these is forgotten. With
        all dimensions, whether they answer is forgotten too.
        """
        at = np.ix_(rows, dimensions)
        self.mean[at] = self.prior_mean[at]
        self.covariance[np.ix_(rows, dimensions, np.arange(self.mean.shape[1]))] = 0.0
        self.covariance[np.ix_(rows, np.arange(self.mean.shape[1]), dimensions)] = 0.0
        own = self.prior_covariance[np.ix_(dimensions, dimensions)]
        self.covariance[np.ix_(rows, dimensions, dimensions)] = own
        if len(set(dimensions.tolist())) == self.mean.shape[1]:
            self.never[rows] = self.prior_never

    def spread(self, slope: Floats) -> Floats:
        """Standard deviations of worths, (N, B), for slopes (N, B, K)."""
        variance = (np.matmul(slope, self.covariance) * slope).sum(axis=2)
        return np.sqrt(np.maximum(variance, 0))


def packed(covariance: Floats) -> Floats:
    """The lower triangles of (N, K, K), as (N, K (K + 1) / 2)."""
    rows, columns = np.tril_indices(covariance.shape[1])
    return covariance[:, rows, columns]


def unpacked(triangle: Floats, size: int) -> Floats:
    """The symmetric matrices of `packed`, (N, size, size)."""
    full = np.zeros((len(triangle), size, size), triangle.dtype)
    rows, columns = np.tril_indices(size)
    full[:, rows, columns] = triangle
    full[:, columns, rows] = triangle
    return full
