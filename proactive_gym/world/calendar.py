"""The tables of days and weeks, compiled into arrays that a composer can index.

It draws nothing and knows no person; the words and weights stand in `pursuits`, `templates` and
`weeks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from proactive_gym.vocabulary import ACTIVITIES, PLACES
from proactive_gym.world.draws import lookup_table, threshold
from proactive_gym.world.pursuits import BY_MODE, COMPANIES, GOES_ON, MODES, PURSUITS, TRAITS
from proactive_gym.world.templates import DAY_KINDS
from proactive_gym.world.weeks import (
    ALONE,
    ALONE_IN_PARTNERS_BED,
    EXCEPTIONS,
    MODES_OF,
    OCCUPATIONS,
    WEEKS,
    WEEKS_OF,
    WORKDAYS,
)

PURSUIT_NAMES: tuple[str, ...] = (GOES_ON, *PURSUITS, *BY_MODE)
"""Pursuit codes are positions here; 0 means that the previous block goes on."""

PLANS: tuple[str, ...] = tuple(dict.fromkeys((*DAY_KINDS, *EXCEPTIONS)))
"""Day kind codes are positions here: first the kinds with a template, then mere plans ("free")."""

BREAK_ACTIVITIES = ("commuting", "chores", "relaxing", "eating", "getting_ready")
"""Activities whose beginning is a natural break. Later moments of them are natural breaks too,
except while eating with others, where only sitting down is one.

In the judged moments, speaking at once was rated as well timed while commuting as while relaxing,
and better than while working, meeting or talking."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Compiled days and weeks. K day kinds, L lines a day, W weeks, C codes of pursuits.

    Attributes:
        starts: float32 (K, L), usual hour at which a line begins; lines that a shorter kind lacks
            repeat the hour of falling asleep.
        spreads: float32 (K, L), standard deviation, hours.
        flexes: float32 (K, L), how far the line follows the person's own clock.
        last: intp (K,), the line of falling asleep.
        options: uint8 (K, L, 256), pursuit code by eight random bits.
        resolved: uint8 (16 * 4, C), the pursuit that a person with these traits (bits in the order
            of `TRAITS`) and this day's mode of travel gets in place of a pursuit.
        activity: int8 (C,), and `place`: int8 (C,), and `company`: intp (C,), by pursuit code.
        opens: bool (C,), its beginning is a natural break.
        leaves_room: bool (2, C), any moment within it is a natural break: in company, and alone.
        alone: uint32 (10, 7), threshold below which a halfword means that nobody is there, by
            company class (see `company_class`) and company.
        weeks: uint8 (W, 8), planned day kind by the day of the cycle.
        week_length: int64 (W,).
        anchored: bool (W,), whether the cycle begins on Monday.
        weeks_of: uint8 (11, 256), week by occupation and eight random bits.
        exceptions: uint8 (plans, 256), what a planned day turns out to be.
        workday: bool (K,), whether the person is at paid work on it.
        modes: uint8 (8, 256), mode of travel by class (see `mode_class`) and eight random bits.
    """

    starts: NDArray[np.float32]
    spreads: NDArray[np.float32]
    flexes: NDArray[np.float32]
    last: NDArray[np.intp]
    options: NDArray[np.uint8]
    resolved: NDArray[np.uint8]
    activity: NDArray[np.int8]
    place: NDArray[np.int8]
    company: NDArray[np.intp]
    opens: NDArray[np.bool_]
    leaves_room: NDArray[np.bool_]
    alone: NDArray[np.uint32]
    weeks: NDArray[np.uint8]
    week_length: NDArray[np.int64]
    anchored: NDArray[np.bool_]
    weeks_of: NDArray[np.uint8]
    exceptions: NDArray[np.uint8]
    workday: NDArray[np.bool_]
    modes: NDArray[np.uint8]

    @classmethod
    def load(cls) -> "Calendar":
        """The calendar of the package's tables, built once."""
        return _calendar()


