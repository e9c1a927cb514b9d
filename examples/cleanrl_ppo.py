"""PPO in one file, with torch and Gymnasium alone, to read and to change.

Run `python examples/cleanrl_ppo.py --total-timesteps 200000 --seed 1`. It learns on whole lives of
the population and is then asked about people whom it has not met. In the manner of CleanRL: no
framework, nothing hidden. It saves nothing; the package's own PPO is `proactive-gym train ppo`.

Proximal policy optimisation: Schulman et al. 2017, https://arxiv.org/abs/1707.06347; advantages:
https://arxiv.org/abs/1506.02438.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Categorical

import proactive_gym  # noqa: F401  registers the environment

ENV = "ProactiveAssist-v0"


@dataclass(frozen=True)
class Arguments:
    """How to train.

    Attributes:
        total_timesteps: Decision points in all.
        seed: Of lives, first weights and exploration.
        num_envs: Lives at once.
        num_steps: Decision points of each life between updates.
        epochs: Passes over what was lived between updates.
        minibatches: Gradient steps a pass.
        learning_rate: At the start; it falls to zero linearly.
        gamma: Discount a decision point.
        gae_lambda: How far advantages trust rewards over values: 0 one step, 1 to the end.
        clip: How far the probability of an action may move in one update.
        entropy: Weight of the entropy bonus.
        value_weight: Weight of the value function's error.
        max_grad_norm: Longer gradients are cut to this length.
        width: Units of each of two hidden layers, of policy and value function each.
        sessions: Days of a life.
        points: Decision points a day.
    """

    total_timesteps: int = 200_000
    seed: int = 1
    num_envs: int = 64
    num_steps: int = 32
    epochs: int = 4
    minibatches: int = 4
    learning_rate: float = 2e-3
    gamma: float = 0.9
    gae_lambda: float = 0.9
    clip: float = 0.2
    entropy: float = 0.002
    value_weight: float = 0.5
    max_grad_norm: float = 0.5
    width: int = 64
    sessions: int = 10
    points: int = 20


class Policy(nn.Module):
    """Actor and critic: a choice for each part of the action, and what the rest is worth."""

    def __init__(self, features: int, choices: Sequence[int], width: int) -> None:
        super().__init__()
        self.choices = list(choices)
        self.actor = layers(features, width, sum(choices), last=0.01)
        self.critic = layers(features, width, 1, last=1.0)

    def parts(self, seen: Tensor) -> list[Categorical]:
        """One distribution for each part: timing, autonomy, verbosity, tone."""
        return [Categorical(logits=own) for own in self.actor(seen).split(self.choices, dim=1)]

    def value(self, seen: Tensor) -> Tensor:
        """What is still to come, (N,)."""
        return self.critic(seen).squeeze(1)

    @torch.no_grad()
    def likeliest(self, seen: Tensor) -> Tensor:
        """The action without exploration, (N, 4)."""
        return torch.stack([part.probs.argmax(dim=1) for part in self.parts(seen)], dim=1)


def layers(features: int, width: int, outputs: int, last: float) -> nn.Sequential:
    """Two hidden layers; orthogonal first weights, those of the last layer scaled by `last`."""
    linear = [nn.Linear(features, width), nn.Linear(width, width), nn.Linear(width, outputs)]
    for layer, gain in zip(linear, (2**0.5, 2**0.5, last), strict=True):
        nn.init.orthogonal_(layer.weight, gain)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(linear[0], nn.Tanh(), linear[1], nn.Tanh(), linear[2])


def log_probability(parts: list[Categorical], actions: Tensor) -> Tensor:
    """Of whole actions (N, 4): the parts are chosen independently."""
    logs = [part.log_prob(chosen) for part, chosen in zip(parts, actions.T, strict=True)]
    return torch.stack(logs).sum(dim=0)


def flat(observations: dict[str, NDArray[np.float32]]) -> Tensor:
    """The boxes side by side, (N, features)."""
    return torch.from_numpy(np.concatenate([observations[k] for k in sorted(observations)], axis=1))


def advantages_of(
    rewards: Tensor, values: Tensor, done: Tensor, after: Tensor, gamma: float, gae_lambda: float
) -> Tensor:
    """Generalised advantage estimates, (T, N).

    A life has a known length, which the observation shows, so its end is an end: nothing is
    expected after it, whether it came by termination or by truncation.

    Args:
        rewards: Of each step, (T, N).
        values: Expected at each step, (T, N).
        done: Whether the step ended the life, (T, N).
        after: Expected after the last step, (N,).
        gamma: See `Arguments`.
        gae_lambda: See `Arguments`.
    """
    found = torch.zeros_like(rewards)
    later = torch.zeros_like(after)
    for t in reversed(range(len(rewards))):
        goes_on = 1 - done[t]
        error = rewards[t] + gamma * goes_on * after - values[t]
        later = error + gamma * gae_lambda * goes_on * later
        found[t], after = later, values[t]
    return found


def evaluate(policy: Policy, arguments: Arguments, lives: int = 80) -> float:
    """Mean reward of a decision point over lives of validation people, without exploration."""
    options: dict[str, Any] = {"sessions": arguments.sessions, "points": arguments.points}
    envs = gym.make_vec(ENV, num_envs=lives, people="validation", **options)
    observations, _ = envs.reset(seed=0)
    total, steps = 0.0, arguments.sessions * arguments.points
    for _ in range(steps):
        observations, rewards, *_ = envs.step(policy.likeliest(flat(observations)).numpy())
        total += float(rewards.mean())
    return total / steps


def main(arguments: Arguments) -> dict[str, float]:
    """Train, and tell how it went.

    Returns:
        `before` and `after`: what `evaluate` finds.
    """
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    shuffle = np.random.default_rng(arguments.seed)
    options: dict[str, Any] = {"sessions": arguments.sessions, "points": arguments.points}
    envs = gym.make_vec(
        ENV, num_envs=arguments.num_envs, people="population", scenarios="seen", **options
    )
    # Life i has the seed of the first plus i: runs must not share lives, nor with `evaluate`.
    observations, _ = envs.reset(seed=1_000_000 * (1 + arguments.seed))
    seen = flat(observations)

    assert isinstance(envs.single_action_space, gym.spaces.MultiDiscrete)
    policy = Policy(seen.shape[1], envs.single_action_space.nvec.tolist(), arguments.width)
    optimiser = torch.optim.Adam(policy.parameters(), lr=arguments.learning_rate, eps=1e-5)
    before = evaluate(policy, arguments)
    print(f"before: {before:+.3f} a decision point, validation people")

    shape = (arguments.num_steps, arguments.num_envs)
    updates = max(1, arguments.total_timesteps // (shape[0] * shape[1]))
    over = torch.zeros(arguments.num_envs)  # lives that the last step ended
    returns = np.zeros(arguments.num_envs)
    for update in range(updates):
        optimiser.param_groups[0]["lr"] = arguments.learning_rate * (1 - update / updates)
        lived = torch.zeros(*shape, seen.shape[1])
        actions = torch.zeros(*shape, 4, dtype=torch.long)
        logs, rewards, values, done, anew = (torch.zeros(shape) for _ in range(5))
        finished: list[float] = []
        for t in range(arguments.num_steps):
            with torch.no_grad():
                parts = policy.parts(seen)
                actions[t] = torch.stack([part.sample() for part in parts], dim=1)
                logs[t], values[t] = log_probability(parts, actions[t]), policy.value(seen)
            # NEXT_STEP autoreset: a step after a life's end begins the next life and leaves the
            # action aside. What was seen and done there belongs together with nothing.
            lived[t], anew[t] = seen, over
            observations, reward, terminated, truncated, _ = envs.step(actions[t].numpy())
            seen, rewards[t] = flat(observations), torch.from_numpy(reward)
            ended = terminated | truncated
            over = done[t] = torch.from_numpy(ended).float()
            returns += reward
            finished += returns[ended].tolist()
            returns[ended] = 0.0

        with torch.no_grad():
            after = policy.value(seen)
        advantages = advantages_of(
            rewards, values, done, after, arguments.gamma, arguments.gae_lambda
        )
        learn(
            policy,
            optimiser,
            arguments,
            shuffle,
            # The steps that only began a life are not learnt from.
            [part[anew == 0] for part in (lived, actions, logs, advantages, advantages + values)],
        )
        if finished:
            steps = (update + 1) * shape[0] * shape[1]
            print(f"{steps:>9,} steps: mean episode reward {np.mean(finished):+.2f}")

    found = evaluate(policy, arguments)
    print(f"after: {found:+.3f} a decision point, validation people")
    return {"before": before, "after": found}


def learn(
    policy: Policy,
    optimiser: torch.optim.Optimizer,
    arguments: Arguments,
    shuffle: np.random.Generator,
    batch: list[Tensor],
) -> None:
    """One update.

    Args:
        policy: Is changed.
        optimiser: Of the policy's weights.
        arguments: How.
        shuffle: Makes the minibatches.
        batch: What was seen, done, its log probability then, its advantage, and its return, each
            with one row a decision point.
    """
    for _ in range(arguments.epochs):
        order = shuffle.permutation(len(batch[0]))
        for rows in np.array_split(order, arguments.minibatches):
            seen, actions, old, advantage, target = (part[rows] for part in batch)
            parts = policy.parts(seen)
            ratio = (log_probability(parts, actions) - old).exp()
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
            near = ratio.clamp(1 - arguments.clip, 1 + arguments.clip)
            gain = torch.min(ratio * advantage, near * advantage).mean()
            entropy = torch.stack([part.entropy() for part in parts]).sum(dim=0).mean()
            error = (policy.value(seen) - target).square().mean()
            loss = arguments.value_weight * error - gain - arguments.entropy * entropy
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), arguments.max_grad_norm)
            optimiser.step()


def parse(words: Sequence[str] | None = None) -> Arguments:
    """Read the command line; each argument has its own option."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for own in fields(Arguments):
        option = "--" + own.name.replace("_", "-")
        parser.add_argument(option, type=type(own.default), default=own.default, help=" ")
    return Arguments(**vars(parser.parse_args(words)))


if __name__ == "__main__":
    main(parse())
