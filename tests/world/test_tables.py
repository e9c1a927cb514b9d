"""The tables of days and weeks agree with each other and with the judged moments."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from proactive_gym.data.records import load_alternatives, load_judgments
from proactive_gym.streams import halfwords
from proactive_gym.vocabulary import ACTIVITIES, HOUSEHOLDS, PLACES, SETTLEMENTS
from proactive_gym.world.calendar import PLANS, PURSUIT_NAMES, Calendar
from proactive_gym.world.draws import lookup_table, threshold
from proactive_gym.world.pursuits import BY_MODE, COMPANIES, GOES_ON, MODES, PURSUITS, TRAITS
from proactive_gym.world.templates import DAY_KINDS
from proactive_gym.world.weeks import (
    ALONE,
    EXCEPTIONS,
    HOUSEHOLD_GROUPS,
    MODES_OF,
    OCCUPATIONS,
    WEEKS,
    WEEKS_OF,
    WORKDAYS,
)


@pytest.fixture(scope="module")
def judged() -> Counter[tuple[str, str]]:
    moments = [*load_judgments(), *load_alternatives()]
    return Counter((m.activity, m.place) for m in moments)


def test_every_pursuit_is_a_judged_pair_of_activity_and_place(judged):
    for pursuit in PURSUITS.values():
        assert judged[pursuit.activity, pursuit.place] > 20, pursuit


def test_every_judged_pair_is_some_pursuit(judged):
    pairs = {(p.activity, p.place) for p in PURSUITS.values()}
    assert pairs == set(judged)


def test_meeting_and_conversation_are_never_alone():
    for pursuit in PURSUITS.values():
        if pursuit.activity in ("meeting", "conversation"):
            assert pursuit.company == "together"


def test_names_refer_to_each_other():
    for pursuit in PURSUITS.values():
        assert pursuit.company in COMPANIES
        assert pursuit.needs is None or pursuit.needs in TRAITS
        assert pursuit.otherwise is None or pursuit.otherwise in (*PURSUITS, GOES_ON)
    assert all(len(by) == len(MODES) and set(by) <= set(PURSUITS) for by in BY_MODE.values())
    assert set(WEEKS_OF) == set(OCCUPATIONS)
    assert all(set(weeks) <= set(WEEKS) for weeks in WEEKS_OF.values())
    assert all(set(week.days) <= {*DAY_KINDS, *EXCEPTIONS} for week in WEEKS.values())
    assert all(set(kinds) <= set(DAY_KINDS) for kinds in EXCEPTIONS.values())
    assert set(DAY_KINDS) >= WORKDAYS
    assert set(HOUSEHOLD_GROUPS) == set(HOUSEHOLDS)
    assert set(HOUSEHOLD_GROUPS.values()) == set(ALONE)
    expected = [f"{who}, {where}" for who in ("drives", "other") for where in SETTLEMENTS]
    assert list(MODES_OF) == expected


def test_weeks_fit_the_cycle_of_first_days():
    # The first day is drawn from 56, a multiple of both lengths.
    assert {len(week.days) for week in WEEKS.values()} <= {7, 8}
    assert all(len(week.days) == 7 for week in WEEKS.values() if week.anchored)


def test_shift_weeks_know_no_exceptions():
    shifts = {"early_shift", "late_shift", "first_night", "night_shift", "after_night", "eve"}
    assert not shifts & set(EXCEPTIONS)
    for week in WEEKS.values():
        for day, after in pairwise((*week.days, week.days[0])):
            if day in ("first_night", "night_shift"):
                assert after in ("night_shift", "after_night")


def test_template_hours_rise():
    calendar = Calendar.load()
    for kind, last in enumerate(calendar.last):
        assert (np.diff(calendar.starts[kind, : last + 1]) > 0.15).all(), list(DAY_KINDS)[kind]


def test_every_day_begins_and_ends_in_bed_and_opens_a_break():
    calendar = Calendar.load()
    in_bed = ACTIVITIES.index("in_bed")
    for kind, last in enumerate(calendar.last):
        for line in (0, last - 1):
            assert (calendar.activity[calendar.options[kind, line]] == in_bed).all()
        assert (calendar.opens[calendar.options[kind, 1]]).all()


@pytest.mark.parametrize("trait", TRAITS)
def test_nobody_gets_a_pursuit_that_needs_what_they_lack(trait):
    calendar = Calendar.load()
    needing = [PURSUIT_NAMES.index(n) for n, p in PURSUITS.items() if p.needs == trait]
    lacking = [bits for bits in range(16) if not bits >> TRAITS.index(trait) & 1]
    rows = np.array([bits * len(MODES) + mode for bits in lacking for mode in range(len(MODES))])
    assert not np.isin(calendar.resolved[rows], needing).any()


def test_only_car_days_resolve_to_driving():
    calendar = Calendar.load()
    driving = ACTIVITIES.index("driving")
    used = [PURSUIT_NAMES.index(name) for name in BY_MODE]
    by_mode = calendar.resolved.reshape(16, len(MODES), -1)[:, :, used]
    assert not (calendar.activity[by_mode[:, 1:]] == driving).any()
    for settlement, name in enumerate(MODES_OF):
        if name.startswith("other"):
            assert (calendar.modes[settlement] != 0).all()


def test_plans_without_template_always_turn_into_a_kind():
    assert (Calendar.load().exceptions < len(DAY_KINDS)).all()
    assert PLANS[: len(DAY_KINDS)] == tuple(DAY_KINDS)
    assert len(PLACES) == len({p.place for p in PURSUITS.values()})


def test_lookup_table_repeats_in_proportion():
    counts = np.bincount(lookup_table([1, 0, 2, 5]), minlength=4)
    assert counts.tolist() == [32, 0, 64, 160]


def test_halfwords_are_uniform_and_do_not_depend_on_their_number():
    keys = np.arange(500, dtype=np.uint64)
    words = halfwords(keys, 37)
    assert words.dtype == np.uint16
    assert (halfwords(keys, 5) == words[:, :5]).all()
    assert abs(words.mean() / 65536 - 0.5) < 0.01
    assert np.mean(words < threshold(0.2)) == pytest.approx(0.2, abs=0.01)
