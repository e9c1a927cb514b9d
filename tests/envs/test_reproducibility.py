"""The same seed gives the same life: in every batch, face, process and order of calls."""

import os
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv

ID = "ProactiveAssist-v0"
SEED, STEPS = 11, 24
LIFE: dict[str, Any] = {"sessions": 3, "points": 5, "history": "counts", "profile": "survey"}


def lives(envs: Any, actions: np.ndarray, seed: int = SEED) -> list[list]:
    """Observation, reward, flags and persona of each step, for each slot."""
    observation, info = envs.reset(seed=seed)
    told = [[] for _ in range(actions.shape[1])]
    blank = np.zeros(actions.shape[1])
    results = [(observation, blank, blank > 0, blank > 0, info)]
    results += [envs.step(action) for action in actions]
    for observation, reward, terminated, truncated, info in results:
        for slot, life in enumerate(told):
            seen = {name: rows[slot] for name, rows in observation.items()}
            flags = bool(terminated[slot]), bool(truncated[slot])
            life.append((seen, float(reward[slot]), *flags, info["persona"][slot]))
    return told


def single_life(actions: np.ndarray, seed: int) -> list:
    """The same from a single environment, reset after each end as NEXT_STEP does."""
    env = ProactiveAssistEnv(**LIFE)
    observation, info = env.reset(seed=seed)
    life, ended = [(observation, 0.0, False, False, info["persona"])], False
    for action in actions:
        if ended:
            observation, info = env.reset()
            result: tuple = (observation, 0.0, False, False, info)
        else:
            result = env.step(action)
        ended = result[2] or result[3]
        life.append((*result[:4], result[4]["persona"]))
    return life


@pytest.fixture(scope="module")
def expected(actions_of_module: np.ndarray) -> list[list]:
    """The lives of five slots, each alone."""
    return [single_life(actions_of_module[:, i], SEED + i) for i in range(5)]


@pytest.fixture(scope="module")
def actions_of_module() -> np.ndarray:
    drawn = [np.random.default_rng([5, i]).random((STEPS, 4)) for i in range(1000)]
    return (np.stack(drawn, axis=1) * (3, 4, 2, 2)).astype(np.int64)


@pytest.mark.parametrize("slots", [1, 2, 3, 15, 16, 17, 64, 1000])
def test_a_life_does_not_depend_on_the_batch(
    expected: list, actions_of_module: np.ndarray, assert_same: Any, slots: int
) -> None:
    envs = ProactiveAssistVectorEnv(slots, **LIFE)
    batch = lives(envs, actions_of_module[:, :slots])
    for slot in range(min(slots, len(expected))):
        assert_same(batch[slot], expected[slot], f"slot {slot}")


@pytest.mark.parametrize("mode", ["vector_entry_point", "sync", "async"])
def test_a_life_does_not_depend_on_the_vectors_kind(
    expected: list, actions_of_module: np.ndarray, assert_same: Any, mode: str
) -> None:
    envs = gym.make_vec(ID, num_envs=3, vectorization_mode=mode, **LIFE)
    try:
        assert_same(lives(envs, actions_of_module[:, :3]), expected[:3])
    finally:
        envs.close()


def test_slots_of_a_wide_batch_live_like_those_of_a_narrow_one(
    actions_of_module: np.ndarray, digest: Any
) -> None:
    wide = ProactiveAssistVectorEnv(1000, **LIFE)
    told = lives(wide, actions_of_module)
    narrow = ProactiveAssistVectorEnv(60, **LIFE)
    assert digest(lives(narrow, actions_of_module[:, 940:], SEED + 940)) == digest(told[940:])
    assert len({digest(life[0][0]) for life in told}) > 990


def test_seeds_differ(actions_of: Any, digest: Any) -> None:
    env = ProactiveAssistEnv(**LIFE)
    digests = set()
    for seed in range(20):
        observation, _ = env.reset(seed=seed)
        digests.add(digest(observation))
    assert len(digests) == 20


def test_a_reset_without_seed_goes_on_with_the_stream(digest: Any) -> None:
    def episodes(interrupted: bool) -> list[str]:
        env = ProactiveAssistEnv(**LIFE)
        env.reset(seed=4)
        firsts = []
        for _ in range(6):
            if not interrupted:
                for _ in range(15):
                    env.step(env.action_space.sample())
            firsts.append(digest(env.reset()))
        return firsts

    assert episodes(True) == episodes(False)
    assert len(set(episodes(True))) == 6


def test_an_environment_without_a_seed_is_random(digest: Any) -> None:
    for make in (lambda: ProactiveAssistEnv(**LIFE), lambda: ProactiveAssistVectorEnv(2, **LIFE)):
        assert len({digest(make().reset()[0]) for _ in range(5)}) == 5
    observation, _ = ProactiveAssistVectorEnv(2, **LIFE).reset()
    assert not np.array_equal(observation["noticed"][0], observation["noticed"][1])


def test_a_persons_life_hangs_on_the_key_alone(assert_same: Any, actions_of: Any) -> None:
    """Asking for the person whom the seed would have brought changes nothing."""
    one, other = ProactiveAssistEnv(**LIFE), ProactiveAssistEnv(**LIFE)
    first = one.reset(seed=9)
    assert_same(first, other.reset(seed=9, options={"persona": first[1]["persona"]}))
    for action in actions_of(1, 15, 1)[:, 0]:
        assert_same(one.step(action), other.step(action))


SCRIPT = """
import hashlib, numpy as np
from proactive_gym.envs.single import ProactiveAssistEnv
env = ProactiveAssistEnv(sessions=2, points=6, history="counts", profile="survey")
total = hashlib.sha256()
for seed in range(5):
    env.reset(seed=seed)
    for step in range(12):
        observation, reward, *_, info = env.step([step % 3, step % 4, 1, 0])
        for name in sorted(observation):
            total.update(observation[name].tobytes())
        total.update(repr((reward, sorted(info["truth"].items()), info["persona"])).encode())
print(total.hexdigest())
"""


def test_fresh_processes_agree() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("0", "4711")
    ]
    one, other = (run.communicate()[0].strip() for run in runs)
    assert one == other
    assert len(one) == 64
