"""Does the ladder survive other assumptions?

Run `python benchmarks/sweep.py --markdown docs/sweep.md`. Every assumed number of the people and of
the world is moved down and up, one at a time, and the ladder is climbed again.
"""

import argparse
from dataclasses import fields
from pathlib import Path

from proactive_gym.evaluation.ladder import RUNGS, climb
from proactive_gym.users import UserAssumptions
from proactive_gym.world import WorldAssumptions

USERS: dict[str, tuple[float, float]] = {
    "heterogeneity": (0.5, 1.5),
    "drift": (0.0, 0.3),
    "life_change_rate": (0.0, 0.05),
    "fatigue": (0.0, 0.1),
    "tolerance": (0.0, 10.0),
    "hold_fade": (0.0, 1.5),
    "trust_a_point": (0.03, 0.3),
    "voice": (0.0, 0.1),
    "off_penalty": (0.05, 0.3),
}
WORLD: dict[str, tuple[float, float]] = {
    "error_rate": (0.0, 0.15),
    "low_benefit_weight": (0.5, 2.0),
    "benefit_noise": (0.4, 1.6),
}
assert set(USERS) == {f.name for f in fields(UserAssumptions)}


def row(label: str, lives: int, **options: object) -> tuple[str, bool]:
    """One line of the table, and whether the rungs stand in their order."""
    ladder = climb(lives=lives, **options)
    means = [rung.reward.mean for rung in ladder.rungs]
    ordered = means == sorted(means)
    cells = " | ".join(f"{m:+.3f}" for m in means)
    return f"| {label} | {cells} | {'yes' if ordered else 'NO'} |", ordered


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=1)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    cases: list[tuple[str, dict[str, object]]] = [("defaults", {})]
    for name, values in USERS.items():
        cases += [(f"{name} {v:g}", {"users": UserAssumptions(**{name: v})}) for v in values]
    for name, values in WORLD.items():
        cases += [(f"{name} {v:g}", {"world": WorldAssumptions(**{name: v})}) for v in values]
    lines = [
        f"| assumption | {' | '.join(RUNGS)} | in order |",
        "|---|" + "---:|" * len(RUNGS) + "---|",
    ]
    for label, options in cases:
        line, _ = row(label, given.lives, **options)
        lines.append(line)
        print(line, flush=True)
    if given.markdown:
        head = (
            "# Does the ladder survive other assumptions?\n\n"
            "Written by `python benchmarks/sweep.py`. Mean reward of each rung on the validation "
            f"people, {given.lives} life each; one assumed number is moved at a time.\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
