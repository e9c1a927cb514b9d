"""Coherent days: what each person does, where and with whom, from waking to falling asleep.

Days are composed for many rows at once (a row is one person's one day): the week gives the kind of
day, the kind gives the lines of a template, and random draws shift the hours and choose among the
pursuits. Nothing in a row depends on other rows, so a person's day is the same in every batch.

It knows nothing of scenarios.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.streams import Keys, derive, halfwords, normals
from proactive_gym.world.draws import TABLE
from proactive_gym.world.routines import Routines

_HABITS, _CLOCK, _DAY, _HOURS, _POINTS = 101, 102, 103, 104, 105  # purposes of the streams

HOURS_A_DAY = np.float32(24.0)
_LARGEST_DEVIATION = np.float32(2.0)  # standard deviations: keeps one day's end from the next day
_EARLIEST_SHIFT, _LATEST_SHIFT = np.float32(-1.8), np.float32(2.3)  # hours, for the same reason

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
Ints = NDArray[np.integer]


class Rows(NamedTuple):
    """R rows, each one person's one day.

    Attributes:
        person: Positions in a `Routines`, (R,).
        keys: Person-episode keys, (R,): the habits of an episode hang on them.
        session: Number of the day within the episode, (R,), from 0; successive sessions are
            successive days.
        day_keys: Keys of the streams that fill the day, (R,).
    """

    person: Ints
    keys: Keys
    session: Ints
    day_keys: Keys

    @classmethod
    def of(cls, person: Ints, keys: Keys, session: Ints) -> "Rows":
        """The rows of these persons, episodes and sessions."""
        return cls(person, keys, session, derive(derive(keys, _DAY), session))


class Days(NamedTuple):
    """One day a row: R rows, L lines. A line that goes on repeats its block's values.

    Attributes:
        weekday: int8 (R,), 0 Monday to 6 Sunday, of the morning on which the day began.
        kind: intp (R,), position in `DAY_KINDS`.
        starts: float32 (R, L), hours since midnight of that morning, rising along a row.
        asleep: float32 (R,), when the waking day ends; it begins with the first line.
        pursuit: uint8 (R, L), code in `PURSUIT_NAMES`.
        alone: bool (R, L).
        next_break: intp (R, L), the line that brings the next natural break: this line itself if it
            is one, and L + a line if the break is tomorrow's (taken to be like today).
    """

    weekday: NDArray[np.int8]
    kind: Indices
    starts: Floats
    asleep: Floats
    pursuit: NDArray[np.uint8]
    alone: Flags
    next_break: Indices


class Situation(NamedTuple):
    """Activity int8, place int8 and alone bool, each (R, P)."""

    activity: NDArray[np.int8]
    place: NDArray[np.int8]
    alone: Flags


class Points(NamedTuple):
    """P moments a row in clock order.

    `clock`, float32 (R, P), counts hours since the midnight before the day and may pass 24.
    `break_delay`, float32 (R, P), is the time in hours until the next natural break.
    """

    clock: Floats
    now: Situation
    break_delay: Floats
    at_break: Situation


def compose_days(routines: Routines, rows: Rows) -> Days:
    """One day for each of R rows."""
    lines = routines.calendar.starts.shape[1]
    draws = halfwords(rows.day_keys, 2 + 2 * lines)
    options, company = draws[:, 2 : 2 + lines], draws[:, 2 + lines :]
    weekday, kind = _kinds(routines, rows, draws[:, 0])
    starts = _starts(routines, rows, kind)
    chosen = _pursuits(routines, rows.person, kind, draws[:, 1], options)
    alone = company < _alone_below(routines, rows.person, chosen)

    # Line s of a row belongs to the block of the last line up to s that began something.
    begins = chosen > 0
    block = np.where(begins, np.arange(lines, dtype=np.int8), np.int8(0))
    block = np.maximum.accumulate(block, axis=1) + _row_offsets(block)
    pursuit, alone = chosen.take(block), alone.take(block)
    last = routines.calendar.last.take(kind)
    return Days(
        weekday=weekday,
        kind=kind,
        starts=starts,
        asleep=starts.take(_row_offsets(starts)[:, 0] + last),
        pursuit=pursuit,
        alone=alone,
        next_break=_next_breaks(routines, pursuit, alone, begins),
    )


def draw_points(routines: Routines, rows: Rows, days: Days, points: int) -> Points:
    """`points` moments of each day, one in each of as many equal parts of the waking day.

    The next natural break is this moment if its activity leaves room for a word (see
    `calendar.BREAK_ACTIVITIES`), otherwise the beginning of the next block that opens one: today's
    or, when today has none left, tomorrow's first one, at the clock time it has today.

    Args:
        routines: The people.
        rows: R rows.
        days: Their days.
        points: How many, P.
    """
    clock = _clock(routines, rows, days, points)
    line = np.zeros(clock.shape, dtype=np.intp)
    for start in days.starts.T[1:]:
        line += start[:, None] <= clock
    row = _row_offsets(days.starts)
    target = days.next_break.take(line + row)
    lines = days.starts.shape[1]
    tomorrow = target >= lines
    at_once = target == line
    target -= tomorrow * lines
    target += row
    delay = days.starts.take(target) - clock + tomorrow * HOURS_A_DAY
    delay[at_once] = 0.0
    return Points(
        clock=clock,
        now=_situation(routines, days, line + row),
        break_delay=delay,
        at_break=_situation(routines, days, target),
    )


def _kinds(
    routines: Routines, rows: Rows, draw: NDArray[np.uint16]
) -> tuple[NDArray[np.int8], Indices]:
    """Weekday and kind of day: the plan of the person's week, or an exception from it."""
    calendar = routines.calendar
    habits = halfwords(derive(rows.keys, _HABITS), 2)
    # 56 is a multiple of all lengths of a week, so that every day is equally likely to be first.
    first = (habits[:, 0].astype(np.int64) * 56 >> 16) + rows.session
    weekday = first % 7
    week = _draw(calendar.weeks_of, routines.occupation.take(rows.person), habits[:, 1])
    in_roster = first % calendar.week_length.take(week)
    day = np.where(calendar.anchored.take(week), weekday, in_roster)
    plan = calendar.weeks[week, day]
    kind = _draw(calendar.exceptions, plan, draw).astype(np.intp)
    return weekday.astype(np.int8), kind


