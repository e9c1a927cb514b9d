"""The examples run as they stand, and what they show is right."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHORT = {"num_envs": 4, "num_steps": 8, "sessions": 2, "points": 3, "width": 8}


@pytest.fixture
def cleanrl():
    """The module of `cleanrl_ppo.py`."""
    spec = importlib.util.spec_from_file_location("cleanrl_ppo", EXAMPLES / "cleanrl_ppo.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        spec.loader.exec_module(module)
        yield module
    torch.set_num_threads(threads)
    del sys.modules[spec.name]


def test_the_one_file_ppo_runs_from_the_command_line() -> None:
    words = ["--total-timesteps", "300", "--num-envs", "4", "--num-steps", "20", "--points", "10"]
    done = subprocess.run(
        [sys.executable, EXAMPLES / "cleanrl_ppo.py", *words, "--sessions", "1", "--seed", "3"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"before: [+-]0\.\d{3} a decision point, validation people", lines[0])
    steps = [int(line.split(" steps: mean episode reward ")[0]) for line in lines[1:-1]]
    assert steps == [80, 160, 240]
    assert lines[-1].startswith("after: ")


def test_it_repeats_with_its_seed_and_learns_within_seconds(cleanrl, capsys) -> None:
    arguments = cleanrl.Arguments(total_timesteps=12_000, num_envs=32, sessions=2)
    found = cleanrl.main(arguments)
    assert found["after"] > found["before"] + 0.1
    short = cleanrl.Arguments(total_timesteps=64, **SHORT)
    assert cleanrl.main(short) == cleanrl.main(short)


def test_it_learns_from_no_step_that_only_begins_a_life(cleanrl, monkeypatch, capsys) -> None:
    """Every action learnt from was taken, with the reward that it brought."""
    taken: list[tuple] = []
    learnt: list[list[torch.Tensor]] = []
    real_make, real_learn = gym.make_vec, cleanrl.learn

    def make_vec(*names, **options):
        envs = real_make(*names, **options)
        if options["people"] == "population":
            real_step, fresh = envs.step, np.zeros(options["num_envs"], bool)

            def step(actions):
                nonlocal fresh
                result = real_step(actions)
                taken.extend(map(tuple, actions[~fresh].tolist()))
                fresh = result[2] | result[3]
                return result

            envs.step = step
        return envs

    def learn(policy, optimiser, arguments, shuffle, batch):
        learnt.append(batch)
        real_learn(policy, optimiser, arguments, shuffle, batch)

    monkeypatch.setattr(gym, "make_vec", make_vec)
    monkeypatch.setattr(cleanrl, "learn", learn)
    cleanrl.main(cleanrl.Arguments(total_timesteps=96, **SHORT))
    actions = [tuple(row) for batch in learnt for row in batch[1].tolist()]
    assert actions == taken
    # A life has 6 points; 24 steps of 4 lives hold 3 beginnings of each.
    assert len(actions) == 4 * (24 - 3)
    assert all(len(part) == len(batch[0]) for batch in learnt for part in batch)


def test_its_advantages_are_discounted_sums_that_stop_at_the_end_of_a_life(cleanrl) -> None:
    rng = torch.Generator().manual_seed(0)
    rewards, values = (torch.randn(7, 2, generator=rng) for _ in range(2))
    done = torch.zeros(7, 2)
    done[3, 0] = done[6, 1] = 1
    after = torch.tensor([5.0, 7.0])
    found = cleanrl.advantages_of(rewards, values, done, after, gamma=0.9, gae_lambda=1.0)
    for life in range(2):
        for t in range(7):
            ends = [k for k in range(t, 7) if done[k, life]]
            last = ends[0] if ends else 6
            total = sum(0.9 ** (k - t) * rewards[k, life] for k in range(t, last + 1))
            total += 0 if ends else 0.9 ** (7 - t) * after[life]
            assert found[t, life] == pytest.approx(float(total - values[t, life]), abs=1e-5)
    one = cleanrl.advantages_of(rewards, values, done, after, gamma=0.9, gae_lambda=0.0)
    assert one[0, 0] == pytest.approx(float(rewards[0, 0] + 0.9 * values[1, 0] - values[0, 0]))
    assert one[3, 0] == pytest.approx(float(rewards[3, 0] - values[3, 0]))


def test_the_logarithm_of_an_action_is_that_of_its_parts(cleanrl) -> None:
    policy = cleanrl.Policy(5, [3, 4, 2, 2], 8)
    seen = torch.randn(6, 5, generator=torch.Generator().manual_seed(1))
    action = policy.likeliest(seen)
    parts = policy.parts(seen)
    expected = torch.stack([p.logits.max(dim=1).values for p in parts]).sum(dim=0)
    torch.testing.assert_close(cleanrl.log_probability(parts, action), expected)
