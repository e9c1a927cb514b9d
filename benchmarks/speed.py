"""Steps per second beside Gymnasium's CartPole, in the same run; memory per person; import time.

Run `python benchmarks/speed.py`. Figures are ratios: seconds depend on the machine. Contenders take
turns and the best of several rounds counts, since other work on the machine only slows things.
"""

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable

import gymnasium as gym
import numpy as np

import proactive_gym

ROUNDS = 15
IMPORT_RUNS = 7


def single(env_id: str, steps: int, **options: object) -> Callable[[], float]:
    """A function that plays `steps` steps of a single env and returns steps per CPU second."""
    env = gym.make(env_id, disable_env_checker=True, **options)
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(64)]

    def play() -> float:
        start = time.process_time()
        for i in range(steps):
            *_, terminated, truncated, _ = env.step(actions[i % 64])
            if terminated or truncated:
                env.reset()
        return steps / (time.process_time() - start)

    return play


def batch(env_id: str, count: int, steps: int, **options: object) -> Callable[[], float]:
    """The same for a vector env; a step of N envs counts N."""
    envs = gym.make_vec(env_id, num_envs=count, vectorization_mode="vector_entry_point", **options)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(8)]

    def play() -> float:
        start = time.process_time()
        for i in range(steps):
            envs.step(actions[i % 8])
        return steps * count / (time.process_time() - start)

    return play


def ratio(ours: Callable[[], float], theirs: Callable[[], float]) -> dict[str, float]:
    """Best of the rounds, in turns."""
    rounds = [(ours(), theirs()) for _ in range(ROUNDS)]
    mine, other = (max(values) for values in zip(*rounds, strict=True))
    return {"ours": mine, "cartpole": other, "one_in": other / mine}


def bytes_held(count: int) -> int:
    """Python and NumPy memory that a vector env of `count` people holds after its first steps."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    envs = gym.make_vec("ProactiveAssist-v0", num_envs=count)
    envs.reset(seed=0)
    action = envs.action_space.sample()
    for _ in range(3):
        envs.step(action)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held


def import_seconds() -> float:
    """Time of `import proactive_gym` above that of gymnasium and numpy, best of several."""
    code = (
        "import gymnasium, time; t = time.perf_counter(); import proactive_gym; "
        "print(time.perf_counter() - t)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(IMPORT_RUNS)
    ]
    return min(runs)


def measure() -> dict[str, object]:
    """All figures."""
    bytes_held(1)  # what all environments share is loaded here, and not counted below
    few, many = 512, 4096
    return {
        "version": proactive_gym.__version__,
        "numpy": np.__version__,
        "single": ratio(single("ProactiveAssist-v0", 600), single("CartPole-v1", 6_000)),
        "vector_4096": ratio(
            batch("ProactiveAssist-v0", 4096, 20), batch("CartPole-v1", 4096, 200)
        ),
        "bytes_a_person": (bytes_held(many) - bytes_held(few)) / (many - few),
        "import_seconds": import_seconds(),
    }


def main() -> None:
    """Print the table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    figures = measure()
    if parser.parse_args().json:
        print(json.dumps(figures, indent=1))
        return
    for name in ("single", "vector_4096"):
        row = figures[name]
        assert isinstance(row, dict)
        print(
            f"{name:12s} {row['ours']:>12,.0f} steps/s   CartPole {row['cartpole']:>12,.0f}"
            f"   1/{row['one_in']:.1f}"
        )
    print(f"memory       {figures['bytes_a_person']:>12,.0f} bytes a person")
    print(f"import       {figures['import_seconds']:>12.3f} s over gymnasium")


if __name__ == "__main__":
    main()
