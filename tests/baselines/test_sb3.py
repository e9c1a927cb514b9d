"""The environment for stable-baselines3: the vector face, seen through its interface."""

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecNormalize

from proactive_baselines.sb3 import ProactiveVecEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.errors import InvalidActionError, InvalidOptionError, StepOrderError

SHORT = {"people": "population", "sessions": 2, "points": 3}
NOTIFY = (1, 0, 0, 0)


def test_it_steps_the_lives_of_the_vector_face() -> None:
    lives = ProactiveVecEnv(5, stagger=False, **SHORT)
    lives.seed(7)
    twin = ProactiveAssistVectorEnv(5, autoreset_mode="SAME_STEP", **SHORT)
    seen, expected = lives.reset(), twin.reset(seed=7)[0]
    actions = np.tile(NOTIFY, (5, 1))
    for step in range(13):
        for name in expected:
            np.testing.assert_array_equal(seen[name], expected[name])
        seen, reward, done, _ = lives.step(actions)
        expected, reward_twin, _, truncated, _ = twin.step(actions)
        np.testing.assert_allclose(reward, reward_twin, atol=1e-6)
        np.testing.assert_array_equal(done, truncated)
        assert done.all() == (step % 6 == 5)


def test_an_ended_life_tells_its_return_its_last_observation_and_no_time_limit() -> None:
    lives = ProactiveVecEnv(3, stagger=False, **SHORT)
    lives.seed(1)
    lives.reset()
    total = np.zeros(3)
    for _ in range(6):
        seen, reward, done, infos = lives.step(np.tile(NOTIFY, (3, 1)))
        total += reward
    assert done.all()
    for slot, info in enumerate(infos):
        assert info["episode"]["r"] == pytest.approx(total[slot], abs=1e-5)
        assert info["episode"]["l"] == 6
        assert "TimeLimit.truncated" not in info
        assert info["terminal_observation"]["progress"][0] == 1.0
    assert (seen["progress"][:, 0] == 0).all()


def test_lives_that_go_on_share_one_empty_dict() -> None:
    lives = ProactiveVecEnv(4, stagger=False, **SHORT)
    lives.reset()
    infos = lives.step(np.tile(NOTIFY, (4, 1)))[3]
    assert infos == [{}] * 4
    assert len({id(info) for info in infos}) == 1


def test_staggered_lives_are_at_all_ages_and_end_at_different_times() -> None:
    lives = ProactiveVecEnv(8, **SHORT | {"sessions": 4})
    lives.seed(3)
    seen = lives.reset()
    assert sorted(set(seen["progress"][:, 0].tolist())) == [0.0, 0.25, 0.5, 0.75]
    ended = sum(lives.step(np.tile(NOTIFY, (8, 1)))[2] for _ in range(12))
    np.testing.assert_array_equal(ended, 1)


def test_the_same_seed_begins_the_same_lives() -> None:
    def first(seed: int) -> np.ndarray:
        lives = ProactiveVecEnv(4, **SHORT)
        lives.seed(seed)
        return lives.reset()["noticed"]

    np.testing.assert_array_equal(first(5), first(5))
    assert (first(5) != first(6)).any()


def test_it_fits_into_stable_baselines3s_wrappers() -> None:
    env = VecNormalize(ProactiveVecEnv(4, stagger=False, **SHORT), norm_obs=False)
    env.reset()
    assert env.step(np.tile(NOTIFY, (4, 1)))[1].shape == (4,)
    assert env.get_attr("num_envs", indices=[0, 2]) == [4, 4]
    assert env.env_is_wrapped(VecNormalize) == [False] * 4
    env.close()


def test_what_it_cannot_do_is_refused_by_name() -> None:
    lives = ProactiveVecEnv(2, **SHORT)
    lives.reset()
    with pytest.raises(InvalidActionError):
        lives.step(np.zeros((3, 4), np.int64))
    with pytest.raises(StepOrderError, match="step_async"):
        lives.step_wait()
    with pytest.raises(NotImplementedError):
        lives.env_method("reset")
    with pytest.raises(NotImplementedError):
        lives.set_attr("options", None)
    with pytest.raises(InvalidOptionError):
        ProactiveVecEnv(2, people="population", colour="blue")
