"""PPO (stable-baselines3) on whole lives of the population: plain reinforcement learning.

It is trained through `ProactiveVecEnv` on the reward alone, with a discount over the rest of a
life, so it can find what greedy policies are blind to: trust, fatigue, being switched off. With
`history="last"` it cannot remember a person beyond the last reaction; with "counts" it can.

The trained policy is stored as a plain network and played in NumPy; nothing is unpickled. It takes
the likeliest choice of each part of the action.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from proactive_agents import checkpoint
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.arguments import check_ranges
from proactive_baselines.deep import layers_of, need, repeatable
from proactive_baselines.network import Floats, Layers, Network, Scaling
from proactive_gym.envs.observation import ACTION_SPACE

Report = Callable[[dict[str, float]], None]

_SPLITS = np.cumsum(ACTION_SPACE.nvec)[:-1]
_LIVES = 1_000_000
"""Seeds of lives between two training runs; suites use seeds below."""
_REPORTS = 40
"""Points of the learning curve."""


class PPOAgent(Memoryless):
    """Plays a trained policy.

    Args:
        network: From observations to the logits of the action's four parts, side by side.
        options: The environment options that it was trained with.
    """

    NAME = "ppo"
    # It remembers nothing itself, but the observation tells it of the last reaction, or of all.
    adapts: ClassVar[bool] = True

    def __init__(self, network: Network, options: dict[str, Any]) -> None:
        self.network = network
        self.options = options

    @classmethod
    def from_checkpoint(cls, path: Path) -> Self:
        """Raises as `checkpoint.read`."""
        arrays, about = checkpoint.read(path, cls.NAME)
        return cls(Network.of(arrays, about), about["options"])

    def save(self, path: Path, about: Any) -> None:
        """Write the network; raises as `checkpoint.write`."""
        told = about | self.network.about() | {"options": self.options}
        checkpoint.write(path, self.NAME, self.network.arrays(), told)

    def act(self, observations: Observations) -> Actions:
        """The likeliest choice of each part, for each person."""
        return likeliest(self.network(observations))


def likeliest(logits: Floats) -> Actions:
    """The likeliest choice of each part, (N, 4), from the parts' logits side by side, (N, 11)."""
    parts = np.split(logits, _SPLITS, axis=1)
    return np.column_stack([own.argmax(axis=1) for own in parts])


@dataclass(frozen=True)
class Arguments:
    """How it is trained; chosen on validation people, see `docs/ppo.md`.

    Attributes:
        seed: Of lives, first weights and exploration.
        steps: Decision points in all.
        num_envs: Lives at once.
        rollout: Decision points of each life between updates.
        batch: Decision points a gradient step.
        epochs: Passes over a rollout.
        learning_rate: At the start; it falls to zero linearly.
        gamma: Discount a decision point.
        gae_lambda: Of generalised advantage estimation.
        clip: Of the probability ratio.
        entropy: Weight of the entropy bonus.
        width: Units of each of two hidden layers, of policy and value function each.
        history: "last" or "counts": what the observation tells of the past.
        normalise_rewards: Whether rewards are divided by the running spread of returns.
        normalise_observations: Whether inputs are brought to mean 0 and spread 1.
    """

    seed: int = 0
    steps: int = 1_200_000
    num_envs: int = 256
    rollout: int = 32
    batch: int = 2048
    epochs: int = 4
    learning_rate: float = 1e-3
    gamma: float = 0.9
    gae_lambda: float = 0.9
    clip: float = 0.2
    entropy: float = 0.002
    width: int = 128
    history: str = "last"
    normalise_rewards: bool = True
    normalise_observations: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        check_ranges(
            self,
            seed=(0, 1_000_000),
            steps=(1, 1e12),
            num_envs=(1, 1e6),
            rollout=(2, 1e5),
            batch=(2, self.num_envs * self.rollout),
            epochs=(1, 1000),
            learning_rate=(1e-9, 1),
            gamma=(0, 1),
            gae_lambda=(0, 1),
            clip=(1e-9, 10),
            entropy=(0, 10),
            width=(1, 1e5),
        )


