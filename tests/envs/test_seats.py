"""Who sits where: pools, frozen deviations, drift, and what a population's profiles look like."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.personas import Population


def met(envs: ProactiveAssistVectorEnv, episodes: int = 1) -> list[str]:
    envs.reset(seed=0)
    return [p for _ in range(episodes) for p in envs.reset()[1]["persona"]]


def deviations(people: Any, persona: str, seed: int = 0, **options: Any) -> NDArray[np.float32]:
    env = ProactiveAssistEnv(people=people, sessions=2, points=2, **options)
    env.reset(seed=seed, options={"persona": persona})
    return env.engine.user.deviation[0].copy()  # type: ignore[attr-defined]


@pytest.mark.parametrize("split", ["population", "validation", "test"])
def test_only_people_of_the_pool_are_met(split: str) -> None:
    envs = ProactiveAssistVectorEnv(300, people=split, sessions=1, points=1)
    seen, pool = set(met(envs, 6)), set(Population.load().split(split).ids)
    assert seen <= pool
    assert len(seen) > 0.8 * len(pool)


def test_people_are_met_evenly() -> None:
    ids = [f"p000{i}" for i in (1, 3, 4, 5)]
    envs = ProactiveAssistVectorEnv(1000, people=ids, sessions=1, points=1)
    counts = np.unique(met(envs, 4), return_counts=True)[1]
    assert (abs(counts - 1000) < 120).all()  # 4.4 standard deviations


POOLS = ("population", ["p0042"], ["p0007", "p0042", "p0001"])


def test_frozen_deviations_belong_to_the_person() -> None:
    pools = [p for p in POOLS if p != "population" or "p0042" in Population.load().split(p).ids]
    drawn = [
        deviations(pool, "p0042", seed, deviations="frozen") for pool in pools for seed in (0, 1)
    ]
    assert all(np.array_equal(drawn[0], d) for d in drawn)
    assert drawn[0].any()
    other = deviations(POOLS[2], "p0007", deviations="frozen")
    assert not np.array_equal(drawn[0], other)


def test_frozen_people_begin_with_the_same_trust() -> None:
    env = ProactiveAssistEnv(people="p0042", deviations="frozen", sessions=1, points=1)
    trust = set()
    for seed in range(5):
        env.reset(seed=seed)
        trust.add(env.engine.user.trust[0])
    assert len(trust) == 1


def test_redrawn_deviations_hang_on_the_episode() -> None:
    drawn = [deviations(["p0042"], "p0042", seed) for seed in (0, 0, 1)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_heterogeneity_scales_deviations() -> None:
    one, two, none = (deviations(["p0042"], "p0042", heterogeneity=h) for h in (1.0, 2.0, 0.0))
    assert two == pytest.approx(2 * one)
    assert not none.any()


@pytest.mark.parametrize(("drift", "moved"), [(0.0, 0.0), (0.1, 0.1), (1.0, 1.41)])
def test_drift_moves_deviations_between_sessions(drift: float, moved: float) -> None:
    from proactive_gym.users import UserAssumptions

    assumed = UserAssumptions(drift=drift, life_change_rate=0.0)
    envs = ProactiveAssistVectorEnv(400, users=assumed, sessions=2, points=2)
    envs.reset(seed=0)
    silent = np.zeros((400, 4), int)
    before = envs.engine.user.deviation.copy()  # type: ignore[attr-defined]
    envs.step(silent)
    assert np.array_equal(envs.engine.user.deviation, before)  # type: ignore[attr-defined]
    envs.step(silent)
    change = envs.engine.user.deviation - before  # type: ignore[attr-defined]
    assert change.std() / before.std() == pytest.approx(moved, rel=0.1, abs=1e-6)


def test_seen_scenarios_are_those_of_the_split() -> None:
    from proactive_gym.data.records import load_splits
    from proactive_gym.world import load_scenarios

    codes = {s.id: i for i, s in enumerate(load_scenarios())}
    seen = {codes[i] for i in load_splits().scenarios_seen}
    met: dict[str, set[int]] = {}
    for which in ("seen", "all"):
        envs = ProactiveAssistVectorEnv(200, scenarios=which, sessions=1, points=20)
        envs.reset(seed=0)
        met[which] = set(envs.engine.moments.scenario.ravel().tolist())
    assert met["seen"] <= seen
    assert not met["all"] <= seen


@pytest.mark.parametrize(("profile", "width"), [("none", 0), ("demographics", 30), ("survey", 69)])
def test_a_populations_profiles(profile: str, width: int) -> None:
    envs = ProactiveAssistVectorEnv(300, profile=profile, sessions=1, points=1)
    observation, info = envs.reset(seed=0)
    assert ("profile" in observation) == (width > 0)
    if width:
        rows = observation["profile"]
        assert rows.shape == (300, width)
        varied = rows.std(axis=0) > 0
        assert varied.mean() > 0.8
        people = dict(zip(info["persona"], rows, strict=True))
        assert len(np.unique(np.array(list(people.values())), axis=0)) > 0.9 * len(people)


def test_a_populations_numbers_are_sane() -> None:
    """Nothing exact: people dislike being shouted at, and few feel one and the same."""
    envs = ProactiveAssistVectorEnv(300, sessions=1, points=20)
    mean = {}
    for name, action in {"silent": (0, 0, 0, 0), "act": (1, 3, 1, 1), "ask": (1, 2, 0, 0)}.items():
        envs.reset(seed=0)
        rewards = np.array([envs.step(np.tile(action, (300, 1)))[1] for _ in range(20)])
        mean[name] = rewards.mean()
        assert rewards.mean(axis=0).std() > 0.1
    assert mean["act"] < mean["ask"]
    assert -0.9 < min(mean.values()) < max(mean.values()) < 0.9
