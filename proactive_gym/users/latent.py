"""The scale between a latent worth and an answer from 0 (furious) to 10 (delighted).

answer = round(11 logistic(worth) - 1/2): eleven equal steps of the logistic curve. Reward is
(answer - 5) / 5, which is (rating - 3) / 2 on the 1-5 scale.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, ndtr

Array = NDArray[np.float64]

REWARDS: Array = (np.arange(11) - 5) / 5
"""Reward of each answer."""
CUTS: Array = logit(np.arange(1, 11) / 11)
"""Worths at which the answer changes: an answer is the number of cuts below the worth."""
_GRID = np.linspace(-12.0, 12.0, 2401)


def worth_of_answer(answer: NDArray[np.floating]) -> Array:
    """The empirical logit of answers 0-10: the worth at the middle of each step."""
    return np.asarray(logit((answer + 0.5) / 11.0))


def answer_of_worth(worth: NDArray[np.floating]) -> NDArray[np.intp]:
    """The answer 0-10 that a worth (noise included) is read as."""
    return CUTS.searchsorted(worth)


@cache
def _expectation(noise_sd: float) -> Array:
    """E[answer] on the grid of worths, under Gaussian noise on the worth."""
    return ndtr((_GRID[:, None] - CUTS) / noise_sd).sum(axis=1)


def expected_reward(worth: NDArray[np.floating], noise_sd: float) -> Array:
    """E[(answer - 5) / 5] in [-1, 1] of a worth whose reading has Gaussian noise.

    E[answer] = sum over the ten cuts c of P(worth + noise > c), interpolated linearly on a grid
    of step 0.01, which is exact to 1e-5.
    """
    return np.interp(worth, _GRID, _expectation(noise_sd)) / 5.0 - 1.0


def worth_of_reward(reward: NDArray[np.floating], noise_sd: float) -> Array:
    """The worth of which `expected_reward` makes these rewards; the ends of the scale saturate."""
    return np.interp((np.asarray(reward) + 1.0) * 5.0, _expectation(noise_sd), _GRID)
