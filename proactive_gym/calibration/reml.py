"""Variance components by restricted maximum likelihood (Patterson and Thompson 1971).

y = X b + sum over components of Z u + noise, with independent u of one variance a component,
and groups (persons) independent of each other. statsmodels' `MixedLM` has the same likelihood (a
test compares the two), but with a score of components its optimisers may stop tens of units of
log-likelihood early; here the exact gradient goes to L-BFGS-B, with variances bounded at zero.
Standard errors come from the average information (Gilmour, Thompson and Cullis 1995).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

_SMALLEST_RESIDUAL = 1e-4
_TOLERANCE = 1e-7
"""Relative gain in the likelihood's share of an answer at which the search stops."""
_STEPS = 500


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be explained; all groups have the same number of rows.

    Attributes:
        y: (groups, rows).
        x: Fixed effects, (groups, rows, p), of full rank.
        z: Random effects, (groups, rows, q).
        component: (q,), which component a random effect belongs to, 0 to K - 1.
    """

    y: Array
    x: Array
    z: Array
    component: NDArray[np.integer]

    @property
    def count(self) -> int:
        """K, the components without the residual."""
        return int(self.component.max()) + 1


@dataclass(frozen=True, eq=False)
class State:
    """The likelihood's parts at some variances.

    Attributes:
        problem: What is to be explained.
        variance: (K + 1,), of the components, then the residual's.
    """

    problem: Problem
    variance: Array

    @cached_property
    def _inverse(self) -> tuple[Array, float]:
        """V⁻¹ by group, and the log determinant of V."""
        z, own = self.problem.z, self.variance[self.problem.component]
        v = (z * own) @ z.transpose(0, 2, 1)
        v += self.variance[-1] * np.eye(v.shape[1])
        return np.linalg.inv(v), float(np.linalg.slogdet(v)[1].sum())

    @cached_property
    def _fixed(self) -> tuple[Array, Array, Array, float]:
        """V⁻¹X, (X'V⁻¹X)⁻¹, V⁻¹(y - Xb), and the log determinant of X'V⁻¹X."""
        p, (inverse, _) = self.problem, self._inverse
        weighted = inverse @ p.x
        flat = p.x.reshape(-1, p.x.shape[2])
        gram = flat.T @ weighted.reshape(flat.shape)
        covariance = np.asarray(np.linalg.inv(gram), float)
        effects = covariance @ (weighted.reshape(flat.shape).T @ p.y.ravel())
        left = (inverse @ (p.y - p.x @ effects)[..., None])[..., 0]
        return weighted, covariance, left, float(np.linalg.slogdet(gram)[1])

    def likelihood(self) -> float:
        """The restricted log-likelihood, but for a constant."""
        _, _, left, fixed = self._fixed
        return -0.5 * (self._inverse[1] + fixed + float((self.problem.y * left).sum()))

    def gradient(self) -> Array:
        """Its derivative by each variance, (K + 1,)."""
        p, (inverse, _) = self.problem, self._inverse
        weighted, covariance, left, _ = self._fixed
        crossed = p.z.transpose(0, 2, 1) @ weighted
        trace = (p.z * (inverse @ p.z)).sum(axis=1) - ((crossed @ covariance) * crossed).sum(axis=2)
        explained = (left[:, None, :] @ p.z)[:, 0, :] ** 2
        by_effect = (explained - trace).sum(axis=0)
        of_residual = (left**2).sum() - np.trace(inverse, axis1=1, axis2=2).sum()
        of_residual += (
            covariance * np.einsum("gnp,gnq->pq", weighted, weighted, optimize=True)
        ).sum()
        components = np.bincount(p.component, by_effect, minlength=p.count)
        return 0.5 * np.append(components, of_residual)

    def information(self) -> Array:
        """The average information of the variances, (K + 1, K + 1)."""
        p, (inverse, _) = self.problem, self._inverse
        weighted, covariance, left, _ = self._fixed
        pulls = (left[:, None, :] @ p.z)[:, 0, :]
        member = p.component[:, None] == np.arange(p.count)
        moved = p.z @ (pulls[:, :, None] * member)
        moved = np.concatenate([moved, left[..., None]], axis=2)
        projected = inverse @ moved
        lost = np.einsum("gnp,gnk->pk", weighted, moved, optimize=True)
        projected -= weighted @ (covariance @ lost)
        return np.asarray(0.5 * np.einsum("gnk,gnl->kl", moved, projected, optimize=True))

    def effects(self) -> Array:
        """Best linear unbiased predictions of the random effects, (groups, q)."""
        left = self._fixed[2]
        pulls = (left[:, None, :] @ self.problem.z)[:, 0, :]
        return np.asarray(pulls * self.variance[self.problem.component])


@dataclass(frozen=True, eq=False)
class Solution:
    """Where the likelihood is largest.

    Attributes:
        state: The likelihood there.
        error: (K + 1,), standard errors of the variances.
        converged: Whether no variance can gain: the projected gradient is small.
    """

    state: State
    error: Array
    converged: bool


def solve(problem: Problem) -> Solution:
    """Maximise the restricted likelihood over variances of 0 or more."""
    rows, spread = problem.y.size, float(np.var(problem.y))

    def loss(share: Array) -> tuple[float, Array]:
        state = State(problem, share * spread)
        return -state.likelihood() / rows, -state.gradient() * spread / rows

    start = np.append(np.full(problem.count, 0.05), 0.3)
    bounds = [(0.0, None)] * problem.count + [(_SMALLEST_RESIDUAL, None)]
    options = {"maxiter": _STEPS, "maxfun": 2 * _STEPS, "ftol": 1e-13, "gtol": _TOLERANCE}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    state = State(problem, found.x * spread)
    gradient = found.jac
    projected = found.x - np.clip(found.x - gradient, [low for low, _ in bounds], None)
    error = np.sqrt(np.diag(np.linalg.pinv(state.information())).clip(0))
    return Solution(state, error, bool(np.abs(projected).max() < 100 * _TOLERANCE))
