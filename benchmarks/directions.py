"""What each direction does: sweeps of one coefficient, and what else moves with it.

Run `python benchmarks/directions.py --out docs/directions`. Moments of validation people are read
once; then one dimension's coefficient goes from -3 to +3 standard deviations, all others at zero,
and what the steered model would say is counted. Messages are generated for some of the moments, so
that length is measured in words that are said. Writes sweeps.png, crosstalk.png and directions.md.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from proactive_agents.legible import Sweep
from proactive_agents.lm import embedded
from proactive_agents.lm.memory import embedded_memory
from proactive_agents.lm.model import LanguageModel
from proactive_agents.steering.basis import Basis
from proactive_agents.steering.rating import Rater
from proactive_agents.steering.sweep import Bench, swept

COEFFICIENTS = np.linspace(-3, 3, 13)
MOMENTS, SPOKEN_OF = 1500, 24
SAID = ("speaking", "acting", "detail", "formality")
"""Dimensions of which messages are generated."""


def lengths(bench: Bench, model: LanguageModel, dimension: int) -> list[float]:
    """Mean length of some moments' messages, in words, by coefficient of a dimension."""
    found = []
    for value in COEFFICIENTS:
        person = np.zeros(bench.gates.shape[1])
        person[dimension] = value
        actions = bench.actions(person)
        spoken = np.flatnonzero(actions[:, 0] > 0)[:SPOKEN_OF]
        if not len(spoken):
            found.append(float("nan"))
            continue
        said = model.speak([bench.prompts[i] for i in spoken], actions[spoken].tolist())
        found.append(float(np.mean([len(s.split()) for s in said])))
    return found


def draw(found: Sweep, folder: Path) -> None:
    """The two figures."""
    import matplotlib.pyplot as plt

    shown = ("speaking", "waiting", "suggesting", "asking", "acting", "detail", "formality")
    figure, axes = plt.subplots(2, 4, figsize=(12, 5.6), sharex=True, sharey=True)
    for axis, name in zip(axes.ravel(), shown, strict=False):
        table = found.table[list(found.dimensions).index(name)]
        for column, outcome in enumerate(found.outcomes):
            axis.plot(COEFFICIENTS, table[:, column], label=outcome, lw=1.6)
        axis.set_title(name, fontsize=10)
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel("coefficient (sd of the population)", fontsize=8)
    axes[0, 0].set_ylabel("share")
    axes[1, 0].set_ylabel("share")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[1, 3].axis("off")
    axes[1, 3].legend(handles, labels, loc="center", fontsize=9, frameon=False)
    figure.tight_layout()
    figure.savefig(folder / "sweeps.png", dpi=130)
    matrix = found.crosstalk()
    figure, axis = plt.subplots(figsize=(6.4, 9))
    image = axis.imshow(matrix, cmap="RdBu", vmin=-0.6, vmax=0.6, aspect="auto")
    axis.set_yticks(range(len(matrix)), list(found.dimensions), fontsize=8)
    axis.set_xticks(range(len(found.outcomes)), list(found.outcomes), rotation=30, ha="right")
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value) and abs(value) >= 0.005:
            dark = "white" if abs(value) > 0.35 else "black"
            axis.text(
                column, row, f"{value:+.2f}", ha="center", va="center", fontsize=6, color=dark
            )
    figure.colorbar(image, label="change from -1 to +1", shrink=0.6)
    figure.tight_layout()
    figure.savefig(folder / "crosstalk.png", dpi=130)


def table(found: Sweep, words: Mapping[str, Sequence[float]]) -> Sequence[str]:
    """The cross-talk and the lengths, as Markdown."""
    lines = ["| dimension, from -1 to +1 | " + " | ".join(found.outcomes) + " |"]
    lines.append("|---|" + "---:|" * len(found.outcomes))
    for name, row in zip(found.dimensions, found.crosstalk(), strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{v:+.2f}" for v in row) + " |")
    lines += ["", "| words a message | -3 | -1 | 0 | +1 | +3 |", "|---|" + "---:|" * 5]
    at = [int(np.abs(COEFFICIENTS - c).argmin()) for c in (-3, -1, 0, 1, 3)]
    for name, each in words.items():
        lines.append(f"| {name} | " + " | ".join(f"{each[i]:.1f}" for i in at) + " |")
    return lines


def main() -> None:
    """Sweep, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/out/directions"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    memory = embedded_memory(embedded.POPULATION)
    bench = Bench(Rater.of(memory.model, Basis.load()), memory, MOMENTS)
    found = swept(bench, COEFFICIENTS)
    draw(found, given.out)
    names = list(found.dimensions)
    words = {name: lengths(bench, memory.model, names.index(name)) for name in SAID}
    lines = table(found, words)
    print("\n".join(lines))
    head = "# What each direction does\n\nWritten by `python benchmarks/directions.py`. "
    head += "\n".join(__doc__.split("\n\n", 1)[1].split("`. ", 1)[1].split("\n")) + "\n\n"
    pictures = "![Sweeps](sweeps.png)\n\n![Cross-talk](crosstalk.png)\n\n"
    text = head + pictures + "\n".join(lines) + "\n"
    (given.out / "directions.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
