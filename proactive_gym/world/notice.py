"""Which scenario the assistant notices at a moment, and how well it judges it.

A scenario is drawn among those that fit the hour and the activity, and kept if it can concern the
person there and then. Sometimes the assistant errs and notices what cannot concern the person.

Nothing comes twice in a session unless everything proposed has come already, and nothing comes on
two successive days of an episode.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.streams import Keys, bits, derive, halfwords, normals
from proactive_gym.vocabulary import PLACES
from proactive_gym.world.catalogue import (
    ANY,
    DEMANDING,
    FACT_BITS,
    FREE,
    HOURS,
    Catalogue,
    index,
    setting_bit,
)
from proactive_gym.world.days import Days, Points, Rows
from proactive_gym.world.draws import threshold
from proactive_gym.world.routines import Routines

_ERRORS, _CANDIDATES, _ESTIMATES, _HALVES = 111, 112, 113, 114  # purposes of the streams

FITTING = 16  # proposals from the list that the moment calls for
SPARE = 4  # proposals that concern everybody, when none of the others would do
_PER_WORD = 4  # draws of 16 bits in a random word
_HOME = PLACES.index("at home")
_WORK = PLACES.index("at their place of work or study")
_SATURDAY = 5


class Noticed(NamedTuple):
    """For R rows of P moments.

    Attributes:
        scenario: int16 (R, P), scenario code.
        concerns: bool (R, P), False if it cannot concern this person.
        estimate: float32 (R, P, 3), benefit, urgency and stakes as the assistant sees them, on the
            scenario's scale, not clipped.
    """

    scenario: NDArray[np.int16]
    concerns: NDArray[np.bool_]
    estimate: NDArray[np.float32]


class _FlatMoments(NamedTuple):
    """R * P moments in one row, sessions of `per_row` one after the other.

    `fitting` and `spare` are lists of the catalogue, `lacks` the facts and settings that do not
    hold, `words` 64 random bits.
    """

    fitting: NDArray[np.intp]
    spare: NDArray[np.intp]
    errs: NDArray[np.bool_]
    lacks: NDArray[np.uint32]
    words: Keys
    per_row: int


def notice(routines: Routines, rows: Rows, days: Days, points: Points) -> Noticed:
    """What the assistant notices at each moment.

    Args:
        routines: The people.
        rows: R rows.
        days: Their days.
        points: P moments of each day.
    """
    shape = points.clock.shape
    errs = halfwords(derive(rows.day_keys, _ERRORS), shape[1]) < threshold(
        routines.assumptions.error_rate
    )
    hour = points.clock.astype(np.intp) % HOURS
    half = _half(rows)
    moments = _FlatMoments(
        fitting=index(np.where(errs, DEMANDING, ANY), half, hour, points.now.activity).ravel(),
        spare=index(FREE, half, hour, points.now.activity).ravel(),
        errs=errs.ravel(),
        lacks=~_offered(routines, rows, days, points).ravel(),
        words=bits(derive(rows.day_keys, _CANDIDATES), shape[1]).ravel(),
        per_row=shape[1],
    )
    chosen = _choose(routines.catalogue, moments)
    lacking = routines.catalogue.required.take(chosen) & moments.lacks
    scenario = chosen.reshape(shape)
    concerns = (lacking == 0).reshape(shape)
    return Noticed(scenario, concerns, _estimates(routines, rows, scenario))


def _half(rows: Rows) -> NDArray[np.intp]:
    """Which half of the scenarios is due on each row's day, (R, 1): the halves take turns."""
    first = halfwords(derive(rows.keys, _HALVES), 1).astype(np.intp)
    return (first + rows.session[:, None]) % 2


def _offered(routines: Routines, rows: Rows, days: Days, points: Points) -> NDArray[np.uint32]:
    """Facts of the person and settings of the moment as bits, (R, P)."""
    of_row = routines.facts.take(rows.person)
    of_row = of_row | setting_bit("workday") * routines.calendar.workday.take(days.kind)
    of_row = of_row | setting_bit("weekday") * (days.weekday < _SATURDAY)
    place = points.now.place
    away = setting_bit("away") * (place != _HOME)
    public = setting_bit("public") * ((place != _HOME) & (place != _WORK))
    return of_row[:, None] | away | public


def _choose(catalogue: Catalogue, moments: _FlatMoments) -> NDArray[np.int16]:
    """A scenario for each moment, new in its session where possible.

    In every round each moment without a scenario proposes one. It keeps it if it suits and the
    session does not have it; if several moments of a session propose the same, the last keeps it.
    """
    scenarios = len(catalogue.required)
    chosen = np.empty(len(moments.errs), dtype=np.int16)
    taken_by = np.full(len(chosen) // moments.per_row * scenarios, -1, dtype=np.int32)
    left = np.arange(len(chosen), dtype=np.int32)
    words = moments.words
    for turn in range(FITTING + SPARE):
        if turn and turn % _PER_WORD == 0:
            words = derive(words, turn)
        draws = (words >> np.uint64(16 * (turn % _PER_WORD))) & np.uint64(0xFFFF)
        lists = moments.fitting if turn < FITTING else moments.spare
        proposed = catalogue.draw(lists.take(left), draws.astype(np.float32))
        suits = _suits(catalogue, moments, left, proposed, spare=turn >= FITTING)
        cell = left // moments.per_row * scenarios + proposed
        suits &= taken_by.take(cell) < 0
        taken_by[cell[suits]] = left[suits]  # of equal cells the last assignment stays
        chosen[left] = proposed
        open_still = taken_by.take(cell) != left
        left, words = left[open_still], words[open_still]
        if not len(left):
            break
    return chosen


def _suits(
    catalogue: Catalogue,
    moments: _FlatMoments,
    left: NDArray[np.int32],
    proposed: NDArray[np.int16],
    *,
    spare: bool,
) -> NDArray[np.bool_]:
    """Whether proposals suit: nothing is lacking or, where the assistant errs, a fact is."""
    lacking = catalogue.required.take(proposed) & moments.lacks.take(left)
    suits = lacking == 0
    if not spare:
        np.copyto(suits, lacking & FACT_BITS > 0, where=moments.errs.take(left))
    return suits


def _estimates(routines: Routines, rows: Rows, scenario: NDArray[np.int16]) -> NDArray[np.float32]:
    numbers = routines.assumptions
    sd = np.array(
        [numbers.benefit_noise, numbers.urgency_noise, numbers.stakes_noise], dtype=np.float32
    )
    noise = normals(derive(rows.day_keys, _ESTIMATES), scenario.shape[1] * 3)
    noise = noise.reshape(*scenario.shape, 3) * sd
    return noise + routines.catalogue.judged.take(scenario, axis=0)
