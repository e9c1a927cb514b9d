"""Which scenario the assistant notices at a moment, and how well it judges it.

A scenario is drawn among those that fit the hour and the activity, and kept if it can concern the
person there and then. Sometimes the assistant errs and notices what cannot concern the person.
No scenario comes twice in a session unless all that were drawn have been noticed already.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.streams import Keys, derive, normals
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
from proactive_gym.world.days import Days, Points
from proactive_gym.world.draws import halfwords, threshold
from proactive_gym.world.routines import Routines

_ERRORS, _CANDIDATES, _ESTIMATES = 111, 112, 113  # purposes of the streams

FITTING = 10  # candidates drawn from the list that the moment calls for
SPARE = 4  # candidates that concern everybody, for when none of the others will do
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


def notice(
    routines: Routines, person: NDArray[np.integer], days: Days, points: Points, day_keys: Keys
) -> Noticed:
    """What the assistant notices at each moment.

    Args:
        routines: The people.
        person: Positions in `routines`, (R,).
        days: R days.
        points: P moments of each.
        day_keys: Keys of the streams, one a day, (R,).
    """
    catalogue, numbers = routines.catalogue, routines.assumptions
    count = points.clock.shape[1]
    errs = halfwords(derive(day_keys, _ERRORS), count) < threshold(numbers.error_rate)
    offered = _offered(routines, person, days, points)[..., None]
    candidates = _candidates(routines, points, errs, day_keys)
    lacking = catalogue.required.take(candidates) & ~offered
    suits = lacking == 0
    fitting = suits[..., :FITTING]
    np.copyto(fitting, lacking[..., :FITTING] & FACT_BITS > 0, where=errs[..., None])
    chosen = _first_unused(candidates, suits, len(catalogue.required))
    scenario = np.take_along_axis(candidates, chosen, axis=2)[..., 0]
    concerns = np.take_along_axis(lacking, chosen, axis=2)[..., 0] == 0
    return Noticed(scenario, concerns, _estimates(routines, scenario, day_keys))


def _offered(
    routines: Routines, person: NDArray[np.integer], days: Days, points: Points
) -> NDArray[np.uint32]:
    """Facts of the person and settings of the moment as bits, (R, P)."""
    of_row = routines.facts.take(person)
    of_row = of_row | setting_bit("workday") * routines.calendar.workday.take(days.kind)
    of_row = of_row | setting_bit("weekday") * (days.weekday < _SATURDAY)
    place = points.now.place
    away = setting_bit("away") * (place != _HOME)
    public = setting_bit("public") * ((place != _HOME) & (place != _WORK))
    return of_row[:, None] | away | public


def _candidates(
    routines: Routines, points: Points, errs: NDArray[np.bool_], day_keys: Keys
) -> NDArray[np.int16]:
    """Scenario codes in the order in which they are tried, (R, P, FITTING + SPARE)."""
    count = points.clock.shape[1]
    hour = points.clock.astype(np.intp)
    hour %= HOURS
    draws = halfwords(derive(day_keys, _CANDIDATES), count * (FITTING + SPARE))
    draws = draws.reshape(len(draws), count, FITTING + SPARE)
    called_for = index(np.where(errs, DEMANDING, ANY), hour, points.now.activity)
    spare = index(FREE, hour, points.now.activity)
    catalogue, weight = routines.catalogue, routines.assumptions.low_benefit_weight
    return np.concatenate(
        [
            _drawn(catalogue, called_for, draws[..., :FITTING], weight),
            _drawn(catalogue, spare, draws[..., FITTING:], weight),
        ],
        axis=2,
    )


def _drawn(
    catalogue: Catalogue, which: NDArray[np.intp], draws: NDArray[np.uint16], weight: float
) -> NDArray[np.int16]:
    """Entries of the lists `which` (R, P), a trivial one with `weight`, any other with 1.

    A list's trivial entries come first, so that the weighted draw is a piecewise linear map of a
    uniform one.
    """
    span = catalogue.spans
    trivial = span.trivial.take(which)[..., None].astype(np.float32)
    total = span.total.take(which)[..., None]
    heavy = trivial * np.float32(weight)
    spot = draws * ((heavy + (total - trivial)) / np.float32(65536))
    spot = np.where(spot < heavy, spot / np.float32(weight), spot - (heavy - trivial))
    entry = np.minimum(spot.astype(np.int32), total - 1)
    return catalogue.codes.take(span.offset.take(which)[..., None] + entry)


def _first_unused(
    candidates: NDArray[np.int16], suits: NDArray[np.bool_], scenarios: int
) -> NDArray[np.intp]:
    """Position of the first candidate that suits and is new in its session, (R, P, 1).

    If all that suit have been noticed already, the first that suits.
    """
    rows, count, _ = candidates.shape
    chosen = np.empty((rows, count, 1), dtype=np.intp)
    new = np.ones(rows * scenarios, dtype=np.int8)
    flat = candidates + (np.arange(rows) * scenarios)[:, None, None]
    for point in range(count):
        here = flat[:, point]
        rank = new.take(here)
        rank += 1
        rank *= suits[:, point]
        best = rank.argmax(axis=1)[:, None]
        chosen[:, point] = best
        new[np.take_along_axis(here, best, axis=1)] = 0
    return chosen


def _estimates(
    routines: Routines, scenario: NDArray[np.int16], day_keys: Keys
) -> NDArray[np.float32]:
    numbers = routines.assumptions
    sd = np.array(
        [numbers.benefit_noise, numbers.urgency_noise, numbers.stakes_noise], dtype=np.float32
    )
    noise = normals(derive(day_keys, _ESTIMATES), scenario.shape[1] * 3)
    noise = noise.reshape(*scenario.shape, 3) * sd
    return noise + routines.catalogue.judged.take(scenario, axis=0)
