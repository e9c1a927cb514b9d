"""Options of `gym.make`: what is accepted, what is refused, and by which name."""

import math
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive_gym.envs.options import LONGEST, Options
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.errors import (
    InvalidOptionError,
    ProactiveGymError,
    RenderModeError,
    UnknownPersonError,
)
from proactive_gym.personas import Population
from proactive_gym.personas.people import People
from proactive_gym.personas.sampling import PersonSampler
from proactive_gym.users import UserAssumptions
from proactive_gym.world import WorldAssumptions

WORDS = ("profile", "history", "user", "scenarios", "deviations")
NOT_A_WORD = (None, 1, True, "", "Last", "lots", ["last"], ("none",), np.array(["last", "x"]), {})
NOT_A_COUNT = (
    0,
    -1,
    1001,
    2**70,
    1.0,
    math.nan,
    "3",
    None,
    True,
    [3],
    np.float64(3),
    np.array([3]),
)
NOT_A_NUMBER = (math.nan, math.inf, -0.1, 3.1, "1", True, [1.0], np.array([1.0]), 1j)
NOT_A_FLAG = (0, 1, "yes", None, [True], np.array([True, False]))
NOT_PEOPLE: tuple[Any, ...] = (
    None,
    123,
    1.5,
    [],
    (),
    {},
    [1, 2],
    [None],
    [["p0001"]],
    ["p0001", 2],
    ["p0001", "p0001"],
    b"p0001",
    np.array([1, 2]),
    [np.nan],
    lambda: None,
)
NOBODY = ("", "p", "P0001", "p9999", "training", "pppp", ["p9999"], ["population"], "p0001,p0003")


def bad_options() -> list[tuple[str, Any, type[ProactiveGymError]]]:
    bad: list[tuple[str, Any]] = [(name, value) for name in WORDS for value in NOT_A_WORD]
    bad += [(name, value) for name in ("sessions", "points") for value in NOT_A_COUNT]
    bad += [(name, value) for name in ("drift", "heterogeneity") for value in NOT_A_NUMBER]
    bad += [("end_when_off", value) for value in NOT_A_FLAG]
    bad += [("people", value) for value in NOT_PEOPLE]
    bad += [
        (name, value) for name in ("users", "world", "parameters") for value in (None, {}, 1, "x")
    ]
    bad += [("users", WorldAssumptions()), ("world", UserAssumptions()), ("users", UserAssumptions)]
    bad += [("reward", 1), ("Sessions", 3), ("num_envs", 2), ("max_episode_steps", 5)]
    return [(n, v, InvalidOptionError) for n, v in bad] + [
        *(("people", value, UnknownPersonError) for value in NOBODY),
        *(("render_mode", v, RenderModeError) for v in ("rgb_array", 3, "", ["ansi"])),
    ]


def _label(value) -> str:
    """A test's name must be the same in every process, so addresses are left out."""
    return repr(value).split(" at 0x")[0][:30]


@pytest.mark.parametrize(("name", "value", "error"), bad_options(), ids=_label)
def test_a_bad_option_has_a_named_error(name: str, value: Any, error: type) -> None:
    with pytest.raises(error) as caught:
        ProactiveAssistEnv(**{name: value})
    assert caught.type is error
    assert name == "people" or name in str(caught.value)


def test_bad_options_are_refused_through_make() -> None:
    with pytest.raises(InvalidOptionError, match="unknown option 'session'"):
        gym.make("ProactiveAssist-v0", session=3)
    with pytest.raises(InvalidOptionError, match="num_envs"):
        gym.make_vec("ProactiveAssist-v0", num_envs=0)


def test_the_longest_episode() -> None:
    assert Options(sessions=257, points=255).sessions * 255 == LONGEST
    with pytest.raises(InvalidOptionError, match="65,535"):
        Options(sessions=256, points=256)


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8])
def test_counts_may_be_numpys(kind: Callable) -> None:
    made = Options(sessions=kind(3), points=kind(4), people="validation")
    assert (made.sessions, made.points) == (3, 4)
    assert type(made.sessions) is type(made.points) is int


@pytest.mark.parametrize("kind", [float, np.float32, np.float64])
def test_shorthands_reach_the_assumptions(kind: Callable) -> None:
    made = Options.of(drift=kind(0.25), heterogeneity=kind(2), users=UserAssumptions(voice=0.0))
    assert made.users == UserAssumptions(voice=0.0, drift=0.25, heterogeneity=2.0)
    assert Options.of() == Options() == Options.of(drift=None, heterogeneity=None)


def test_flags_may_be_numpys() -> None:
    assert Options(end_when_off=np.bool_(True)).end_when_off is True  # type: ignore[arg-type]


@pytest.mark.parametrize("split", ["population", "validation", "test"])
def test_people_by_split(split: str) -> None:
    assert Options(people=split).pool().ids == Population.load().split(split).ids


def as_ids(ids: list[str]) -> list[Any]:
    population = Population.load()
    return [
        ids,
        tuple(ids),
        np.array(ids),
        iter(ids),
        (i for i in ids),
        dict.fromkeys(ids),
        population.subset(ids),
        population.subset(ids).people,
    ]


@pytest.mark.parametrize("which", range(8))
def test_people_in_every_form(which: int, assert_same: Any) -> None:
    ids = ["p0042", "p0007", "p0100"]
    env = ProactiveAssistEnv(people=as_ids(ids)[which], sessions=1, points=2)
    expected = ProactiveAssistEnv(people=ids, sessions=1, points=2)
    assert env.engine.people.ids == tuple(ids)
    assert_same(env.reset(seed=1), expected.reset(seed=1))
    assert_same(env.step([1, 0, 0, 0]), expected.step([1, 0, 0, 0]))
    assert env.options.pool().ids == tuple(ids)


def test_one_person_by_id() -> None:
    env = ProactiveAssistEnv(people="p0042", sessions=1, points=1)
    assert {env.reset(seed=s)[1]["persona"] for s in range(5)} == {"p0042"}


def test_sampled_people_may_take_the_seat() -> None:
    people = PersonSampler.fit(Population.load().split("population").people).sample(5, seed=0)
    env = ProactiveAssistEnv(people=people, sessions=1, points=3)
    met = {env.reset(seed=s)[1]["persona"] for s in range(40)}
    assert met == set(people.ids)
    while not env.step(env.action_space.sample())[3]:
        pass


def test_an_empty_pool_is_refused() -> None:
    nobody = Population.load().people.take([])
    assert isinstance(nobody, People)
    for empty in (nobody, Population.load()[:0]):
        with pytest.raises(InvalidOptionError, match="empty"):
            Options(people=empty).pool()


NAMES = (
    "people",
    "sessions",
    "points",
    *WORDS,
    "end_when_off",
    "drift",
    "heterogeneity",
    "users",
    "parameters",
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(options=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), ANYTHING, max_size=3))
def test_any_options_work_or_are_refused_by_name(options: dict[str, Any]) -> None:
    try:
        made = Options.of(**options)
        made.pool()
    except ProactiveGymError:
        return
    assert 1 <= made.sessions * made.points <= LONGEST
