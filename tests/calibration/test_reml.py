import warnings

import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from proactive_gym.calibration.reml import Problem, State, solve

GROUPS, ROWS = 80, 6


def problem(intercept: float, slope: float, seed: int = 0) -> Problem:
    r = np.random.Generator(np.random.PCG64(seed))
    x = r.normal(size=(GROUPS, ROWS))
    own = r.normal(size=(2, GROUPS, 1)) * np.array([intercept, slope])[:, None, None]
    y = 1 + 2 * x + own[0] + own[1] * x + 0.3 * r.normal(size=x.shape)
    columns = np.stack([np.ones(x.shape), x], axis=2)
    return Problem(y, columns, columns, np.array([0, 1]))


def mixed_lm(p: Problem) -> MixedLM:
    group, flat = np.repeat(np.arange(GROUPS), ROWS), p.x.reshape(-1, 2)
    blocks = [[p.z[g][:, [k]] for g in range(GROUPS)] for k in range(2)]
    spec = VCSpec(["a", "b"], [[["a"]] * GROUPS, [["b"]] * GROUPS], blocks)
    return MixedLM(p.y.ravel(), flat, group, exog_vc=spec)


def test_agrees_with_statsmodels_where_that_converges() -> None:
    p = problem(0.5, 0.4)
    found = solve(p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = mixed_lm(p).fit(reml=True, method=["lbfgs"])
    variance = np.append(other.vcomp, other.scale)
    assert found.converged
    assert found.state.variance == pytest.approx(variance, rel=2e-3)
    assert found.state.likelihood() >= State(p, variance).likelihood() - 1e-6
    for shift in ([0.1, 0.1, 0.1], [0.5, 0.01, 0.2]):
        there = mixed_lm_likelihood(p, np.array(shift)) - mixed_lm_likelihood(p, variance)
        here = State(p, np.array(shift)).likelihood() - State(p, variance).likelihood()
        assert here == pytest.approx(there, abs=0.01)
    assert found.error[:2] == pytest.approx(other.bse[-2:] * other.scale, rel=0.25)


def mixed_lm_likelihood(p: Problem, variance: np.ndarray) -> float:
    """By the density of the normal distribution, with the fixed effects integrated out."""
    total, gram, pull, square = 0.0, np.zeros((2, 2)), np.zeros(2), 0.0
    for y, x, z in zip(p.y, p.x, p.z, strict=True):
        v = z @ np.diag(variance[:2]) @ z.T + variance[2] * np.eye(ROWS)
        inverse = np.linalg.inv(v)
        total += np.log(np.linalg.det(v))
        gram, pull = gram + x.T @ inverse @ x, pull + x.T @ inverse @ y
        square += y @ inverse @ y
    square -= pull @ np.linalg.solve(gram, pull)
    return float(-0.5 * (total + np.log(np.linalg.det(gram)) + square))


def test_gradient_is_the_likelihoods() -> None:
    p, at, step = problem(0.5, 0.4), np.array([0.1, 0.3, 0.2]), 1e-6
    for k, slope in enumerate(State(p, at).gradient()):
        move = step * (np.arange(3) == k)
        up, down = (State(p, at + s * move).likelihood() for s in (1, -1))
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-3)


def test_errors_are_as_large_as_the_estimates_vary() -> None:
    found = [solve(problem(0.5, 0.4, seed)) for seed in range(60)]
    variance = np.array([f.state.variance for f in found])
    error = np.mean([f.error for f in found], axis=0)
    assert variance.mean(axis=0) == pytest.approx([0.25, 0.16, 0.09], rel=0.06)
    assert error == pytest.approx(variance.std(axis=0), rel=0.25)


def test_an_absent_variance_is_zero_or_its_interval_holds_zero() -> None:
    held = 0
    for seed in range(20):
        found = solve(problem(0.0, 0.5, seed))
        assert found.state.variance[0] >= 0
        held += found.state.variance[0] - 1.96 * found.error[0] <= 0
    assert held >= 18


def test_effects_are_shrunk_towards_zero_and_follow_the_truth() -> None:
    p = problem(0.5, 0.0)
    found = solve(p).state.effects()[:, 0]
    raw = (p.y - 1 - 2 * p.x[..., 1]).mean(axis=1)
    assert np.corrcoef(found, raw)[0, 1] > 0.98
    assert 0.8 < found.std() / raw.std() < 1
