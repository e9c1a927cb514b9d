"""Which scenarios fit an hour and an activity: lists from which a noticed one is drawn.

It knows no person: whether a scenario can concern somebody is tested after the draw, in
`proactive_gym.world.notice`.
"""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidOptionError
from proactive_gym.vocabulary import ACTIVITIES, FACTS
from proactive_gym.world.assumptions import WorldAssumptions
from proactive_gym.world.scenarios import SETTINGS, ScenarioTable

HOURS = 24
NIGHT_HOURS = (23, 0, 1, 2, 3, 4, 5, 6)
TRIVIAL_BENEFIT = 1.0
"""Scenarios of at most this benefit are trivial: in the data silence is best in 85 % of them."""

ANY, DEMANDING, FREE = 0, 1, 2
"""The kinds of lists: every scenario; those that require a fact; those that require nothing of the
person nor of the moment's setting."""

FACT_BITS = np.uint32((1 << len(FACTS)) - 1)
"""The bits of a requirement that speak of the person; the bits above them speak of the setting."""


class Spans(NamedTuple):
    """Where lists stand in `Catalogue.codes`; trivial scenarios come first in each.

    Attributes:
        offset: int32, where the list begins.
        last: int32, its length less one.
        trivial_mass: float32, how many trivial ones there are, times their weight.
        excess: float32, `trivial_mass` less their number.
        mass: float32, `trivial_mass` and the number of all others.
    """

    offset: NDArray[np.int32]
    last: NDArray[np.int32]
    trivial_mass: NDArray[np.float32]
    excess: NDArray[np.float32]
    mass: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Lists of scenario codes by kind of list, half, hour and activity.

    The scenarios are divided into two halves, alike in benefit and domain, that take turns from day
    to day, so that nobody hears the same on two successive days.

    Attributes:
        codes: int16, all lists one after the other.
        spans: Where each list stands, by `index(kind, half, hour, activity)`.
        trivial_weight: Weight of a trivial scenario, any other's is 1.
        required: uint32 (S,), facts (bits 0-19) and settings (bits 20-23) that a scenario needs.
        judged: float32 (S, 3), benefit, urgency, stakes.
    """

    codes: NDArray[np.int16]
    spans: Spans
    trivial_weight: float
    required: NDArray[np.uint32]
    judged: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        table: ScenarioTable,
        assumptions: WorldAssumptions,
        allowed: NDArray[np.bool_] | None = None,
    ) -> "Catalogue":
        """Build the lists.

        An empty list is replaced by that of the nearest hour of the same activity.

        Args:
            table: The scenarios.
            assumptions: For `patient_window_h`.
            allowed: bool (S,), which scenarios may be noticed; by default all.

        Raises:
            InvalidOptionError: The allowed scenarios leave an activity without any that requires
                nothing, or without one that requires a fact.
        """
        in_use = np.ones(len(table), dtype=np.bool_) if allowed is None else allowed
        required = _required(table)
        by_hour = _open_hours(table, assumptions)
        members = {
            ANY: in_use,
            DEMANDING: in_use & (required & FACT_BITS > 0),
            FREE: in_use & (required == 0),
        }
        trivial = table.benefit <= TRIVIAL_BENEFIT
        halves = _halves(table, in_use)
        lists = []
        for kind, half in product((ANY, DEMANDING, FREE), (0, 1)):
            here = members[kind] & (halves == half)
            fits = here[:, None, None] & by_hour & table.activities[:, None, :]
            rows = _filled(fits).transpose(1, 2, 0).reshape(-1, len(table))
            lists += [np.flatnonzero(row) for row in rows]
        codes = [np.concatenate([c[trivial[c]], c[~trivial[c]]]) for c in lists]
        weight = assumptions.low_benefit_weight
        return cls(
            codes=np.concatenate(codes).astype(np.int16),
            spans=_spans(lists, trivial, weight),
            trivial_weight=weight,
            required=required,
            judged=np.stack([table.benefit, table.urgency, table.stakes], axis=1),
        )

    def draw(self, which: NDArray[np.intp], halfwords: NDArray) -> NDArray[np.int16]:
        """A scenario of each list `which` by 16 random bits, a trivial one with its weight.

        A list's trivial scenarios come first, so that the weighted draw is a piecewise linear map
        of a uniform one.
        """
        spans = self.spans
        spot = halfwords * (spans.mass.take(which) / np.float32(65536))
        among_trivial = spot < spans.trivial_mass.take(which)
        others = spot - spans.excess.take(which)
        spot = np.where(among_trivial, spot / np.float32(self.trivial_weight), others)
        entry = np.minimum(spot.astype(np.int32), spans.last.take(which))
        return self.codes.take(spans.offset.take(which) + entry)


def _spans(lists: list[NDArray[np.intp]], trivial: NDArray[np.bool_], weight: float) -> Spans:
    size = np.array([len(codes) for codes in lists])
    light = np.array([np.count_nonzero(trivial[codes]) for codes in lists])
    return Spans(
        offset=(np.cumsum(size) - size).astype(np.int32),
        last=(size - 1).astype(np.int32),
        trivial_mass=(light * weight).astype(np.float32),
        excess=(light * weight - light).astype(np.float32),
        mass=(light * weight + size - light).astype(np.float32),
    )


def index(
    kind: int | NDArray[np.intp],
    half: NDArray[np.integer],
    hour: NDArray[np.intp],
    activity: NDArray[np.integer],
) -> NDArray[np.intp]:
    """The position of lists in `Catalogue.spans`; arguments broadcast.

    Args:
        kind: ANY, DEMANDING or FREE.
        half: 0 or 1.
        hour: 0 to 23.
        activity: Code in `ACTIVITIES`.
    """
    return ((kind * 2 + half) * HOURS + hour) * len(ACTIVITIES) + activity


def bits_of(flags: NDArray[np.bool_], first: int = 0) -> NDArray[np.uint32]:
    """The last axis as bits of a number, the first flag at bit `first`."""
    weights = np.uint32(1) << np.arange(first, first + flags.shape[-1], dtype=np.uint32)
    return (flags * weights).sum(axis=-1, dtype=np.uint32)


def setting_bit(name: str) -> np.uint32:
    """The bit of one of `SETTINGS` in a requirement."""
    return np.uint32(1 << (len(FACTS) + SETTINGS.index(name)))


def _required(table: ScenarioTable) -> NDArray[np.uint32]:
    return bits_of(table.requires) | bits_of(table.settings, len(FACTS))


def _halves(table: ScenarioTable, in_use: NDArray[np.bool_]) -> NDArray[np.int8]:
    """0 or 1 for each scenario, in turn by benefit and domain among those in use: int8 (S,)."""
    order = np.lexsort((table.domain, table.benefit, ~in_use))
    halves = np.empty(len(table), dtype=np.int8)
    halves[order] = np.arange(len(table)) % 2
    return halves


def _open_hours(table: ScenarioTable, assumptions: WorldAssumptions) -> NDArray[np.bool_]:
    """Whether a scenario may come up in the hour [h, h + 1): bool (S, 24, 1)."""
    hours = np.arange(HOURS)
    listed = (table.hours[:, :1] <= hours) & (hours < table.hours[:, 1:])
    patient = table.window_h[:, None] >= np.float32(assumptions.patient_window_h)
    at_any_hour = patient & np.isin(hours, NIGHT_HOURS)
    return np.expand_dims(listed | at_any_hour, axis=2)


def _filled(fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Copy the nearest hour's list to hours without one. bool (S, 24, 11), changed in place."""
    some: NDArray[np.bool_] = np.logical_or.reduce(fits, axis=0)
    if not some.any(axis=0).all():
        missing = ACTIVITIES[int(np.argmin(some.any(axis=0)))]
        raise InvalidOptionError(f"too few scenarios are allowed: none is left for {missing}")
    for hour, activity in np.argwhere(~some):
        others = np.flatnonzero(some[:, activity])
        distance = np.abs((others - hour + HOURS // 2) % HOURS - HOURS // 2)
        fits[:, hour, activity] = fits[:, others[distance.argmin()], activity]
    return fits
