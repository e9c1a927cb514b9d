"""Intervals over people: the person is the unit that is resampled, with all its lives and runs.

A metric is a function of sums over people (a mean is a sum over a count, precision a ratio of two
counts), so a bootstrap sample is a vector of weights, how often each person was drawn, and all
metrics of all agents can share the same draws. The bootstrap is stratified by training run: every
sample holds each run of a drawn person, so the number of runs does not pass for people.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidOptionError

RESAMPLES = 10_000
LEVEL = 0.95
TRIM = 0.25
"""Share cut off at each end by the interquartile mean."""

Array = NDArray[np.float64]
Sums = Mapping[str, Array]


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    mean: float
    low: float
    high: float


@cache
def draws(people: int, seed: int = 0, resamples: int = RESAMPLES) -> Array:
    """How often each person is drawn in each bootstrap sample, (resamples, people)."""
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(people, np.full(people, 1 / people), size=resamples)
    counts = weights.astype(np.float64)
    counts.flags.writeable = False
    return counts


def percentile_interval(value: float, samples: Array) -> Interval:
    """The value with the percentiles of its bootstrap samples; NaN where it is undefined.

    Samples in which the value is undefined (a ratio of nothing) are left out.
    """
    defined = samples[np.isfinite(samples)]
    if not np.isfinite(value) or not len(defined):
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high))


def interval(metric: Callable[[Sums], Array], statistics: Mapping[str, Array]) -> Interval:
    """A metric of sums over people, with its interval.

    Args:
        metric: From sums, arrays of any shape, to values of that shape.
        statistics: What is summed, one number a person, each (people,).

    Raises:
        InvalidOptionError: Fewer than two people, or numbers that are not finite.
    """
    table = np.column_stack([_checked(v) for v in statistics.values()])
    weights = draws(len(table))
    names = list(statistics)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = metric(dict(zip(names, table.sum(axis=0), strict=True)))
        samples = metric(dict(zip(names, (weights @ table).T, strict=True)))
    return percentile_interval(float(value), np.asarray(samples))


def clustered_mean(scores: NDArray, seed: int = 0) -> Interval:
    """Mean over people with a 95 % percentile bootstrap interval.

    Args:
        scores: One score a person, (n,): a person's lives are averaged before, since the lives of
            one person are no independent evidence about people.
        seed: Of the resampling.

    Raises:
        InvalidOptionError: Scores are not a finite vector of at least two people.
    """
    checked = _checked(scores)
    weights = draws(len(checked), seed)
    return percentile_interval(float(checked.mean()), weights @ checked / len(checked))


def paired_difference(
    scores: NDArray[np.floating], baseline: NDArray[np.floating], seed: int = 0
) -> Interval:
    """Mean difference over the same people, with its interval; arguments as `clustered_mean`."""
    return clustered_mean(np.asarray(scores) - np.asarray(baseline), seed)


def improvement(scores: NDArray[np.floating], baseline: NDArray[np.floating]) -> Interval:
    """Probability that a person fares better: ties count half. Paired over the same people.

    Agarwal and others (2021, arXiv 2108.13264) compare independent runs by all pairs; here both
    agents meet the same people, so each is compared with itself.
    """
    a, b = _checked(scores), _checked(baseline)
    return clustered_mean((a > b) + 0.5 * (a == b))


def interquartile_mean(scores: NDArray[np.floating]) -> Interval:
    """Mean of the middle half of the people (Agarwal and others 2021, arXiv 2108.13264)."""
    checked = _checked(scores)

    def trimmed(rows: Array) -> Array:
        cut = int(TRIM * rows.shape[-1])
        ordered = np.sort(rows, axis=-1)
        return ordered[..., cut : rows.shape[-1] - cut].mean(axis=-1)

    return percentile_interval(float(trimmed(checked)), trimmed(_resampled(checked)))


def tenth_percentile(scores: NDArray[np.floating]) -> Interval:
    """The score that nine of ten people exceed."""
    checked = _checked(scores)
    samples = np.quantile(_resampled(checked), 0.1, axis=-1)
    return percentile_interval(float(np.quantile(checked, 0.1)), samples)


def _resampled(scores: Array, resamples: int = 2_000) -> Array:
    """Bootstrap samples of whole score vectors, (resamples, people)."""
    people = np.random.default_rng(0).integers(len(scores), size=(resamples, len(scores)))
    return scores[people]


def _checked(scores: NDArray) -> Array:
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim != 1 or len(array) < 2 or not np.isfinite(array).all():
        raise InvalidOptionError(
            f"an interval needs finite scores of at least two people, not shape {array.shape}"
        )
    return array
