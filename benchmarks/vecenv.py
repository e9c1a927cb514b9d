"""How fast stable-baselines3 is fed: `ProactiveVecEnv` beside SB3's own loop over single lives.

Run `OMP_NUM_THREADS=1 python benchmarks/vecenv.py`. Both play the same number of lives with the
same actions, in turns, in one process; what counts is the ratio.
"""

import argparse
from functools import partial
from statistics import median
from time import perf_counter

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

import proactive_gym
from proactive_baselines.sb3 import ProactiveVecEnv

assert proactive_gym.__version__


def steps_per_second(env: VecEnv, steps: int) -> float:
    """Decision points a second, all lives together."""
    actions = np.tile([1, 0, 0, 0], (env.num_envs, 1))
    started = perf_counter()
    for _ in range(steps):
        env.step(actions)
    return env.num_envs * steps / (perf_counter() - started)


def main() -> None:
    """Print steps a second of both, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=256)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    batched = ProactiveVecEnv(given.lives, stagger=False)
    looped = DummyVecEnv([partial(gym.make, "ProactiveAssist-v0")] * given.lives)
    for env in (batched, looped):
        env.seed(0)
        env.reset()
    ours, theirs = [], []
    for _ in range(given.rounds):
        ours.append(steps_per_second(batched, given.steps))
        theirs.append(steps_per_second(looped, given.steps // 10))
    print(f"ProactiveVecEnv, {given.lives} lives:  {median(ours):>10,.0f} steps/s")
    print(f"DummyVecEnv, {given.lives} lives:      {median(theirs):>10,.0f} steps/s")
    print(f"ratio: {median(ours) / median(theirs):.0f}")


if __name__ == "__main__":
    main()
