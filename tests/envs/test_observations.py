"""Observations: fresh, inside the space, and blind to what a device cannot see."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv

ROW = st.tuples(*(st.integers(0, n - 1) for n in (3, 4, 2, 2))).map(list)


@pytest.fixture(scope="module")
def wide() -> ProactiveAssistVectorEnv:
    return ProactiveAssistVectorEnv(500, sessions=3, points=6, history="counts", profile="survey")


def test_observations_lie_in_the_space_and_use_its_room(wide: Any, actions_of: Any) -> None:
    observation, _ = wide.reset(seed=0)
    highest = {name: -np.inf for name in observation}
    for action in actions_of(0, 30, 500):
        assert wide.observation_space.contains(observation)
        for name, rows in observation.items():
            assert rows.dtype == np.float32
            highest[name] = max(highest[name], float(rows.max()))
        observation = wide.step(action)[0]
    assert all(value >= 0.8 for value in highest.values())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**64), actions=st.lists(ROW, min_size=6, max_size=6))
def test_any_life_stays_in_the_space(env: ProactiveAssistEnv, seed: int, actions: list) -> None:
    observation, _ = env.reset(seed=seed)
    rewards = []
    for action in actions:
        assert env.observation_space.contains(observation)
        observation, reward, *_ = env.step(action)
        rewards.append(reward)
    assert env.observation_space.contains(observation)
    assert all(-1 <= reward <= 1 for reward in rewards)


@pytest.mark.parametrize("slots", [None, 1, 3, 40])
def test_observations_are_fresh_and_spoiling_them_does_no_harm(
    short: dict, slots: int | None, assert_same: Any, actions_of: Any
) -> None:
    def make() -> Any:
        return ProactiveAssistVectorEnv(slots, **short) if slots else ProactiveAssistEnv(**short)

    spoilt, kept = make(), make()
    seen = [spoilt.reset(seed=1)[0]]
    clean = [kept.reset(seed=1)[0]]
    for action in actions_of(2, 6, slots or 1):
        for array in seen[-1].values():
            array[...] = -7
        results = [env.step(action if slots else action[0]) for env in (spoilt, kept)]
        seen.append(results[0][0])
        clean.append(copy.deepcopy(results[1][0]))
        assert_same(results[0][:4], results[1][:4])
        for name, old in seen[-2].items():
            assert not np.shares_memory(old, seen[-1][name])
            assert (old == -7).all()


def test_infos_are_fresh(short: dict, assert_same: Any) -> None:
    spoilt, kept = (ProactiveAssistVectorEnv(3, **short) for _ in range(2))
    for envs in (spoilt, kept):
        envs.reset(seed=1)
    for _ in range(8):
        results = [envs.step(np.ones((3, 4), int)) for envs in (spoilt, kept)]
        assert_same(results[0], results[1])
        info = results[0][4]
        for array in (*info.get("truth", {}).values(), info["persona"], *results[0][1:4]):
            if array.dtype != object:
                array[...] = 1


@pytest.mark.parametrize("slots", [2, 40])
def test_hidden_state_does_not_show(short: dict, slots: int, assert_same: Any) -> None:
    envs = ProactiveAssistVectorEnv(slots, **short)
    envs.reset(seed=1)
    envs.step(np.ones((slots, 4), int))
    before = envs.observe()
    user = envs.engine.user
    for name in ("trust", "deviation", "felt_sum", "worth", "noise"):
        getattr(user, name)[...] = 1
    envs.engine.moments.concerns[...] ^= True
    envs.engine.keys[...] = 5
    assert_same(envs.observe(), before)
    user.off[...] = True
    assert not np.array_equal(envs.observe()["progress"], before["progress"])


def test_the_first_moment_does_not_show_who_the_person_is_within(assert_same: Any) -> None:
    """Of equal people with unequal deviations a device sees the same until they react."""
    life = {"people": "p0042", "sessions": 1, "points": 4}
    plain, deviant = (ProactiveAssistEnv(heterogeneity=h, **life) for h in (0.0, 3.0))
    assert_same(plain.reset(seed=3), deviant.reset(seed=3))
    for _ in range(4):
        ours, theirs = plain.step([0, 0, 0, 0])[0], deviant.step([0, 0, 0, 0])[0]
        assert_same(ours["moment"], theirs["moment"])
        assert_same(ours["noticed"], theirs["noticed"])
    assert (plain.engine.user.deviation == 0).all()  # type: ignore[attr-defined]
    assert (deviant.engine.user.deviation != 0).any()  # type: ignore[attr-defined]


def test_last_shows_the_action_and_its_reaction(env: ProactiveAssistEnv) -> None:
    observation, _ = env.reset(seed=0)
    assert not observation["last"].any()
    for action in ([1, 2, 1, 0], [0, 3, 1, 1], [2, 3, 0, 1]):
        last = env.step(action)[0]["last"]
        timing, autonomy = last[10:13], last[13:17]
        assert last[:10].sum() == 1
        assert timing.argmax() == action[0]
        assert autonomy.sum() == (action[0] > 0)
        if action[0]:
            parts = (autonomy, last[17:19], last[19:21])
            assert [part.argmax() for part in parts] == action[1:]


def test_progress_and_counts(env: ProactiveAssistEnv) -> None:
    observation, _ = env.reset(seed=0)
    for step in range(6):
        session, point, *_ = observation["progress"]
        assert session == pytest.approx((step // 3) / 2)
        assert point == pytest.approx((step % 3) / 3)
        # Each point is counted in three contexts: activity, domain, and what was done.
        told = np.rint(np.expm1(observation["counts"] * np.log1p(6)))
        assert told.sum() == 3 * step
        observation = env.step([step % 2, 1, 0, 0])[0]
    assert observation["progress"][0] == 1


def test_the_profile_is_the_persons(short: dict) -> None:
    from proactive_gym.personas.people import encode_demographics, encode_survey

    env = ProactiveAssistEnv(**short)
    people = env.engine.people
    for seed in range(5):
        observation, info = env.reset(seed=seed)
        row = people.index(info["persona"])
        expected = np.hstack([encode_demographics(people), encode_survey(people)])[row]
        assert np.array_equal(observation["profile"], expected)
