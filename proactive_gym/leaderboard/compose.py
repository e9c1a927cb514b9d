"""From raw scores to a record: intervals are computed here, and checked again from any record."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.evaluation.statistics import (
    Interval,
    clustered_mean,
    interquartile_mean,
    interval,
    tenth_percentile,
)
from proactive_gym.leaderboard.record import FROZEN_STATISTICS, Estimate, Record, Run

Array = NDArray[np.float64]
_DECIMALS = 5
LAST = 3
"""Sessions at the end of a life that `late` results are about."""
_REWARD = ("reward", "points")
"""What a mean reward is made of."""


def run_of(told: Mapping[str, Array], frozen: Mapping[str, Array] | None) -> Run:
    """A run's raw scores as a record keeps them.

    Args:
        told: What `scoring.score` returns.
        frozen: The same of the copy that is told nothing.
    """
    return Run(
        told=_tables(told["scores"], STATISTICS),
        frozen=None if frozen is None else _tables(frozen["scores"], FROZEN_STATISTICS),
        activity=_places(told["activity"]),
        domain=_places(told["domain"]),
    )


def _tables(scores: Array, names: Sequence[str]) -> dict[str, list[list[float]]]:
    rounded = np.round(scores, _DECIMALS)
    return {n: rounded[..., STATISTICS.index(n)].tolist() for n in names}


def _places(sums: Array) -> dict[str, list[float]]:
    return {name: np.round(sums[:, i], _DECIMALS).tolist() for i, name in enumerate(PLACES)}


def results_of(record: Record) -> dict[str, Estimate]:
    """Every result that follows from one record's raw scores.

    The metrics over all sessions; `NAME_late`, over the last sessions of a life; `iqm` and `p10` of
    people's rewards; for an agent that adapts, `gain` and `gain_late`: its reward minus that of its
    frozen copy.
    """
    raw = record.raw()
    whole = {name: table.sum(axis=(0, 2)) for name, table in raw.items()}
    late = {name: table[..., -LAST:].sum(axis=(0, 2)) for name, table in raw.items()}
    found = {name: interval(m.of, whole) for name, m in METRICS.items()}
    found |= {f"{n}_late": interval(METRICS[n].of, late) for n in ("reward", "satisfaction")}
    rewards = person_rewards(record)
    found |= {"iqm": interquartile_mean(rewards), "p10": tenth_percentile(rewards)}
    if record.adapts:
        gain = gains(record)
        found |= {
            "gain": clustered_mean(gain.mean(axis=1)),
            "gain_late": clustered_mean(gain[:, -LAST:].mean(axis=1)),
        }
    return {name: estimate(value) for name, value in found.items()}


def person_rewards(record: Record, late: bool = False) -> Array:
    """Mean reward of each person over runs, lives and sessions (the last ones if `late`).

    Rounded, so that agents that do the same tie to the last digit.
    """
    sessions = slice(-LAST, None) if late else slice(None)
    raw = record.raw(names=_REWARD)
    reward, points = (raw[name][..., sessions].sum(axis=(0, 2)) for name in _REWARD)
    return np.round(reward / points, 9)


def gains(record: Record) -> Array:
    """Reward of an adapting agent minus its frozen copy, by person and session."""
    told, frozen = record.raw(names=_REWARD), record.raw(frozen=True, names=_REWARD)
    adapting = told["reward"].sum(axis=0) / told["points"].sum(axis=0)
    return np.asarray(adapting - frozen["reward"].sum(axis=0) / frozen["points"].sum(axis=0))


def estimate(value: Interval) -> Estimate:
    """An interval as a record keeps it."""
    return Estimate(**{n: _number(v) for n, v in value._asdict().items()})


def _number(value: float) -> float | None:
    return round(value, _DECIMALS) if np.isfinite(value) else None