def _starts(routines: Routines, rows: Rows, kind: Indices) -> Floats:
    """When each line begins, in hours, (R, L)."""
    calendar, numbers = routines.calendar, routines.assumptions
    lines = calendar.starts.shape[1]
    noise = normals(derive(rows.day_keys, _HOURS), 1 + lines)
    habit = normals(derive(rows.keys, _CLOCK), 1)[:, 0] * np.float32(numbers.habit_sd_h)
    today = noise[:, 0] * np.float32(numbers.day_sd_h)
    shift = routines.clock.take(rows.person) + habit + today
    shift = np.clip(shift, _EARLIEST_SHIFT, _LATEST_SHIFT)[:, None]
    starts = np.clip(noise[:, 1:], -_LARGEST_DEVIATION, _LARGEST_DEVIATION)
    starts *= calendar.spreads.take(kind, axis=0)
    starts += calendar.flexes.take(kind, axis=0) * shift
    starts += calendar.starts.take(kind, axis=0)
    # Each line at least the shortest block after the one before it.
    ramp = np.arange(lines, dtype=np.float32) * np.float32(numbers.shortest_block_h)
    starts -= ramp
    np.maximum.accumulate(starts, axis=1, out=starts)
    starts += ramp
    return starts


def _pursuits(
    routines: Routines,
    person: Ints,
    kind: Indices,
    mode_draw: NDArray[np.uint16],
    option_draws: NDArray[np.uint16],
) -> NDArray[np.uint8]:
    """What begins at each line for this person, 0 where the block before goes on, (R, L)."""
    calendar = routines.calendar
    lines = option_draws.shape[1]
    slot = (kind * lines)[:, None] + np.arange(lines)
    options = calendar.options.take(slot * TABLE + (option_draws >> 8))
    mode = _draw(calendar.modes, routines.mode.take(person), mode_draw)
    who = routines.traits.take(person).astype(np.intp) * 4 + mode
    return calendar.resolved.take(who[:, None] * calendar.resolved.shape[1] + options)


def _alone_below(routines: Routines, person: Ints, pursuit: NDArray[np.uint8]) -> NDArray:
    """The threshold below which a halfword means that nobody else is there, (R, L)."""
    calendar = routines.calendar
    who = routines.company.take(person).astype(np.intp) * calendar.alone.shape[1]
    return calendar.alone.take(who[:, None] + calendar.company.take(pursuit))


def _next_breaks(
    routines: Routines, pursuit: NDArray[np.uint8], alone: Flags, begins: Flags
) -> Indices:
    """`Days.next_break`; `begins` tells where blocks begin (no line after falling asleep does)."""
    calendar = routines.calendar
    lines = begins.shape[1]
    numbers = np.arange(lines, dtype=np.int8)
    codes = calendar.opens.size
    within = calendar.leaves_room.take(alone * np.intp(codes) + pursuit)
    opening = calendar.opens.take(pursuit) & begins
    later = np.where(opening, numbers, np.int8(lines))
    later = np.minimum.accumulate(later[:, ::-1], axis=1)[:, ::-1]
    first = later[:, :1]
    # The break of line s begins after it, so look from line s + 1 on.
    ahead = np.concatenate([later[:, 1:], np.full_like(first, lines)], axis=1)
    ahead = np.where(ahead < lines, ahead, lines + np.minimum(first, lines - 1))
    return np.where(within, numbers, ahead).astype(np.intp)


def _clock(routines: Routines, rows: Rows, days: Days, points: int) -> Floats:
    gap = np.float32(routines.assumptions.point_gap)
    position = halfwords(derive(rows.day_keys, _POINTS), points).astype(np.float32)
    position *= (np.float32(1.0) - gap) / np.float32(65536)
    position += np.arange(points, dtype=np.float32) + gap / 2
    awake = days.starts[:, 0]
    position *= ((days.asleep - awake) / np.float32(points))[:, None]
    position += awake[:, None]
    return position


def _situation(routines: Routines, days: Days, where: Indices) -> Situation:
    pursuit = days.pursuit.take(where)
    calendar = routines.calendar
    return Situation(
        calendar.activity.take(pursuit), calendar.place.take(pursuit), days.alone.take(where)
    )


def _draw(table: NDArray[np.uint8], row: Ints, draw: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """One entry of each `row` of a lookup table, by the upper eight bits of a halfword."""
    return table[row, draw >> 8]


def _row_offsets(rows: NDArray) -> Indices:
    """Flat position of each row's first element, (R, 1), for `take` on a C-ordered array."""
    return (np.arange(rows.shape[0]) * rows.shape[1])[:, None]
