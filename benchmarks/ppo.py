"""What PPO's settings do: one at a time, on validation people.

Run `python benchmarks/ppo.py --markdown docs/ppo.md`. Each variant is trained on the population
with one setting moved, and plays three lives of each validation person, as in the quick suite. Two
more seeds of the defaults stand beside: differences within their spread mean nothing.
"""

import argparse
from pathlib import Path

from proactive_baselines.ppo import Arguments, train
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.statistics import clustered_mean

VARIANTS: dict[str, dict[str, object]] = {
    "defaults": {},
    "another seed": {"seed": 1},
    "a third seed": {"seed": 2},
    "learning rate 0.0005": {"learning_rate": 5e-4},
    "learning rate 0.002": {"learning_rate": 2e-3},
    "discount 0 (greedy)": {"gamma": 0.0},
    "discount 0.7": {"gamma": 0.7},
    "discount 0.99": {"gamma": 0.99},
    "no entropy bonus": {"entropy": 0.0},
    "raw rewards": {"normalise_rewards": False},
    "raw observations": {"normalise_observations": False},
    "8 epochs": {"epochs": 8},
    "256 units": {"width": 256},
    "all reactions counted": {"history": "counts"},
    "all reactions counted, discount 0.7": {"history": "counts", "gamma": 0.7},
    "all reactions counted, discount 0.99": {"history": "counts", "gamma": 0.99},
}
LATE = 3


def row(name: str, changed: dict[str, object], steps: int) -> str:
    """Train and play one variant; its line of the table."""
    agent = train(Arguments(**{"steps": steps, **changed}))  # type: ignore[arg-type]
    options = Options(people="validation", deviations="frozen", **agent.options)
    lives = play_lives(agent, options, 3, seed=0)
    mean, low, high = clustered_mean(lives.reward.mean(axis=1))
    first, late = lives.reward[:, 0].mean(), lives.reward[:, -LATE:].mean()
    return (
        f"| {name} | {mean:+.3f} ({low:+.3f} to {high:+.3f}) | {first:+.3f} | {late:+.3f} "
        f"| {lives.spoken.mean():.0%} | {lives.trust[:, -1].mean():.1f} |"
    )


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=800_000)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    lines = [
        "| setting | reward (95 % interval) | first session | last three | spoken | trust |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines))
    for name, changed in VARIANTS.items():
        lines.append(row(name, changed, given.steps))
        print(lines[-1], flush=True)
    if given.markdown:
        head = (
            "# What PPO's settings do\n\nWritten by `python benchmarks/ppo.py`. "
            f"{given.steps:,} decision points of training each; validation people, three lives "
            "each; intervals over people. Settings were chosen on these people, none on the test "
            "people.\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
