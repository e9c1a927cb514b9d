"""PPO (stable-baselines3) on whole lives of the population, then asked about people it never met.

`python examples/train_ppo.py --steps 300000`
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from stable_baselines3 import PPO

from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_agents.registry import make
from proactive_baselines.sb3 import ProactiveVecEnv
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.statistics import Interval, clustered_mean

HISTORY = {"history": "counts"}  # the observation counts a person's reactions: PPO can learn them


class Trained(Memoryless):
    """A policy of stable-baselines3 as an agent of this project."""

    options = HISTORY

    def __init__(self, model: PPO) -> None:
        self.model = model

    def act(self, observations: Observations) -> Actions:
        """The likeliest action for each person, (N, 4)."""
        return np.asarray(self.model.predict(dict(observations), deterministic=True)[0])


def main(words: Sequence[str] | None = None) -> dict[str, Interval]:
    """Train, and return each agent's mean reward on validation people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300_000, help="decision points in all")
    steps = parser.parse_args(words).steps
    torch.set_num_threads(1)  # the network is small

    lives = ProactiveVecEnv(64, people="population", scenarios="seen", **HISTORY)
    rollout = {"n_steps": 32, "batch_size": 512, "n_epochs": 4}
    model = PPO("MultiInputPolicy", lives, 1e-3, gamma=0.9, seed=0, device="cpu", **rollout)
    model.learn(steps)

    found = {}
    strangers = Options(people="validation", deviations="frozen", **HISTORY)
    agents = {name: make(name) for name in ("silent", "random", "worthwhile")}
    for name, agent in {**agents, "PPO": Trained(model)}.items():
        reward = play_lives(agent, strangers, lives=1, seed=0).reward.mean(axis=1)
        found[name] = clustered_mean(reward)
        mean, low, high = found[name]
        print(f"{name:>10}  {mean:+.3f} ({low:+.3f} to {high:+.3f}) {'#' * int(40 * (mean + 0.3))}")
    return found


if __name__ == "__main__":
    main()
