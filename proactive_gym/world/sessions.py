"""Sessions: the moments of a day in which the assistant has noticed something.

The entry point of the world: `compose_sessions` puts days, moments and notices together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidOptionError
from proactive_gym.streams import Keys
from proactive_gym.world.days import HOURS_A_DAY, Rows, compose_days, draw_points
from proactive_gym.world.notice import notice
from proactive_gym.world.routines import Routines


@dataclass(frozen=True, eq=False)
class Moments:
    """The decision points of R rows; a row is one person's one session of P points.

    Attributes:
        weekday: int8 (R,), 0 Monday to 6 Sunday, of the morning on which the session began.
        hour: float32 (R, P), clock time in [0, 24). Points are in the order of time; a session may
            pass midnight, where the hour wraps.
        activity: int8 (R, P), code in `ACTIVITIES`.
        place: int8 (R, P), code in `PLACES`.
        alone: bool (R, P), nobody else is there.
        break_delay: float32 (R, P), hours until the next natural break; 0 if this is one.
        break_activity: int8 (R, P), the situation at that break, as are the next two.
        break_place: int8 (R, P).
        break_alone: bool (R, P).
        scenario: int16 (R, P), scenario code.
        concerns: bool (R, P), False where the assistant errs: the scenario's requirements do not
            hold for this person.
        estimate: float32 (R, P, 3), the assistant's noisy estimates of benefit (0-5), urgency (1-5)
            and stakes (1-5), on the scenario's scale, not clipped.
    """

    weekday: NDArray[np.int8]
    hour: NDArray[np.float32]
    activity: NDArray[np.int8]
    place: NDArray[np.int8]
    alone: NDArray[np.bool_]
    break_delay: NDArray[np.float32]
    break_activity: NDArray[np.int8]
    break_place: NDArray[np.int8]
    break_alone: NDArray[np.bool_]
    scenario: NDArray[np.int16]
    concerns: NDArray[np.bool_]
    estimate: NDArray[np.float32]


def compose_sessions(
    routines: Routines,
    person: NDArray[np.integer],
    keys: Keys,
    session: NDArray[np.integer],
    points: int,
) -> Moments:
    """The moments of R sessions. A row's result depends on that row's arguments alone.

    Args:
        routines: The people, from `Routines.of(people)`.
        person: Positions in `routines`, (R,).
        keys: Person-episode keys, uint64 (R,). Habits (first weekday, week, usual hours) hang on
            them, so that the sessions of an episode are days of one life.
        session: Number of the session within the episode, (R,), from 0. Session s is the day s days
            after session 0.
        points: Decision points a session, P, at least 1.

    Raises:
        InvalidOptionError: `points` is below 1.
    """
    if points < 1:
        raise InvalidOptionError(f"a session needs at least one decision point, not {points}")
    rows = Rows.of(person, keys, session)
    days = compose_days(routines, rows)
    moments = draw_points(routines, rows, days, points)
    noticed = notice(routines, rows, days, moments)
    clock = moments.clock
    return Moments(
        weekday=days.weekday,
        hour=np.where(clock < HOURS_A_DAY, clock, clock - HOURS_A_DAY),
        activity=moments.now.activity,
        place=moments.now.place,
        alone=moments.now.alone,
        break_delay=moments.break_delay,
        break_activity=moments.at_break.activity,
        break_place=moments.at_break.place,
        break_alone=moments.at_break.alone,
        scenario=noticed.scenario,
        concerns=noticed.concerns,
        estimate=noticed.estimate,
    )
