from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from proactive_gym.vocabulary import ACTIVITIES, CHRONOTYPES, FACTS, PLACES
from proactive_gym.world.calendar import BREAK_ACTIVITIES, PURSUIT_NAMES
from proactive_gym.world.days import Rows, compose_days
from proactive_gym.world.routines import occupation_of
from proactive_gym.world.templates import DAY_KINDS
from proactive_gym.world.weeks import OCCUPATIONS

KINDS = list(DAY_KINDS)


def _activity(name):
    return ACTIVITIES.index(name)


def _is_kind(lives, *names):
    return np.isin(lives.days.kind, [KINDS.index(name) for name in names])


def test_lines_begin_in_order_and_days_end_asleep(routines, lives):
    shortest = routines.assumptions.shortest_block_h
    assert np.diff(lives.days.starts, axis=1).min() > 0.99 * shortest
    awake = lives.days.asleep - lives.days.starts[:, 0]
    assert awake.min() > 8
    assert awake.max() < 24


def test_nobody_wakes_before_falling_asleep(lives):
    asleep = lives.days.asleep.reshape(-1, 10)[:, :-1] - 24
    sleep = lives.days.starts[:, 0].reshape(-1, 10)[:, 1:] - asleep
    assert sleep.min() > 2.5
    assert np.quantile(sleep, 0.01) > 4.5
    assert 6.5 < np.median(sleep) < 9


def test_everybody_sleeps_at_night_unless_at_work(lives):
    nights = _is_kind(lives, "first_night", "night_shift")
    assert (lives.days.asleep[~nights] < 28).all()
    assert (lives.days.asleep[nights] > 30).all()
    assert (lives.days.starts[_is_kind(lives, "night_shift"), 0] > 12.5).all()


def test_weekdays_follow_each_other(lives):
    weekday = lives.days.weekday.reshape(-1, 10).astype(int)
    assert ((weekday[:, 1:] - weekday[:, :-1]) % 7 == 1).all()
    first = np.bincount(weekday[:, 0], minlength=7) / len(weekday)
    assert (np.abs(first - 1 / 7) < 0.04).all()


def test_the_week_decides_the_day(routines, lives):
    occupation = routines.occupation[lives.person]
    at_desk = occupation == OCCUPATIONS.index("office")
    weekend = lives.days.weekday >= 5
    office = _is_kind(lives, "office", "home_office")
    assert not (office & at_desk & weekend).any()
    assert office[at_desk & ~weekend].mean() > 0.9
    retired = occupation == OCCUPATIONS.index("retired")
    assert _is_kind(lives, "retired", "retired_out")[retired].all()


def test_shift_weeks_keep_their_order(routines, lives):
    names = np.array(KINDS)[lives.days.kind].reshape(-1, 10)
    shifts = routines.occupation == OCCUPATIONS.index("shifts")
    for days in names[shifts]:
        for day, after in pairwise(days):
            if day in ("first_night", "night_shift"):
                assert after in ("night_shift", "after_night")


@pytest.mark.parametrize(
    ("facts", "age", "expected"),
    [
        ({"works", "desk_work"}, 40, "office"),
        ({"works"}, 40, "hands_on"),
        ({"works", "desk_work", "shift_work"}, 40, "shifts"),
        ({"works", "studies"}, 25, "hands_on_and_study"),
        ({"works", "desk_work"}, 70, "office_part_time"),
        ({"studies", "small_children"}, 25, "study"),
        ({"small_children"}, 75, "carer"),
        ({"school_children"}, 40, "carer"),
        ({"school_children"}, 75, "retired"),
        ({"shift_work"}, 40, "home"),
        (set(), 59, "home"),
        (set(), 60, "retired"),
    ],
)
def test_occupation(facts, age, expected):
    person = SimpleNamespace(
        facts=np.array([[fact in facts for fact in FACTS]]), age=np.array([age], dtype=np.int16)
    )
    assert OCCUPATIONS[occupation_of(person)[0]] == expected


@pytest.mark.parametrize("needed", ["drives", "works"])
def test_nobody_does_what_they_cannot(people, lives, needed):
    has = people.facts[lives.person, FACTS.index(needed)]
    if needed == "drives":
        does = lives.moments.activity == _activity("driving")
    else:
        at_work = lives.moments.place == PLACES.index("at their place of work or study")
        studies = people.facts[lives.person, FACTS.index("studies")]
        does = at_work & ~studies[:, None]
    assert does[has].any()
    assert not does[~has].any()


def test_school_runs_are_for_people_with_children(people, lives):
    runs = [PURSUIT_NAMES.index(n) for n in PURSUIT_NAMES if n.endswith("_children")]
    children = people.facts[:, [FACTS.index("small_children"), FACTS.index("school_children")]]
    takes = np.isin(lives.days.pursuit, runs).any(axis=1)
    has = children.any(axis=1)[lives.person]
    assert takes[has].any()
    assert not takes[~has].any()


def test_chronotype_shifts_free_hours_more_than_work(routines, people, lives):
    owl = people.chronotype[lives.person] == CHRONOTYPES.index("night owl")
    bird = people.chronotype[lives.person] == CHRONOTYPES.index("early bird")
    free = _is_kind(lives, "free_home")
    office = _is_kind(lives, "office")

    def later(days, line):
        starts = lives.days.starts[:, line]
        return starts[days & owl].mean() - starts[days & bird].mean()

    expected = routines.assumptions.night_owl_shift_h - routines.assumptions.early_bird_shift_h
    assert later(free, 0) == pytest.approx(0.8 * expected, abs=0.25)
    assert later(office, 0) == pytest.approx(0.35 * expected, abs=0.25)


