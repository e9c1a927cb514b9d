"""`ProactiveAssist-v0` as Gymnasium's users expect it."""

import copy
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.utils.passive_env_checker import env_reset_passive_checker, env_step_passive_checker

from proactive_gym.envs.face import RENDER_MODES
from proactive_gym.envs.registration import SPECS, register_all
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.errors import (
    InvalidOptionError,
    ProactiveGymError,
    StepOrderError,
    UnknownPersonError,
)

ID = "ProactiveAssist-v0"


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    """Gymnasium's and stable-baselines3's checkers warn of what they dislike: here it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("profile", ["none", "demographics", "survey"])
@pytest.mark.parametrize("history", ["last", "counts"])
def test_gymnasiums_checker_passes(short: dict, profile: str, history: str) -> None:
    made = gym.make(ID, **short | {"profile": profile, "history": history})
    check_env(made.unwrapped)


@pytest.mark.parametrize("mode", RENDER_MODES)
def test_gymnasiums_checker_passes_with_rendering(short: dict, mode: str) -> None:
    check_env(gym.make(ID, render_mode=mode, **short).unwrapped)


def test_the_checker_within_make_passes(short: dict) -> None:
    made = gym.make(ID, **short)
    made.reset(seed=1)
    for _ in range(3):
        made.step(made.action_space.sample())
    env_reset_passive_checker(made.unwrapped, seed=2)
    env_step_passive_checker(made.unwrapped, made.action_space.sample())


def test_stable_baselines_checker_passes(short: dict) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(gym.make(ID, **short))
    checker.check_env(ProactiveAssistEnv(**short))


def test_order_errors_are_ours_through_make(short: dict) -> None:
    # Gymnasium's OrderEnforcing would raise its own error before ours, and only for a step before
    # the first reset: the environment is registered without it.
    made = gym.make(ID, **short)
    with pytest.raises(StepOrderError, match="reset"):
        made.step(np.zeros(4, np.int64))
    made.reset(seed=0)
    while not made.step(np.zeros(4, np.int64))[3]:
        pass
    with pytest.raises(StepOrderError, match="reset"):
        made.step(np.zeros(4, np.int64))
    made.reset()
    made.step(np.zeros(4, np.int64))


def test_registering_twice_changes_nothing() -> None:
    before = {spec.id: gym.registry[spec.id] for spec in SPECS}
    register_all()
    assert {spec.id: gym.registry[spec.id] for spec in SPECS} == before


def test_every_id_is_versioned_and_every_entry_point_loads() -> None:
    for spec in SPECS:
        assert gym.registry[spec.id].version == 0
        for point in filter(None, (spec.entry_point, spec.vector_entry_point)):
            assert callable(gym.envs.registration.load_env_creator(point))


def test_an_episode_is_truncated_after_its_last_point(env: ProactiveAssistEnv) -> None:
    for seed in (0, None):
        env.reset(seed=seed)
        ends = [env.step([0, 0, 0, 0])[2:4] for _ in range(6)]
        assert ends == [(False, False)] * 5 + [(False, True)]


def test_python_numbers_come_back(env: ProactiveAssistEnv) -> None:
    env.reset(seed=0)
    for _ in range(3):
        _, reward, terminated, truncated, info = env.step(np.array([1, 0, 0, 0]))
        assert [type(v) for v in (reward, terminated, truncated)] == [float, bool, bool]
        values = [*info["truth"].values(), *info["reward_terms"].values()]
        assert {type(v) for v in values} == {int, bool, float}
    assert [type(v) for v in info["questionnaire"].values()] == [float] * 3


def test_the_questionnaire_comes_at_a_sessions_end(env: ProactiveAssistEnv) -> None:
    env.reset(seed=0)
    told = ["questionnaire" in env.step([1, 0, 0, 0])[4] for _ in range(6)]
    assert told == [False, False, True] * 2


def test_reward_is_the_sum_of_its_terms(fickle: dict, actions_of: Any, steps_of: Any) -> None:
    env = ProactiveAssistEnv(**fickle)
    rests = []
    for seed in range(40):
        env.reset(seed=seed)
        actions = actions_of(seed, 12, 1)[:, 0]
        actions[:, 0] = 1
        for _, reward, terminated, _, info in steps_of(env, actions):
            terms = info["reward_terms"]
            assert sum(terms.values()) == pytest.approx(reward, abs=1e-12)
            assert terms["satisfaction"] == pytest.approx((info["truth"]["satisfaction"] - 5) / 5)
            assert terminated or terms["rest"] == 0
            rests.append(terms["rest"])
    assert min(rests) < -1


def test_a_person_can_be_asked_for(env: ProactiveAssistEnv, ids: list[str]) -> None:
    for person in ids[:3]:
        _, info = env.reset(seed=0, options={"persona": person})
        assert info["persona"] == person
        assert env.step([0, 0, 0, 0])[4]["persona"] == person
    assert env.reset(seed=0, options={"persona": None})[1] == env.reset(seed=0, options={})[1]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"person": "p0001"}, InvalidOptionError),
        ({"persona": "p0001", 3: 4}, InvalidOptionError),
        ({"persona": 3}, InvalidOptionError),
        ({"persona": ["p0001"]}, InvalidOptionError),
        ({"persona": "p9999"}, UnknownPersonError),
        ({"persona": ""}, UnknownPersonError),
        ("persona", InvalidOptionError),
        (["persona"], InvalidOptionError),
        (3, InvalidOptionError),
    ],
)
def test_bad_reset_options_change_nothing(
    env: ProactiveAssistEnv, options: Any, error: type[ProactiveGymError], assert_same: Any
) -> None:
    env.reset(seed=5)
    env.step([1, 0, 0, 0])
    twin = copy.deepcopy(env)
    with pytest.raises(error):
        env.reset(seed=9, options=options)
    for _ in range(5):
        assert_same(env.step([1, 1, 1, 1]), twin.step([1, 1, 1, 1]))
    assert_same(env.reset(), twin.reset())


@pytest.mark.parametrize("seed", [-1, 1.0, "1", True, [1], np.float64(2)])
def test_bad_seeds_change_nothing(env: ProactiveAssistEnv, seed: Any, assert_same: Any) -> None:
    env.reset(seed=5)
    twin = copy.deepcopy(env)
    with pytest.raises(InvalidOptionError, match="seed"):
        env.reset(seed=seed)
    assert_same(env.step([1, 1, 1, 1]), twin.step([1, 1, 1, 1]))


def test_numpy_seeds_are_seeds(env: ProactiveAssistEnv, assert_same: Any) -> None:
    assert_same(env.reset(seed=np.int64(7)), env.reset(seed=7))  # type: ignore[arg-type]


def test_environments_do_not_share_their_spaces_random_numbers(short: dict) -> None:
    one, other = ProactiveAssistEnv(**short), ProactiveAssistEnv(**short)
    one.action_space.seed(3)
    other.action_space.seed(3)
    first = [one.action_space.sample() for _ in range(5)]
    assert np.array_equal(first, [other.action_space.sample() for _ in range(5)])


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("played", [0, 2, 4])
def test_copies_go_on_alike(
    env: ProactiveAssistEnv, copier: Any, played: int, actions_of: Any, assert_same: Any
) -> None:
    actions = actions_of(0, 6, 1)[:, 0]
    env.reset(seed=3)
    for action in actions[:played]:
        env.step(action)
    twin = copier(env)
    for action in actions[played:]:
        assert_same(env.step(action), twin.step(action))
    assert_same(env.reset(), twin.reset())
    assert_same(env.step(actions[0]), twin.step(actions[0]))


def test_a_copy_is_independent(env: ProactiveAssistEnv, assert_same: Any) -> None:
    env.reset(seed=3)
    twin, third = copy.deepcopy(env), copy.deepcopy(env)
    for _ in range(6):
        twin.step([1, 3, 1, 1])
    twin.reset(seed=8)
    for _ in range(6):
        assert_same(env.step([1, 0, 0, 0]), third.step([1, 0, 0, 0]))


def test_lives_outlast_their_environment(env: ProactiveAssistEnv) -> None:
    env.reset(seed=0)
    env.close()
    env.close()


def test_rendering_modes_are_refused_by_name() -> None:
    with pytest.raises(InvalidOptionError, match="render_mode"):
        ProactiveAssistEnv(render_mode="rgb_array")
