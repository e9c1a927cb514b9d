"""A Gaussian copula with predictors for ordered answers, fitted by stochastic EM.

Every variable is a coarse view of a normal latent one, y = x B + e with e ~ N(0, S): the answer
tells only the interval in which y lies (Hoff 2007, "Extending the rank likelihood for
semiparametric copula estimation", here with fixed cut points and a regression). Polychoric
correlations are the special case without predictors. An infinite interval says nothing, which is
how facts that circumstances settle are left out.

It knows nothing of people; `proactive_gym.personas.sampling` uses it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

SWEEPS = 60  # with 300, the mean errors of correlations change by 0.001
_BURN_IN = 30
_RIDGE = 2.0  # pseudo-observations that pull the effect of a category towards none
# Pseudo-observations without correlation: they keep S positive definite and, for variables of two
# levels, whose latent values hardly anything holds, keep the sweeps from chasing chance.
_SHRINKAGE = 1.0
_SHRINKAGE_TWO_LEVELS = 40.0
_EDGE = 1e-12  # probabilities nearer to 0 or 1 have no finite normal quantile


class LatentModel(NamedTuple):
    """The fitted copula: d variables, k predictors.

    Attributes:
        coefficients: float64 (k, d), B.
        root: float64 (d, d), the lower Cholesky factor of S.
    """

    coefficients: Floats
    root: Floats

    def draw(self, predictors: Floats, rng: np.random.Generator) -> Floats:
        """Latent values float64 (n, d) for predictors (n, k)."""
        noise = rng.standard_normal((len(predictors), len(self.root)))
        return np.asarray(predictors @ self.coefficients + noise @ self.root.T)


def intervals(codes: NDArray[np.integer], levels: int) -> tuple[Floats, Floats]:
    """The interval of the latent value of each observation of one variable.

    Args:
        codes: (n,), from 0 to `levels` - 1.
        levels: Number of ordered levels.

    Returns:
        Lower and upper ends, float64 (n,) each, at the normal quantiles of the observed shares.
    """
    shares = np.cumsum(np.bincount(codes, minlength=levels)) / len(codes)
    ends = ndtri(np.concatenate([[0.0], np.minimum(shares, 1.0)]))
    ends[-1] = np.inf
    return ends[codes], ends[codes + 1]


def fit_latent(
    predictors: Floats,
    penalised: NDArray[np.bool_],
    lower: Floats,
    upper: Floats,
    rng: np.random.Generator,
    sweeps: int = SWEEPS,
) -> LatentModel:
    """Fit B and S: alternate a Gibbs draw of the latent values with regression on the draw.

    Args:
        predictors: (n, k), the first column constant.
        penalised: (k,), which predictors are shrunk.
        lower: (n, d), lower ends of the latent values.
        upper: (n, d), upper ends.
        rng: Source of the draws.
        sweeps: Number of alternations; the estimates are averaged after the burn-in.
    """
    gram = predictors.T @ predictors + np.diag(np.where(penalised, _RIDGE, 1e-9))
    solver = np.linalg.solve(gram, predictors.T)
    latent = _middles(lower, upper)
    coefficients = np.zeros((predictors.shape[1], lower.shape[1]))
    trust = _trust(lower, upper)
    covariance = _residual_covariance(latent, trust)
    sums = np.zeros_like(coefficients), np.zeros_like(covariance)
    burn_in = min(_BURN_IN, sweeps // 2)
    for sweep in range(sweeps):
        latent = _gibbs(latent, _product(predictors, coefficients), covariance, lower, upper, rng)
        coefficients = _product(solver, latent)
        residuals = latent - _product(predictors, coefficients)
        covariance = _residual_covariance(residuals, trust)
        coefficients, covariance = _to_unit_variance(coefficients, covariance, predictors)
        if sweep >= burn_in:
            sums = sums[0] + coefficients, sums[1] + covariance
    kept = sweeps - burn_in
    root = np.linalg.cholesky(sums[1] / kept)
    return LatentModel(sums[0] / kept, root.astype(np.float64))


def _product(a: Floats, b: Floats) -> Floats:
    """The matrix product, without BLAS: at these sizes its threads cost more than they bring."""
    return np.asarray(np.einsum("ij,jk->ik", a, b))


def _middles(lower: Floats, upper: Floats) -> Floats:
    """Start in the middle, by probability, of each interval."""
    return ndtri((ndtr(lower) + ndtr(upper)) / 2)


def _trust(lower: Floats, upper: Floats) -> Floats:
    """Factors (d, d) for the residual covariances, 1 on the diagonal, less with few observations.

    The matrix is positive definite, so its elementwise product with a covariance is as well.
    """
    observed = (np.isfinite(lower) | np.isfinite(upper)).sum(axis=0)
    two_levels = ~(np.isfinite(lower) & np.isfinite(upper)).any(axis=0)
    pseudo = np.where(two_levels, _SHRINKAGE_TWO_LEVELS, _SHRINKAGE)
    weight = np.sqrt(observed / (observed + pseudo))
    factors = np.outer(weight, weight)
    np.fill_diagonal(factors, 1.0)
    return factors


def _residual_covariance(residuals: Floats, trust: Floats) -> Floats:
    return _product(residuals.T, residuals) / len(residuals) * trust


def _to_unit_variance(
    coefficients: Floats, covariance: Floats, predictors: Floats
) -> tuple[Floats, Floats]:
    """Give every latent variable variance 1: two levels alone do not settle its scale."""
    total = _product(predictors, coefficients).var(axis=0) + np.diag(covariance)
    scale = 1 / np.sqrt(total)
    return coefficients * scale, covariance * np.outer(scale, scale)


def _gibbs(
    latent: Floats,
    mean: Floats,
    covariance: Floats,
    lower: Floats,
    upper: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Redraw every latent value (n, d) given all others."""
    precision = np.linalg.inv(covariance)
    # One variable a row: contiguous.
    residuals, means, starts, ends = (
        np.ascontiguousarray(array.T) for array in (latent - mean, mean, lower, upper)
    )
    uniforms = rng.random(residuals.shape)
    for j, own in enumerate(residuals):
        weight = precision[j] / precision[j, j]
        centre = own - np.einsum("d,dn->n", weight, residuals)
        spread = 1 / np.sqrt(precision[j, j])
        shift = means[j] + centre
        start, end = (starts[j] - shift) / spread, (ends[j] - shift) / spread
        residuals[j] = centre + spread * _truncated_normal(start, end, uniforms[j])
    return residuals.T + mean


def _truncated_normal(start: Floats, end: Floats, u: Floats) -> Floats:
    """The standard normal between `start` and `end`, at quantile `u` of what remains."""
    below = ndtr(start)
    probability = below + u * (ndtr(end) - below)
    # In the far tails the distribution function is flat; the ends still hold.
    return np.clip(ndtri(np.clip(probability, _EDGE, 1 - _EDGE)), start, end)