@cache
def _calendar() -> Calendar:
    days = [_parse_day(lines) for lines in DAY_KINDS.values()]
    length = max(len(day) for day in days)
    padded = [day + [day[-1]] * (length - len(day)) for day in days]
    hours = np.array([[line[:3] for line in day] for day in padded], dtype=np.float32)
    longest = max(len(week.days) for week in WEEKS.values())
    pursuits = [PURSUITS.get(name) or PURSUITS["rest"] for name in PURSUIT_NAMES]
    activities = [p.activity for p in pursuits]
    opens = np.array([a in BREAK_ACTIVITIES for a in activities])
    return Calendar(
        starts=np.ascontiguousarray(hours[..., 0]),
        spreads=np.ascontiguousarray(hours[..., 1]),
        flexes=np.ascontiguousarray(hours[..., 2]),
        last=np.array([len(day) - 1 for day in days], dtype=np.intp),
        options=np.array([[_weighted(line[3], PURSUIT_NAMES) for line in day] for day in padded]),
        resolved=_resolutions(),
        activity=np.array([ACTIVITIES.index(a) for a in activities], dtype=np.int8),
        place=np.array([PLACES.index(p.place) for p in pursuits], dtype=np.int8),
        company=np.array([COMPANIES.index(p.company) for p in pursuits], dtype=np.intp),
        opens=opens,
        leaves_room=np.stack([opens & (np.array(activities) != "eating"), opens]),
        alone=_alone_thresholds(),
        weeks=np.array(
            [
                [PLANS.index(week.days[day % len(week.days)]) for day in range(longest)]
                for week in WEEKS.values()
            ],
            dtype=np.uint8,
        ),
        week_length=np.array([len(week.days) for week in WEEKS.values()], dtype=np.int64),
        anchored=np.array([week.anchored for week in WEEKS.values()]),
        weeks_of=np.array([_weighted(WEEKS_OF[o], tuple(WEEKS)) for o in OCCUPATIONS]),
        exceptions=np.array([_weighted(EXCEPTIONS.get(plan, {plan: 1}), PLANS) for plan in PLANS]),
        workday=np.array([kind in WORKDAYS for kind in DAY_KINDS]),
        modes=np.array([lookup_table(weights) for weights in MODES_OF.values()]),
    )


def mode_class(drives: NDArray[np.bool_], settlement: NDArray[np.int8]) -> NDArray[np.uint8]:
    """The row of `Calendar.modes` for persons, from driving and settlement code."""
    return np.where(drives, settlement, settlement + len(MODES_OF) // 2).astype(np.uint8)


def company_class(group: NDArray[np.int8], partner: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The row of `Calendar.alone` for persons, from household group (in `ALONE`) and partner."""
    return (group * 2 + partner).astype(np.uint8)


_Line = tuple[float, float, float, dict[str, float]]


def _parse_day(lines: str) -> list[_Line]:
    """The lines of one day; the last one, falling asleep, goes on for ever."""
    parsed = [_parse_line(line) for line in lines.strip().splitlines()]
    hour, spread, flex, last = parsed[-1]
    if list(last) != ["sleep"]:
        raise ValueError(f"a day must end in sleep, not in {last}")
    return [*parsed[:-1], (hour, spread, flex, {GOES_ON: 1.0})]


def _parse_line(line: str) -> _Line:
    hour, spread, flex, options = line.split(maxsplit=3)
    weights = {}
    for option in options.split("|"):
        name, *weight = option.split()
        weights[name] = float(weight[0]) if weight else 1.0
    return float(hour), float(spread), float(flex), weights


def _weighted(weights: Mapping[str, float], names: Sequence[str]) -> NDArray[np.uint8]:
    codes = np.array([names.index(name) for name in weights], dtype=np.uint8)
    return codes[lookup_table(list(weights.values()))]


def _resolutions() -> NDArray[np.uint8]:
    rows = []
    for bits, mode in product(range(1 << len(TRAITS)), range(len(MODES))):
        has = {trait for i, trait in enumerate(TRAITS) if bits >> i & 1}
        rows.append([PURSUIT_NAMES.index(_resolve(name, has, mode)) for name in PURSUIT_NAMES])
    return np.array(rows, dtype=np.uint8)


def _resolve(name: str, has: set[str], mode: int) -> str:
    if name in BY_MODE:
        return _resolve(BY_MODE[name][mode], has, mode)
    pursuit = PURSUITS.get(name)
    if pursuit is None or pursuit.needs is None or pursuit.needs in has:
        return name
    if pursuit.otherwise is None:
        raise ValueError(f"pursuit {name} needs {pursuit.needs} and names nothing otherwise")
    return _resolve(pursuit.otherwise, has, mode)


def _alone_thresholds() -> NDArray[np.uint32]:
    rows = []
    for group, partner in product(ALONE, (False, True)):
        chances = {"alone": 1.0, "together": 0.0, **ALONE[group]}
        if partner and group in ("couple", "family"):
            chances["bed"] = ALONE_IN_PARTNERS_BED
        rows.append([threshold(chances[company]) for company in COMPANIES])
    return np.array(rows, dtype=np.uint32)
