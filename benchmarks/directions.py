"""What each direction does: sweeps of one coefficient, and what else moves with it.

Run `python benchmarks/directions.py --out docs/directions`. Moments of validation people are read
once; then one dimension's coefficient goes from -3 to +3 standard deviations, all others at zero,
and what the steered model would say is counted. Messages are generated for some of the moments, so
that length is measured in words that are said. Writes sweeps.png, crosstalk.png and directions.md.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from proactive_agents.lm import embedded
from proactive_agents.lm.agent import actions_of, prompts_of
from proactive_agents.lm.lives import live
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.prompt import Moments
from proactive_agents.steering.basis import Basis
from proactive_agents.steering.dimensions import DIMENSIONS, gates
from proactive_agents.steering.rating import Rater
from proactive_gym.vocabulary import AUTONOMY
from proactive_gym.world import ScenarioTable, load_scenarios

COEFFICIENTS = np.linspace(-3, 3, 13)
MOMENTS, SPOKEN_OF = 1500, 24
OUTCOMES = ("speaks", "waits", "suggests", "asks", "acts", "detailed", "formal")
"""Shares: of all moments, then of the words for a break, then of all words."""


class Bench:
    """A model, its basis, and moments that were read once."""

    def __init__(self, seed: int = 0) -> None:
        self.model, basis = LanguageModel.load(embedded.POPULATION), Basis.load()
        self.rater = Rater.of(self.model, basis)
        lives = live(seed, 1, 2, "validation", ScenarioTable.load())
        rows = np.random.default_rng(seed).choice(len(lives), MOMENTS, replace=False)
        self.moments: Moments = lives.moments.take(rows)
        scenarios = load_scenarios()
        words = [scenarios[i].situation for i in lives.situation[rows]]
        self.prompts = prompts_of(self.model, self.moments, words)
        parts = [self.prompts[i : i + 250] for i in range(0, MOMENTS, 250)]
        self.states = torch.cat([self.model.states(p) for p in parts])
        self.gates = torch.from_numpy(gates(self.moments))

    def actions(self, coefficients: NDArray[np.floating]) -> NDArray[np.int64]:
        """The best replies in all moments, (n, 4)."""
        each = torch.from_numpy(coefficients.astype(np.float32)).expand(MOMENTS, -1)
        return actions_of(self.rater(self.states, self.gates, each).worth.argmax(dim=1).numpy())

    def words(self, actions: NDArray[np.int64]) -> float:
        """Mean length of messages that are generated for some of the moments, in words."""
        spoken = np.flatnonzero(actions[:, 0] > 0)[:SPOKEN_OF]
        if not len(spoken):
            return float("nan")
        said = self.model.speak([self.prompts[i] for i in spoken], actions[spoken].tolist())
        return float(np.mean([len(s.split()) for s in said]))


def outcomes(actions: NDArray[np.int64]) -> list[float]:
    """`OUTCOMES` of actions."""
    spoken = actions[actions[:, 0] > 0]
    shares = [float(np.mean(actions[:, 0] > 0))]
    if not len(spoken):
        return shares + [float("nan")] * (len(OUTCOMES) - 1)
    shares.append(float(np.mean(spoken[:, 0] == 2)))
    for level in ("suggest", "ask", "act"):
        shares.append(float(np.mean(spoken[:, 1] == AUTONOMY.index(level))))
    return [*shares, float(spoken[:, 2].mean()), float(spoken[:, 3].mean())]


def sweep(bench: Bench) -> dict[str, Any]:
    """Outcomes by dimension and coefficient."""
    found: dict[str, Any] = {"coefficients": COEFFICIENTS.tolist(), "outcomes": OUTCOMES}
    found["dimensions"] = {}
    for k, dimension in enumerate(DIMENSIONS):
        rows, lengths = [], []
        for value in COEFFICIENTS:
            coefficients = np.zeros(len(DIMENSIONS))
            coefficients[k] = value
            actions = bench.actions(coefficients)
            # What a gated dimension does is counted where it acts.
            acts = np.abs(bench.gates[:, k].numpy()) > 0
            rows.append(outcomes(actions[acts]))
            if dimension.name in ("detail", "formality", "speaking", "acting"):
                lengths.append(bench.words(actions))
        found["dimensions"][dimension.name] = {"outcomes": rows, "words": lengths}
    return found


def crosstalk(found: dict[str, Any]) -> NDArray[np.float64]:
    """Change of each outcome from -1 to +1 of each dimension, (K, outcomes)."""
    low, high = (int(np.abs(COEFFICIENTS - c).argmin()) for c in (-1, 1))
    tables = [np.array(d["outcomes"]) for d in found["dimensions"].values()]
    return np.array([t[high] - t[low] for t in tables])


def draw(found: dict[str, Any], folder: Path) -> None:
    """The two figures."""
    import matplotlib.pyplot as plt

    shown = ("speaking", "waiting", "suggesting", "asking", "acting", "detail", "formality")
    figure, axes = plt.subplots(2, 4, figsize=(12, 5.6), sharex=True, sharey=True)
    for axis, name in zip(axes.ravel(), shown, strict=False):
        table = np.array(found["dimensions"][name]["outcomes"])
        for column, outcome in enumerate(OUTCOMES):
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
    matrix = crosstalk(found)
    figure, axis = plt.subplots(figsize=(6.4, 9))
    image = axis.imshow(matrix, cmap="RdBu", vmin=-0.6, vmax=0.6, aspect="auto")
    axis.set_yticks(range(len(DIMENSIONS)), [d.name for d in DIMENSIONS], fontsize=8)
    axis.set_xticks(range(len(OUTCOMES)), OUTCOMES, rotation=30, ha="right")
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value) and abs(value) >= 0.005:
            dark = "white" if abs(value) > 0.35 else "black"
            axis.text(
                column, row, f"{value:+.2f}", ha="center", va="center", fontsize=6, color=dark
            )
    figure.colorbar(image, label="change from -1 to +1", shrink=0.6)
    figure.tight_layout()
    figure.savefig(folder / "crosstalk.png", dpi=130)


def table(found: dict[str, Any]) -> Sequence[str]:
    """The cross-talk and the lengths, as Markdown."""
    lines = ["| dimension, from -1 to +1 | " + " | ".join(OUTCOMES) + " |"]
    lines.append("|---|" + "---:|" * len(OUTCOMES))
    for dimension, row in zip(DIMENSIONS, crosstalk(found), strict=True):
        lines.append(f"| {dimension.name} | " + " | ".join(f"{v:+.2f}" for v in row) + " |")
    lines += ["", "| words a message | -3 | -1 | 0 | +1 | +3 |", "|---|" + "---:|" * 5]
    at = [int(np.abs(COEFFICIENTS - c).argmin()) for c in (-3, -1, 0, 1, 3)]
    for name, each in found["dimensions"].items():
        if each["words"]:
            lines.append(f"| {name} | " + " | ".join(f"{each['words'][i]:.1f}" for i in at) + " |")
    return lines


def main() -> None:
    """Sweep, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/out/directions"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    found = sweep(Bench())
    draw(found, given.out)
    lines = table(found)
    print("\n".join(lines))
    head = "# What each direction does\n\nWritten by `python benchmarks/directions.py`. "
    head += "\n".join(__doc__.split("\n\n", 1)[1].split("`. ", 1)[1].split("\n")) + "\n\n"
    pictures = "![Sweeps](sweeps.png)\n\n![Cross-talk](crosstalk.png)\n\n"
    text = head + pictures + "\n".join(lines) + "\n"
    (given.out / "directions.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
