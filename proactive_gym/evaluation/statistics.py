"""Intervals for means over people: the person is the unit that is resampled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidOptionError

RESAMPLES = 10_000


class Interval(NamedTuple):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def clustered_mean(
    scores: NDArray[np.floating], seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Mean over people with a 95 % percentile bootstrap interval.

    Args:
        scores: One score a person, (n,): a person's lives are averaged before, since the lives of
            one person are no independent evidence about people.
        seed: Of the resampling.
        resamples: Bootstrap samples.

    Raises:
        InvalidOptionError: Scores are not a finite vector of at least two people.
    """
    from scipy.stats import bootstrap

    if scores.ndim != 1 or len(scores) < 2 or not np.isfinite(scores).all():
        raise InvalidOptionError(
            f"an interval needs finite scores of at least two people, not shape {scores.shape}"
        )
    result = bootstrap(
        (scores,),
        np.mean,
        n_resamples=resamples,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(seed),
        batch=1000,
    )
    interval = result.confidence_interval
    return Interval(float(scores.mean()), float(interval.low), float(interval.high))


def paired_difference(
    scores: NDArray[np.floating], baseline: NDArray[np.floating], seed: int = 0
) -> Interval:
    """Mean difference over the same people, with its interval; arguments as `clustered_mean`."""
    return clustered_mean(scores - baseline, seed)
