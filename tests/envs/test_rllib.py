"""Ray RLlib trains on the environment, registered with it as any of Gymnasium's.

Its own networks read one vector and no `Dict`, so the boxes are laid side by side by Gymnasium's
`FlattenObservation`; the action's four parts it takes as they are.
"""

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import FlattenObservation

import proactive_gym  # noqa: F401
from proactive_gym.envs.wrappers import FlatActions

rllib = pytest.importorskip(
    "ray.rllib",
    reason="Ray RLlib is not installed; it is no dependency, as it pins an older Gymnasium",
    exc_type=ImportError,
)
# Ray warns of itself and of what it uses, which is not what is tested here.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SHORT = {"sessions": 2, "points": 5}
POINTS = 10
LIVES = 20


@pytest.fixture(scope="module")
def registered() -> Iterator[str]:
    """The name under which RLlib makes the environment, in this process."""
    import ray
    from ray.tune.registry import register_env

    def make(config: dict[str, Any]) -> gym.Env:
        options = dict(config)
        numbered = options.pop("numbered", False)
        env: gym.Env = FlattenObservation(gym.make("ProactiveAssist-v0", **options))
        return FlatActions(env) if numbered else env

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    register_env("proactive", make)
    yield "proactive"
    ray.shutdown()


def trained(config: Any, registered: str, **options: Any) -> tuple[dict[str, Any], bool]:
    """What one iteration of training tells, and whether it moved the weights."""
    algorithm = (
        config.environment(registered, env_config={**SHORT, **options})
        .env_runners(num_env_runners=0)
        .reporting(min_sample_timesteps_per_iteration=10 * POINTS)
        .debugging(seed=0)
        .build_algo()
    )
    before = weights_of(algorithm)
    told = algorithm.train()
    after = weights_of(algorithm)
    algorithm.stop()
    return told["env_runners"], any((after[name] != before[name]).any() for name in before)


def weights_of(algorithm: Any) -> dict[str, np.ndarray]:
    state = algorithm.get_module().state_dict()
    return {name: weight.detach().cpu().numpy().copy() for name, weight in state.items()}


def test_ppo_trains_on_whole_lives(registered: str) -> None:
    from ray.rllib.algorithms.ppo import PPOConfig

    config = PPOConfig().training(
        train_batch_size_per_learner=LIVES * POINTS, minibatch_size=100, num_epochs=1
    )
    told, moved = trained(config, registered)
    assert told["num_episodes"] == LIVES
    assert told["episode_len_mean"] == POINTS
    assert abs(told["episode_return_mean"]) <= POINTS
    assert moved


def test_dqn_trains_on_numbered_actions(registered: str) -> None:
    from ray.rllib.algorithms.dqn import DQNConfig

    config = DQNConfig().training(num_steps_sampled_before_learning_starts=50, train_batch_size=16)
    told, moved = trained(config, registered, numbered=True)
    assert told["episode_len_mean"] == POINTS
    assert moved