@dataclass(frozen=True, eq=False)
class Learnt:
    """What came of training with stable-baselines3.

    Attributes:
        policy: Its actor and critic.
        boxes: Which boxes of the observation it reads, side by side.
        scaling: By what they are normalised, see `Network`.
        head: The actor's layers after what reads the observation.
        options: The environment's.
    """

    policy: Any
    boxes: tuple[str, ...]
    scaling: Scaling | None
    head: Layers
    options: dict[str, Any]


def train(arguments: Arguments, report: Report = lambda figures: None) -> PPOAgent:
    """Train on the population, with the scenarios that training may use.

    Args:
        arguments: How.
        report: Told `progress` (0-1), `steps` and `reward` (mean of a decision point over the last
            lives, exploring) from time to time.

    Raises:
        MissingExtraError: stable-baselines3 or torch is not installed.
    """
    need("stable_baselines3")
    from stable_baselines3 import PPO

    layers = {"net_arch": [arguments.width] * 2}
    learnt = learn(PPO, "MultiInputPolicy", layers, arguments, report)
    return PPOAgent(Network(learnt.boxes, learnt.head, "tanh", learnt.scaling), learnt.options)


def learn(
    algorithm: Any, policy: str, shape: dict[str, Any], arguments: Arguments, report: Report
) -> Learnt:
    """Train with a kind of PPO of stable-baselines3, see `train`.

    Args:
        algorithm: Its class.
        policy: The name of its policy.
        shape: Arguments of that policy.
        arguments: How.
        report: As for `train`.
    """
    from stable_baselines3.common.vec_env import VecNormalize

    from proactive_baselines.sb3 import ProactiveVecEnv

    options: dict[str, Any] = {"history": arguments.history}
    lives = ProactiveVecEnv(arguments.num_envs, people="population", scenarios="seen", **options)
    env = VecNormalize(
        lives,
        norm_obs=arguments.normalise_observations,
        norm_reward=arguments.normalise_rewards,
        gamma=arguments.gamma,
    )
    with repeatable(arguments.seed):
        model = algorithm(
            policy,
            env,
            learning_rate=lambda left: arguments.learning_rate * left,
            n_steps=arguments.rollout,
            batch_size=arguments.batch,
            n_epochs=arguments.epochs,
            gamma=arguments.gamma,
            gae_lambda=arguments.gae_lambda,
            clip_range=arguments.clip,
            ent_coef=arguments.entropy,
            stats_window_size=arguments.num_envs,
            policy_kwargs=shape,
            seed=arguments.seed,
            device="cpu",
        )
        # Slot i lives the lives of seed + i: runs must not share them, nor the suites' lives.
        lives.seed(_LIVES * (1 + arguments.seed))
        model.learn(arguments.steps, callback=_reporter(arguments, report))
    made = model.policy
    boxes = tuple(made.features_extractor.extractors)
    head = layers_of(made.mlp_extractor.policy_net) + layers_of(made.action_net)
    return Learnt(made, boxes, _scaling(env, boxes), head, options)


def _scaling(env: Any, boxes: tuple[str, ...]) -> Scaling | None:
    """What VecNormalize has come to divide observations by, for the boxes side by side."""
    if not env.norm_obs:
        return None
    mean = np.concatenate([env.obs_rms[name].mean for name in boxes])
    variance = np.concatenate([env.obs_rms[name].var for name in boxes])
    return mean.astype(np.float32), np.sqrt(variance + env.epsilon).astype(np.float32)


def _reporter(arguments: Arguments, report: Report) -> Any:
    """A callback of stable-baselines3 that reports after rollouts."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Reporter(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.told = 0

        def _on_step(self) -> bool:
            return True

        def _on_rollout_end(self) -> None:
            done = min(self.num_timesteps / arguments.steps, 1.0)
            lived = self.model.ep_info_buffer
            if lived and (done == 1.0 or done * _REPORTS >= self.told):
                self.told = int(done * _REPORTS) + 1
                reward = float(np.mean([life["r"] / life["l"] for life in lived]))
                report({"progress": done, "steps": self.num_timesteps, "reward": reward})

    return Reporter()
