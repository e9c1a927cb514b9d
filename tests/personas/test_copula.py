"""The copula finds what made the data, on data whose making is known."""

import numpy as np
import pytest

from proactive_gym.personas.copula import fit_latent, intervals

N = 3000


def made(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A constant and one predictor, latent values of three variables, and their true residual S."""
    rng = np.random.Generator(np.random.PCG64(seed))
    truth = np.array([[0.75, 0.4, -0.3], [0.4, 1.0, 0.0], [-0.3, 0.0, 1.0]])
    predictors = np.stack([np.ones(N), rng.standard_normal(N)], axis=1)
    effects = np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0]])
    noise = rng.multivariate_normal(np.zeros(3), truth, size=N)
    return predictors, predictors @ effects + noise, truth


def fitted(latent: np.ndarray, predictors: np.ndarray, hide: float = 0.0) -> tuple:
    """Fit on five, five and two levels; `hide` is the share of the third that says nothing."""
    cuts = [(-1, -0.3, 0.3, 1), (-1.5, 0, 0.5, 1), (0.4,)]
    codes = [np.searchsorted(c, z) for c, z in zip(cuts, latent.T, strict=True)]
    ends = [intervals(c, len(cut) + 1) for c, cut in zip(codes, cuts, strict=True)]
    lower, upper = (np.stack(side, axis=1) for side in zip(*ends, strict=True))
    hidden = np.random.Generator(np.random.PCG64(9)).random(N) < hide
    lower[hidden, 2], upper[hidden, 2] = -np.inf, np.inf
    rng = np.random.Generator(np.random.PCG64(0))
    model = fit_latent(predictors, np.array([False, False]), lower, upper, rng)
    return model.coefficients, model.root @ model.root.T


@pytest.mark.parametrize("hide", [0.0, 0.4])
def test_effects_and_correlations_are_found(hide: float) -> None:
    predictors, latent, truth = made(1)
    coefficients, covariance = fitted(latent, predictors, hide)
    assert coefficients[1] == pytest.approx([0.5, 0, 0], abs=0.07)
    spread = np.sqrt(np.diag(covariance))
    correlations = covariance / np.outer(spread, spread)
    expected = truth / np.sqrt(np.outer(np.diag(truth), np.diag(truth)))
    assert correlations == pytest.approx(expected, abs=0.08)


def test_latent_variables_have_variance_one() -> None:
    predictors, latent, _ = made(2)
    coefficients, covariance = fitted(latent, predictors)
    total = (predictors @ coefficients).var(axis=0) + np.diag(covariance)
    assert total == pytest.approx(np.ones(3), abs=0.02)


def test_intervals_hold_the_observed_shares() -> None:
    codes = np.array([0, 0, 1, 2])
    lower, upper = intervals(codes, 3)
    assert lower.tolist() == [-np.inf, -np.inf, 0.0, upper[2]]
    assert upper[:2].tolist() == [0.0, 0.0]
    assert upper[3] == np.inf
    assert upper[2] == pytest.approx(0.6744898)


def test_a_level_nobody_shows_has_no_width() -> None:
    lower, upper = intervals(np.array([0, 2]), 3)
    assert upper[0] == lower[1] == 0.0
