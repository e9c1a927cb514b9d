"""Who stands where: ranks of a suite's records, and what only several records can tell.

Everything is computed from records alone and paired over the same people. References have no rank:
they read the simulator (the oracles), or were told more of the person than the suite tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import RecordError
from proactive_gym.evaluation.statistics import (
    Interval,
    clustered_mean,
    improvement,
    interval,
    paired_difference,
)
from proactive_gym.leaderboard.compose import LAST, gains, person_rewards
from proactive_gym.leaderboard.record import Record, read_record

SILENT, POPULATION, ORACLE = "silent", "population", "oracle-observed"
"""The agents that others are compared with."""
SURVIVES = 0.95
"""Share of other simulators in which an agent must stay ahead of the next for its rank to hold."""
MOST_OF_THE_GAIN = 0.9

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Standing:
    """One agent among the others; what needs a record that is not there is None.

    Attributes:
        record: Its record.
        rank: From 1 among the agents that are ranked, by mean reward; agents that tie share one;
            None for references.
        lead: Reward minus that of the next agent below, paired.
        improvement: Probability that a person fares better with it than with the next below.
        survives: Share of other simulators in which it stays ahead of the next below; None if
            the two tie.
        regret: Reward of `oracle-observed` minus its own, paired.
        gap_closed: Share of the way from `population` to `oracle-observed` that it goes, over the
            last sessions of a life.
        harmed: Share of people worse off than with silence.
        sessions_to_most: First session, from 1, in which its gain over its frozen copy is nine
            tenths of the gain in the last ones; None if it gains nothing for certain.
    """

    record: Record
    rank: int | None
    lead: Interval | None
    improvement: Interval | None
    survives: float | None
    regret: Interval | None
    gap_closed: Interval | None
    harmed: Interval | None
    sessions_to_most: int | None

    @property
    def name(self) -> str:
        """Of the agent, with its language model if that is not its own."""
        return self.record.name

    @property
    def shaky(self) -> bool:
        """Whether its place above the next does not survive other simulators."""
        return self.survives is not None and self.survives < SURVIVES


def read_all(folder: Path) -> list[Record]:
    """Every record of a folder.

    Raises:
        RecordError: There is none, one is broken, or they are not of one suite, of the same people.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise RecordError(
            f"{folder} holds no records: `proactive-gym benchmark` writes some to runs/out/quick-v0"
        )
    records = [read_record(path) for path in paths]
    first = records[0]
    for path, record in zip(paths, records, strict=True):
        if record.suite != first.suite or record.people != first.people:
            raise RecordError(f"{path} is of another suite, or of other people, than {paths[0]}")
        if record.made_of.simulator != first.made_of.simulator:
            raise RecordError(f"{path} was measured on other simulated people than {paths[0]}")
    if len({record.name for record in records}) < len(records):
        raise RecordError(f"{folder} holds two records of one agent")
    return records


def standings(records: Iterable[Record]) -> list[Standing]:
    """Agents from the best to the worst, references among them without a rank."""
    ordered = sorted(records, key=lambda r: (-person_rewards(r).mean(), r.name))
    named = {record.name: record for record in ordered}
    ranked = [record for record in ordered if not record.reference]
    return [_standing(record, ranked, named) for record in ordered]


def _standing(record: Record, ranked: Sequence[Record], named: dict[str, Record]) -> Standing:
    own = person_rewards(record)
    rank, below = _place(record, ranked)
    silent, oracle = named.get(SILENT), named.get(ORACLE)
    return Standing(
        record,
        rank,
        lead=paired_difference(own, person_rewards(below)) if below else None,
        improvement=improvement(own, person_rewards(below)) if below else None,
        survives=_survives(record, below) if below else None,
        regret=paired_difference(person_rewards(oracle), own) if oracle else None,
        gap_closed=_gap_closed(record, named.get(POPULATION), oracle),
        harmed=clustered_mean(own < person_rewards(silent)) if silent else None,
        sessions_to_most=sessions_to_most(record),
    )


def _place(record: Record, ranked: Sequence[Record]) -> tuple[int | None, Record | None]:
    """The rank, and who stands next below."""
    if record.reference:
        return None, None
    at = ranked.index(record)
    own = person_rewards(record).mean()
    ahead = sum(person_rewards(other).mean() > own for other in ranked[:at])
    return int(ahead) + 1, ranked[at + 1] if at + 1 < len(ranked) else None


def _survives(record: Record, below: Record) -> float | None:
    mine, theirs = record.simulators, below.simulators
    same = record.made_of.simulators == below.made_of.simulators
    tie = person_rewards(record).mean() == person_rewards(below).mean()
    if mine is None or theirs is None or not same or tie:
        return None
    ahead = np.mean(mine.reward, axis=1) > np.mean(theirs.reward, axis=1)
    return float(ahead.mean())


def _gap_closed(
    record: Record, population: Record | None, oracle: Record | None
) -> Interval | None:
    if population is None or oracle is None:
        return None
    floor = person_rewards(population, late=True)
    sums = {
        "won": person_rewards(record, late=True) - floor,
        "there": person_rewards(oracle, late=True) - floor,
    }
    return interval(lambda s: s["won"] / s["there"], sums)


def sessions_to_most(record: Record) -> int | None:
    """The session, from 1, by which nine tenths of the final gain are there; see `Standing`."""
    if not record.adapts:
        return None
    gain = gains(record)
    final = clustered_mean(gain[:, -LAST:].mean(axis=1))
    if final.low <= 0:
        return None
    return int(np.argmax(gain.mean(axis=0) >= MOST_OF_THE_GAIN * final.mean)) + 1
