"""What is believed of N people's coefficients, and how a reaction changes it.

Beliefs are normal. A reaction is read by the feedback map that all adaptive agents share as a noisy
measurement of the reward that was expected, silence included: an extended Kalman filter moves the
coefficients along the slope of that reward (Simon 2006, "Optimal state estimation", 13.2). Before
each reaction the belief falls back a little to the prior, since people change: with forgetting
factor f, a belief that is never fed again becomes the prior, with half-life ln 2 / (1 - f)
reactions.

A person takes K (K + 3) / 2 numbers: mean and covariance of the K coefficients.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.feedback import Measurement

Floats = NDArray[np.floating]


@dataclass(eq=False)
class Beliefs:
    """Normal beliefs about N people.

    Attributes:
        mean: (N, K).
        covariance: (N, K, K).
        prior_mean: (N, K), of the people as strangers.
        prior_covariance: (K, K).
    """

    mean: Floats
    covariance: Floats
    prior_mean: Floats
    prior_covariance: Floats

    @classmethod
    def of_strangers(cls, mean: Floats, covariance: Floats) -> "Beliefs":
        """The prior of N people with the given means, (N, K), and covariance, (K, K)."""
        return cls(mean.copy(), np.tile(covariance, (len(mean), 1, 1)), mean, covariance)

    def forget(self, factor: float) -> None:
        """Fall back to the prior by 1 - `factor` of the way."""
        if factor < 1:
            self.mean += (1 - factor) * (self.prior_mean - self.mean)
            self.covariance += (1 - factor) * (self.prior_covariance - self.covariance)

    def learn(self, slope: Floats, measured: Measurement, residual: float) -> None:
        """One step of the filter.

        Args:
            slope: (N, K), of each person's expected reward by the coefficients.
            measured: What the reactions say of these rewards.
            residual: Variance of rewards that coefficients do not explain.
        """
        spread = np.einsum("nkl,nl->nk", self.covariance, slope)
        variance = (spread * slope).sum(axis=1) + residual
        shrink = 1 + measured.information * variance
        self.mean += (spread * (measured.score / shrink)[:, None]).astype(self.mean.dtype)
        weight = (measured.information / shrink)[:, None, None]
        # The product of spreads first: so it is symmetric to the last bit, and a state goes on so.
        change = weight * (spread[:, :, None] * spread[:, None, :])
        self.covariance -= change.astype(self.covariance.dtype)

    def reset(self, dimensions: NDArray[np.integer], rows: NDArray[np.integer]) -> None:
        """Believe of some dimensions of some people what is believed of strangers.

        What was learnt of the other dimensions stays; what tied them to these is forgotten.
        """
        at = np.ix_(rows, dimensions)
        self.mean[at] = self.prior_mean[at]
        self.covariance[np.ix_(rows, dimensions, np.arange(self.mean.shape[1]))] = 0.0
        self.covariance[np.ix_(rows, np.arange(self.mean.shape[1]), dimensions)] = 0.0
        own = self.prior_covariance[np.ix_(dimensions, dimensions)]
        self.covariance[np.ix_(rows, dimensions, dimensions)] = own

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
