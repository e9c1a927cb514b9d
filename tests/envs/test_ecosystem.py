"""Others' wrappers, callbacks and algorithms take the environment as it is."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics
from gymnasium.wrappers.vector import FlattenObservation as FlattenObservations
from gymnasium.wrappers.vector import RecordEpisodeStatistics as RecordVectorStatistics
from gymnasium.wrappers.vector import TransformAction
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor

import proactive_gym  # noqa: F401
from proactive_gym.envs.wrappers import FlatActions
from proactive_gym.errors import InvalidActionError
from proactive_gym.users.features import ACTIONS, DISTINCT

ID = "ProactiveAssist-v0"
SHORT = {"sessions": 2, "points": 5}
POINTS = 10
FEATURES = 36 + 33 + 21 + 4 + 30
NOTIFY = np.array([1, 0, 0, 0])


def flat() -> gym.Env:
    """A short life with one vector to see and one number to choose."""
    return FlatActions(FlattenObservation(gym.make(ID, **SHORT)))


# ---------------------------------------------------------------- Gymnasium's wrappers


def test_statistics_of_a_life_are_its_return_and_length() -> None:
    env = RecordEpisodeStatistics(gym.make(ID, **SHORT))
    for seed in (1, None):
        env.reset(seed=seed)
        rewards = []
        over = False
        while not over:
            _, reward, terminated, truncated, info = env.step(NOTIFY)
            rewards.append(reward)
            over = terminated or truncated
        assert info["episode"]["l"] == len(rewards) == POINTS
        assert info["episode"]["r"] == pytest.approx(sum(rewards))
    assert len(env.return_queue) == 2


def test_statistics_of_many_lives_leave_out_the_step_that_begins_anew() -> None:
    envs = RecordVectorStatistics(gym.make_vec(ID, num_envs=3, **SHORT))
    envs.reset(seed=1)
    totals = np.zeros(3)
    told = []
    for step in range(2 * POINTS + 1):
        _, rewards, _, truncated, info = envs.step(np.tile(NOTIFY, (3, 1)))
        anew = step == POINTS
        assert not (anew and rewards.any())
        totals = rewards if anew else totals + rewards
        if truncated.all():
            told.append(info["episode"])
            np.testing.assert_allclose(info["episode"]["r"], totals)
    assert [episode["l"].tolist() for episode in told] == [[POINTS] * 3] * 2
    assert (told[0]["r"] != told[1]["r"]).all()


def test_flattened_observations_are_the_boxes_side_by_side() -> None:
    plain, wrapped = gym.make(ID, **SHORT), FlattenObservation(gym.make(ID, **SHORT))
    assert wrapped.observation_space.shape == (FEATURES,)
    seen, flat_seen = plain.reset(seed=4)[0], wrapped.reset(seed=4)[0]
    for _ in range(POINTS):
        expected = np.concatenate([seen[name] for name in plain.observation_space])
        np.testing.assert_array_equal(flat_seen, expected)
        seen, flat_seen = plain.step(NOTIFY)[0], wrapped.step(NOTIFY)[0]
    many = FlattenObservations(gym.make_vec(ID, num_envs=2, **SHORT))
    assert many.reset(seed=4)[0].shape == (2, FEATURES)


# ---------------------------------------------------------------- numbered actions


def test_the_numbers_are_silence_once_and_every_spoken_action_once() -> None:
    assert DISTINCT.shape == (33, 4)
    assert DISTINCT[0].tolist() == [0, 0, 0, 0]
    spoken = [tuple(parts) for parts in ACTIONS if parts[0] > 0]
    assert [tuple(parts) for parts in DISTINCT[1:]] == spoken


def test_a_number_does_what_its_four_parts_do() -> None:
    plain, wrapped = gym.make(ID, **SHORT), flat()
    check_env(wrapped.unwrapped, skip_render_check=True)
    plain.reset(seed=2), wrapped.reset(seed=2)
    for number in (0, 1, 16, 17, 32):
        rest = number - 1
        parts = [1 + rest // 16, rest // 4 % 4, rest // 2 % 2, rest % 2] if number else [0] * 4
        assert FlatActions.parts(number).tolist() == parts
        _, expected, *_ = plain.step(np.array(parts))
        _, reward, _, _, info = wrapped.step(number)
        assert reward == expected
        assert (info["truth"]["delivered"] is False) or number
    assert wrapped.spec is not None
    assert gym.make(wrapped.spec).action_space == gym.spaces.Discrete(33)


@pytest.mark.parametrize("bad", [-1, 33, 1.0, "one", None, [1, 2]], ids=repr)
def test_what_is_no_number_of_an_action_is_refused_and_costs_nothing(bad: object) -> None:
    env, twin = flat(), flat()
    env.reset(seed=3), twin.reset(seed=3)
    with pytest.raises(InvalidActionError, match=r"numbered 0 to 32|one integer"):
        env.step(bad)
    assert env.step(5)[1] == twin.step(5)[1]


def test_other_actions_cannot_be_numbered() -> None:
    with pytest.raises(InvalidActionError, match="only MultiDiscrete"):
        FlatActions(flat())


def test_the_batched_environment_takes_the_same_numbers() -> None:
    single = gym.spaces.Discrete(33)
    numbered = TransformAction(
        gym.make_vec(ID, num_envs=4, **SHORT),
        FlatActions.parts,
        action_space=gym.vector.utils.batch_space(single, 4),
        single_action_space=single,
    )
    plain = gym.make_vec(ID, num_envs=4, **SHORT)
    numbered.reset(seed=5), plain.reset(seed=5)
    numbers = np.array([0, 1, 20, 32])
    np.testing.assert_array_equal(numbered.step(numbers)[1], plain.step(DISTINCT[numbers])[1])
    assert numbered.action_space.contains(numbers)


# ---------------------------------------------------------------- stable-baselines3

SMALL = {"policy_kwargs": {"net_arch": [8]}, "seed": 0, "device": "cpu"}
ALGORITHMS = {
    "ppo": lambda env, policy: PPO(policy, env, n_steps=50, batch_size=50, **SMALL),
    "a2c": lambda env, policy: A2C(policy, env, **SMALL),
    "dqn": lambda env, policy: DQN(policy, env, learning_starts=50, buffer_size=200, **SMALL),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_trains_and_is_evaluated_on_the_way(name: str, tmp_path) -> None:
    model = ALGORITHMS[name](flat(), "MlpPolicy")
    before = [p.detach().clone() for p in model.policy.parameters()]
    evaluation = EvalCallback(
        Monitor(flat()), n_eval_episodes=2, eval_freq=100, log_path=str(tmp_path), verbose=0
    )
    model.learn(300, callback=evaluation)
    kept = np.load(tmp_path / "evaluations.npz")
    assert kept["timesteps"].tolist() == [100, 200, 300]
    assert kept["ep_lengths"].tolist() == [[POINTS, POINTS]] * 3
    assert (np.abs(kept["results"]) <= POINTS).all()
    assert evaluation.best_mean_reward == kept["results"].mean(axis=1).max()
    after = model.policy.parameters()
    assert any((a != b).any() for a, b in zip(after, before, strict=True))


@pytest.mark.filterwarnings("ignore:.*render_mode='rgb_array' that is not in the possible")
@pytest.mark.parametrize("name", ["ppo", "a2c"])
def test_it_is_made_by_its_name_and_taken_without_any_wrapper(name: str) -> None:
    envs = make_vec_env(ID, n_envs=2, seed=0, env_kwargs=SHORT)
    model = ALGORITHMS[name](envs, "MultiInputPolicy").learn(100)
    returns, lengths = evaluate_policy(model, envs, 2, return_episode_rewards=True)
    assert lengths == [POINTS, POINTS]
    assert np.isfinite(returns).all()
    by_name = ALGORITHMS[name](ID, "MultiInputPolicy")
    assert by_name.get_env().reset()["profile"].shape == (1, 30)