def test_every_activity_has_its_share_of_the_moments(lives):
    share = np.bincount(lives.moments.activity.ravel(), minlength=len(ACTIVITIES))
    share = dict(zip(ACTIVITIES, share / share.sum(), strict=True))
    assert min(share.values()) >= 0.01
    # Rough bounds of general time use: no activity may take over the day.
    assert 0.15 < share["focused_work"] < 0.35
    assert 0.12 < share["relaxing"] < 0.30
    assert 0.06 < share["eating"] < 0.13
    assert 0.03 < share["commuting"] + share["driving"] < 0.12
    assert share["in_bed"] < 0.08


def test_joint_of_activity_and_place_is_plausible(lives):
    place_of = {"driving": "in the car", "meeting": "at their place of work or study"}
    place_of |= {"in_bed": "at home", "getting_ready": "at home"}
    for activity, place in place_of.items():
        here = lives.moments.activity == _activity(activity)
        assert (lives.moments.place[here] == PLACES.index(place)).all()


def test_nobody_is_alone_in_talk_and_company_follows_the_household(people, lives):
    talking = np.isin(lives.moments.activity, [_activity("meeting"), _activity("conversation")])
    assert not lives.moments.alone[talking].any()
    by_oneself = people.household[lives.person] == 0
    at_home = (lives.moments.place == 0) & ~talking
    assert lives.moments.alone[by_oneself][at_home[by_oneself]].mean() > 0.9
    assert lives.moments.alone[~by_oneself][at_home[~by_oneself]].mean() < 0.5


def test_bed_is_for_late_and_early_hours(lives):
    hours = lives.moments.hour[lives.moments.activity == _activity("in_bed")]
    night_work = _is_kind(lives, "first_night", "night_shift", "after_night")
    ordinary = lives.moments.hour[~night_work][
        lives.moments.activity[~night_work] == _activity("in_bed")
    ]
    assert len(hours) > 1000
    assert not ((ordinary > 12) & (ordinary < 19)).any()
    assert np.mean((ordinary > 1.5) & (ordinary < 4)) < 0.02


def test_points_rise_with_a_gap_and_lie_within_the_waking_day(routines, lives):
    clock = np.unwrap(lives.moments.hour, period=24, axis=1)
    awake = lives.days.asleep - lives.days.starts[:, 0]
    gap = routines.assumptions.point_gap * awake / clock.shape[1]
    assert (np.diff(clock, axis=1) > 0.99 * gap[:, None]).all()
    assert (clock[:, 0] >= lives.days.starts[:, 0]).all()
    assert (clock[:, -1] <= lives.days.asleep).all()
    assert ((lives.moments.hour >= 0) & (lives.moments.hour < 24)).all()


def test_moments_show_the_block_of_the_day(routines, lives):
    clock = np.unwrap(lives.moments.hour, period=24, axis=1)
    for row in range(0, len(clock), 997):
        line = np.searchsorted(lives.days.starts[row], clock[row], side="right") - 1
        pursuit = lives.days.pursuit[row, line]
        assert (routines.calendar.activity[pursuit] == lives.moments.activity[row]).all()
        assert (lives.days.alone[row, line] == lives.moments.alone[row]).all()


def test_a_moment_with_room_for_a_word_is_a_break(lives):
    m = lives.moments
    opens = np.isin(m.activity, [_activity(name) for name in BREAK_ACTIVITIES])
    within = opens & ~((m.activity == _activity("eating")) & ~m.alone)
    assert ((m.break_delay == 0) == within).all()
    for now, then in (("activity", "break_activity"), ("place", "break_place")):
        assert (getattr(m, now)[within] == getattr(m, then)[within]).all()
    assert (m.alone[within] == m.break_alone[within]).all()


def test_a_break_opens_the_next_suitable_block(routines, lives):
    days, m = lives.days, lives.moments
    clock = np.unwrap(m.hour, period=24, axis=1)
    opens = routines.calendar.opens
    for row in range(0, len(clock), 331):
        last = routines.calendar.last[days.kind[row]]
        pursuit, alone = days.pursuit[row, :last], days.alone[row, :last]
        changed = np.r_[True, (pursuit[1:] != pursuit[:-1]) | (alone[1:] != alone[:-1])]
        begins = days.starts[row, :last]
        for point in np.flatnonzero(m.break_delay[row] > 0):
            when = clock[row, point] + m.break_delay[row, point]
            tomorrow = when > days.asleep[row]
            line = int(np.abs(begins + 24 * tomorrow - when).argmin())
            assert begins[line] + 24 * tomorrow == pytest.approx(when, abs=1e-3)
            assert opens[pursuit[line]]
            assert m.break_activity[row, point] == routines.calendar.activity[pursuit[line]]
            assert m.break_alone[row, point] == alone[line]
            later = begins > clock[row, point]
            before = later & (np.arange(last) < (last if tomorrow else line))
            assert not (opens[pursuit] & changed & before).any()


def test_habits_belong_to_the_episode(routines):
    # The same person in two episodes has another first weekday about six times in seven.
    person = np.zeros(400, dtype=np.intp)
    session = np.zeros(400, dtype=np.intp)
    rows = Rows.of(person, np.arange(400, dtype=np.uint64), session)
    weekday = compose_days(routines, rows).weekday
    assert len(np.unique(weekday)) == 7
