from dataclasses import fields
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas.population import Population
from proactive_gym.world import Moments, Routines, compose_sessions

NAMES = [field.name for field in fields(Moments)]


@cache
def _everybody() -> Routines:
    return Routines.of(Population.load().people)


def _identical(one: Moments, other: Moments, where=slice(None)) -> bool:
    return all(
        getattr(one, name).tobytes() == np.ascontiguousarray(getattr(other, name)[where]).tobytes()
        for name in NAMES
    )


def test_shapes_types_and_size(lives):
    rows, points = lives.moments.scenario.shape
    types = {"weekday": np.int8, "scenario": np.int16, "estimate": np.float32}
    types |= dict.fromkeys(("hour", "break_delay"), np.float32)
    types |= dict.fromkeys(("alone", "break_alone", "concerns"), np.bool_)
    for name in NAMES:
        array = getattr(lives.moments, name)
        shape = {"weekday": (rows,), "estimate": (rows, points, 3)}.get(name, (rows, points))
        assert array.shape == shape, name
        assert array.dtype == types.get(name, np.int8), name
    assert sum(getattr(lives.moments, name).nbytes for name in NAMES) / rows < 1200


def test_routines_are_small(routines):
    per_person = ("facts", "occupation", "traits", "mode", "company", "clock")
    assert sum(getattr(routines, name).nbytes for name in per_person) / len(routines) < 400


def test_one_row_at_a_time_equals_all_at_once(routines, lives):
    for row in range(0, 10_000, 53):
        one = slice(row, row + 1)
        alone = compose_sessions(
            routines, lives.person[one], lives.keys[one], lives.session[one], 20
        )
        assert _identical(alone, lives.moments, one)


@pytest.mark.parametrize("size", [2, 7, 500, 4096])
def test_shuffled_batches_equal_all_at_once(routines, lives, size):
    order = np.random.default_rng(size).permutation(len(lives.person))[: 2 * size]
    for rows in (order[:size], order[size:]):
        batch = compose_sessions(
            routines, lives.person[rows], lives.keys[rows], lives.session[rows], 20
        )
        assert _identical(batch, lives.moments, rows)


def test_a_row_that_occurs_twice_is_the_same_twice(routines, lives):
    rows = np.array([5, 900, 5, 5])
    batch = compose_sessions(
        routines, lives.person[rows], lives.keys[rows], lives.session[rows], 20
    )
    assert _identical(batch, lives.moments, rows)


def test_people_need_not_come_together(people, lives):
    few = [3, 77, 500]
    routines = Routines.of(people.take(few))
    rows = np.array([30, 771, 5009])
    batch = compose_sessions(routines, np.arange(3), lives.keys[rows], lives.session[rows], 20)
    assert _identical(batch, lives.moments, rows)


@given(
    key=st.integers(0, 2**64 - 1),
    person=st.integers(0, 999),
    session=st.integers(0, 10_000),
    points=st.integers(1, 60),
)
def test_any_key_and_number_of_points_gives_a_session(key, person, session, points):
    moments = compose_sessions(
        _everybody(),
        np.array([person]),
        np.array([key], dtype=np.uint64),
        np.array([session]),
        points,
    )
    assert moments.hour.shape == (1, points)
    assert np.count_nonzero(np.diff(moments.hour, axis=1) <= 0) <= 1  # at midnight
    assert (moments.break_delay >= 0).all()
    assert (moments.break_delay < 24).all()
    assert np.isfinite(moments.estimate).all()


def test_different_keys_and_sessions_differ(routines):
    same = np.zeros(3, dtype=np.intp)
    keys = np.array([1, 2, 1], dtype=np.uint64)
    moments = compose_sessions(routines, same, keys, np.array([0, 0, 1]), 20)
    assert not (moments.scenario[0] == moments.scenario[1]).all()
    assert not (moments.scenario[0] == moments.scenario[2]).all()


def test_no_rows_give_empty_moments(routines):
    none = np.zeros(0, dtype=np.intp)
    assert compose_sessions(routines, none, none.astype(np.uint64), none, 20).hour.shape == (0, 20)


def test_a_session_needs_a_point(routines, lives):
    with pytest.raises(InvalidOptionError, match="at least one decision point"):
        compose_sessions(routines, lives.person[:1], lives.keys[:1], lives.session[:1], 0)
