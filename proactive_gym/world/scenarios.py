"""What an assistant may notice: the scenarios, strictly read, and as arrays.

It does not decide which scenario is noticed when; `proactive_gym.world.notice` does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.data.records import Row, data_path, load_splits, read_jsonl
from proactive_gym.errors import DataError
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, DOMAINS, FACTS, TONES, VERBOSITY

SETTINGS = ("workday", "weekday", "away", "public")
"""What a moment can offer beyond the person's facts: the person works on this day; it is Monday to
Friday; the person is not at home; the person is neither at home nor at work or study."""

SCENARIO_SETTINGS: dict[str, tuple[str, ...]] = {
    "calendar-01": ("weekday",),
    "calendar-02": ("weekday",),
    "calendar-04": ("workday",),
    "calendar-09": ("workday",),
    "calendar-10": ("weekday",),
    "calendar-12": ("weekday",),
    "calendar-13": ("workday",),
    "messages-01": ("weekday",),
    "messages-16": ("weekday",),
    "travel-03": ("public",),
    "travel-05": ("away",),
    "travel-13": ("away",),
    "travel-15": ("public",),
    "travel-17": ("away",),
    "health-14": ("weekday",),
    "home-07": ("away",),
    "home-11": ("away",),
    "home-14": ("weekday", "away"),
    "home-15": ("away",),
    "learning-13": ("weekday",),
    "work-01": ("workday",),
    "work-02": ("workday",),
    "work-03": ("workday",),
    "work-08": ("workday",),
    "work-14": ("workday",),
    "work-18": ("workday",),
    "work-19": ("workday",),
    "safety-02": ("away",),
    "safety-06": ("away",),
    "safety-14": ("away",),
    "cooking-20": ("away",),
}
"""Settings that a scenario's words imply ("nobody is at home") and its data fields do not hold.
They were read off the situations by hand; a scenario that is not listed implies none."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that an assistant may notice.

    `benefit` is 0 (useless) to 5, `urgency` and `stakes` are 1 to 5. `window_h` is how long, in
    hours, speaking up can still help. `hours` is the clock interval [from, to) in which the
    scenario comes up, `activities` what the person may be doing then. `requires` are the facts
    without which it cannot concern a person. `deed` is what the assistant would do about it.
    `messages[a][v][t]` are its words, indexed by autonomy, verbosity and tone code.
    """

    id: str
    domain: str
    situation: str
    benefit: int
    urgency: int
    stakes: int
    window_h: float
    activities: tuple[str, ...]
    hours: tuple[int, int]
    deed: str
    requires: tuple[str, ...]
    messages: tuple[tuple[tuple[str, ...], ...], ...]

    def message(self, autonomy: str, verbosity: str, tone: str) -> str:
        """The words for one way of speaking; arguments are words of the vocabularies."""
        by_style = self.messages[AUTONOMY.index(autonomy)]
        return by_style[VERBOSITY.index(verbosity)][TONES.index(tone)]

    @property
    def settings(self) -> tuple[str, ...]:
        """What the moment must offer for the situation's words to make sense."""
        return SCENARIO_SETTINGS.get(self.id, ())


def load_scenarios(path: Path | None = None) -> tuple[Scenario, ...]:
    """Read `scenarios.jsonl`; by default the packaged one, which is read once.

    Returns:
        The scenarios in the file's order: a scenario's code is its position.

    Raises:
        DataError: A line is broken; the message names file, line and field.
    """
    return _packaged() if path is None else read_jsonl(path, _scenario, unique="id")


@cache
def _packaged() -> tuple[Scenario, ...]:
    return read_jsonl(data_path("scenarios.jsonl"), _scenario, unique="id")


def _scenario(row: Row) -> Scenario:
    start, end = row.integers("hours", 0, 24, 2)
    if start >= end:
        row.fail("hours", "a start before the end")
    activities = row.choices("activities", ACTIVITIES)
    if not activities:
        row.fail("activities", "at least one activity")
    return Scenario(
        id=row.identifier("id"),
        domain=row.choice("domain", DOMAINS),
        situation=row.text("situation"),
        benefit=row.integer("benefit", 0, 5),
        urgency=row.integer("urgency", 1, 5),
        stakes=row.integer("stakes", 1, 5),
        window_h=row.number("window_h", 0.05, 168.0),
        activities=activities,
        hours=(start, end),
        deed=row.text("deed"),
        requires=row.choices("requires", FACTS),
        messages=_messages(row.nested("messages")),
    )


def _messages(row: Row) -> tuple[tuple[tuple[str, ...], ...], ...]:
    by_autonomy = [row.nested(autonomy) for autonomy in AUTONOMY]
    return tuple(
        tuple(tuple(words.text(f"{verbosity}_{tone}") for tone in TONES) for verbosity in VERBOSITY)
        for words in by_autonomy
    )


@dataclass(frozen=True, eq=False)
class ScenarioTable:
    """The scenarios as read-only arrays over the scenario code, S rows.

    Shapes: `domain` int8 (S,) in `DOMAINS`; `benefit`, `urgency`, `stakes` and `window_h` (hours)
    float32 (S,); `activities` bool (S, 11); `hours` float32 (S, 2); `requires` bool (S, 20) over
    `FACTS`; `settings` bool (S, 4) over `SETTINGS`; `seen` bool (S,): assistants may train on it.
    """

    domain: NDArray[np.int8]
    benefit: NDArray[np.float32]
    urgency: NDArray[np.float32]
    stakes: NDArray[np.float32]
    window_h: NDArray[np.float32]
    activities: NDArray[np.bool_]
    hours: NDArray[np.float32]
    requires: NDArray[np.bool_]
    settings: NDArray[np.bool_]
    seen: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make every array read-only: the packaged table is shared."""
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False

    def __len__(self) -> int:
        """The number of scenarios."""
        return len(self.domain)

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], seen: Collection[str]) -> "ScenarioTable":
        """The table of `scenarios`; `seen` holds the ids that assistants may train on.

        Raises:
            DataError: `seen` holds an id that no scenario has.
        """
        unknown = set(seen).difference(s.id for s in scenarios)
        if unknown:
            raise DataError(f'no scenario has the id "{min(unknown)}" of the scenario splits')
        return cls(
            domain=np.array([DOMAINS.index(s.domain) for s in scenarios], dtype=np.int8),
            benefit=_floats([s.benefit for s in scenarios]),
            urgency=_floats([s.urgency for s in scenarios]),
            stakes=_floats([s.stakes for s in scenarios]),
            window_h=_floats([s.window_h for s in scenarios]),
            activities=_members([s.activities for s in scenarios], ACTIVITIES),
            hours=_floats([s.hours for s in scenarios]),
            requires=_members([s.requires for s in scenarios], FACTS),
            settings=_members([s.settings for s in scenarios], SETTINGS),
            seen=np.array([s.id in seen for s in scenarios], dtype=np.bool_),
        )

    @classmethod
    def load(cls) -> "ScenarioTable":
        """The table of the packaged scenarios and splits, built once.

        Raises:
            DataError: A packaged file is broken.
        """
        return _packaged_table()


@cache
def _packaged_table() -> ScenarioTable:
    return ScenarioTable.of(load_scenarios(), frozenset(load_splits().scenarios_seen))


def _floats(values: Sequence[Any]) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def _members(rows: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[word in row for word in vocabulary] for row in rows], dtype=np.bool_)
