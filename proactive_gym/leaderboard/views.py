"""Figures of one record that only the report's plots show: by session, by run, by place, by kind.

Each is a pure function of the record's raw scores; overall results stand in the record itself.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.evaluation.metrics import METRICS, values
from proactive_gym.evaluation.statistics import draws, percentile_interval
from proactive_gym.leaderboard.compose import person_rewards
from proactive_gym.leaderboard.record import FROZEN_STATISTICS, Record

Array = NDArray[np.float64]


class Band(NamedTuple):
    """A line with its 95 % intervals, each (sessions,); NaN where undefined."""

    mean: Array
    low: Array
    high: Array


def by_session(record: Record, names: Iterable[str]) -> dict[str, Band]:
    """Metrics in each session of a life, over all people, lives and runs.

    Args:
        record: Of the agent.
        names: Of metrics.
    """
    sums, samples = _sums(record.raw())
    return {n: _band(values(METRICS[n], sums), values(METRICS[n], samples)) for n in names}


def gain_by_session(record: Record, names: Iterable[str]) -> dict[str, Band]:
    """The same, minus that of the copy that is told no reaction.

    Args:
        record: Of an agent that adapts.
        names: Of metrics that follow from `FROZEN_STATISTICS`.
    """
    raw = record.raw()
    told = _sums({name: raw[name] for name in FROZEN_STATISTICS})
    frozen = _sums(record.raw(frozen=True))
    found = {}
    for name in names:
        value, samples = (
            values(METRICS[name], t) - values(METRICS[name], f)
            for t, f in zip(told, frozen, strict=True)
        )
        found[name] = _band(value, samples)
    return found


def _sums(raw: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Sums over people (sessions,), and the same of each sample (samples, sessions)."""
    tables = np.stack([table.sum(axis=0) for table in raw.values()], axis=1)
    people, names, sessions = tables.shape
    drawn = (draws(people) @ tables.reshape(people, -1)).reshape(-1, names, sessions)
    whole = tables.sum(axis=0)
    return (
        {name: whole[i] for i, name in enumerate(raw)},
        {name: drawn[:, i] for i, name in enumerate(raw)},
    )


def _band(value: Array, samples: Array) -> Band:
    found = [percentile_interval(float(v), samples[:, i]) for i, v in enumerate(value)]
    return Band(*(np.array(ends) for ends in zip(*found, strict=True)))


def run_rewards(record: Record) -> list[float]:
    """Mean reward of each training run."""
    names = ("reward", "points")
    raw = record.raw(names=names)
    reward, points = (raw[name].sum(axis=(1, 2)) for name in names)
    return [float(value) for value in reward / points]


def place_means(record: Record, places: str, statistic: str) -> Array:
    """Mean of a statistic a point, by activity or domain; NaN where there was no point.

    Args:
        record: Of the agent.
        places: `activity` or `domain`.
        statistic: One of `PLACES`.
    """
    sums = [getattr(run, places) for run in record.runs]
    top, points = (np.sum([s[name] for s in sums], axis=0) for name in (statistic, "points"))
    return np.divide(top, points, out=np.full(len(top), np.nan), where=points > 0)


def group_means(record: Record, group: str) -> list[float]:
    """Mean reward of each kind of people; NaN where there is nobody of it."""
    codes, rewards = np.array(record.groups[group].codes), person_rewards(record)
    return [
        float(rewards[codes == code].mean()) if (codes == code).any() else float("nan")
        for code in range(len(record.groups[group].labels))
    ]
