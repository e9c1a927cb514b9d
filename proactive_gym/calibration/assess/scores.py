"""Measures of predictions, and intervals that respect that one person's answers hang together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.metrics import roc_auc_score

Array = NDArray[np.float64]

RESAMPLES = 2_000
_SEED = 20261122
_DIGITS = 4


def rounded(value: float | np.floating) -> float:
    """As the report writes it."""
    return round(float(value), _DIGITS)


def _weights(people: int) -> NDArray[np.int64]:
    """How often each person is drawn in each bootstrap sample, (RESAMPLES, people)."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    return rng.multinomial(people, np.full(people, 1 / people), size=RESAMPLES)


def _per_person(columns: Array, person: NDArray[np.integer]) -> Array:
    """Sums of columns by person, (people present, columns)."""
    _, position = np.unique(person, return_inverse=True)
    sums = np.zeros((position.max() + 1, columns.shape[1]))
    np.add.at(sums, position, columns)
    return sums


def mean_interval(values: Array, person: NDArray[np.integer]) -> dict[str, float]:
    """A mean with its 95 % interval by bootstrap over persons.

    Args:
        values: (n,).
        person: (n,), whose value it is.
    """
    sums = _per_person(np.column_stack([values, np.ones(len(values))]), person)
    drawn = _weights(len(sums)) @ sums
    return _interval(float(np.mean(values)), drawn[:, 0] / drawn[:, 1])


def correlation_interval(x: Array, y: Array, person: NDArray[np.integer]) -> dict[str, float]:
    """Pearson's r with its 95 % interval by bootstrap over persons; each argument (n,)."""
    x, y = x - x.mean(), y - y.mean()  # keeps the sums of squares well conditioned
    sums = _per_person(np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y]), person)
    n, a, b, aa, bb, ab = (_weights(len(sums)) @ sums).T
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = (n * ab - a * b) / np.sqrt((n * aa - a * a) * (n * bb - b * b))
    drawn = drawn[np.isfinite(drawn)]
    return _interval(correlation(x, y), drawn if len(drawn) else np.zeros(1))


def _interval(value: float, drawn: Array) -> dict[str, float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high)}


def correlation(x: Array, y: Array) -> float:
    """Pearson's r; 0 where a side does not vary."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def ranked_probability_score(probability: Array, answer: NDArray[np.integer]) -> Array:
    """Of each row: sum over cuts of (P(answer <= k) - [answer <= k])², over the number of cuts.

    Epstein 1969, "A scoring system for probability forecasts of ranked categories". 0 is perfect.

    Args:
        probability: (n, levels).
        answer: (n,), levels from 0.
    """
    below = np.cumsum(probability, axis=1)[:, :-1]
    truth = answer[:, None] <= np.arange(probability.shape[1] - 1)
    return ((below - truth) ** 2).mean(axis=1)


def log_loss(probability: Array, answer: NDArray[np.integer]) -> Array:
    """Of each row: minus the log of what the true answer was given, (n,)."""
    return -np.log(np.clip(probability[np.arange(len(answer)), answer], 1e-9, 1))


def auc(chance: Array, happened: NDArray[np.bool_]) -> float:
    """Area under the receiver operating characteristic; 0.5 where only one outcome occurs."""
    return float(roc_auc_score(happened, chance)) if 0 < happened.mean() < 1 else 0.5


def reliability(expected: Array, observed: Array, bins: int = 10) -> dict[str, Any]:
    """Mean expectation and observation in bins of equal size by the expectation.

    `error` is the mean of their absolute differences, weighted by the bins' sizes.
    """
    parts = np.array_split(np.argsort(expected, kind="stable"), bins)
    pairs = np.array([[expected[p].mean(), observed[p].mean(), len(p)] for p in parts if len(p)])
    gap = np.average(np.abs(pairs[:, 0] - pairs[:, 1]), weights=pairs[:, 2])
    return {
        "expected": [rounded(v) for v in pairs[:, 0]],
        "observed": [rounded(v) for v in pairs[:, 1]],
        "error": rounded(gap),
    }


def interval_probability(mean: Array, sd: Array, cuts: Array) -> Array:
    """P of each interval between `cuts` under N(mean, sd²): (n, len(cuts) + 1)."""
    below = ndtr((cuts[None, :] - mean[:, None]) / np.asarray(sd)[:, None])
    edges = np.column_stack([np.zeros(len(mean)), below, np.ones(len(mean))])
    return np.diff(edges, axis=1)


def ordinal_scores(
    probability: Array, answer: NDArray[np.integer], levels: Array, person: NDArray[np.integer]
) -> dict[str, Any]:
    """All measures of a predicted distribution over ordered answers.

    Args:
        probability: (n, levels).
        answer: (n,), positions in `levels`.
        levels: What the answers are worth.
        person: (n,).
    """
    expected, truth = probability @ levels, levels[answer]
    return {
        "r": correlation_interval(expected, truth, person),
        "mae": mean_interval(np.abs(expected - truth), person),
        "exact": mean_interval((probability.argmax(axis=1) == answer) * 1.0, person),
        "rps": mean_interval(ranked_probability_score(probability, answer), person),
        "log_loss": mean_interval(log_loss(probability, answer), person),
        "calibration": reliability(expected, truth),
    }
