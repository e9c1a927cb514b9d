"""What people say against what they do: the survey alone, reactions alone, and both.

Run `python benchmarks/stated.py --markdown docs/stated.md`. The steering agent lives three lives
with each validation person, as in the quick suite: with what a device may know at first (nothing,
demographics, the answers to the survey), and with and without being told the reactions. All play
the same lives. The metrics are those of the leaderboard; "timing predicted" is the share of moments
at which silence, now or a break was the person's wish, which is the nearest thing here to the share
of preferences that the paper's second-hand summaries report (57.7 % from what people state, 61.3 %
from what they do).
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from proactive_agents.steering.agent import SteeringAgent
from proactive_gym.evaluation.journal import Journal
from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.scoring import score, summed
from proactive_gym.evaluation.statistics import Interval, interval, paired_difference
from proactive_gym.evaluation.suites import suite_of

SUITE = suite_of("quick-v0")
CONDITIONS = {
    "nothing": ("none", False),
    "demographics": ("demographics", False),
    "survey only": ("survey", False),
    "reactions only": ("none", True),
    "demographics and reactions": ("demographics", True),
    "survey and reactions": ("survey", True),
}
SHOWN = ("reward", "timing_right", "balanced_accuracy", "autonomy_match", "style_match")
LATE = 3


def play(agent: SteeringAgent, told: bool) -> NDArray[np.float64]:
    """Scores as `scoring.score` gives them, (people, sessions, statistics)."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), {"told": told})
        return score(agent, SUITE, SUITE.options(agent.options), journal, "lives", told)["scores"]


def cells(scores: NDArray[np.float64]) -> list[str]:
    """`SHOWN` over whole lives, then the timing in the last sessions."""
    whole, late = summed(scores.sum(axis=1)), summed(scores[:, -LATE:].sum(axis=1))
    found = [_cell(interval(METRICS[name].of, whole), name) for name in SHOWN]
    return [*found, _cell(interval(METRICS["timing_right"].of, late), "timing_right")]


def _cell(found: Interval, name: str) -> str:
    kind = "+.3f" if name == "reward" else ".1%"
    return f"{found.mean:{kind}} ({found.low:{kind}} to {found.high:{kind}})"


def compared(name: str, one: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    """The difference of the share of well predicted timings, paired over people."""
    shares = []
    for scores in (one, other):
        sums = summed(scores.sum(axis=1))
        shares.append(np.asarray(sums["timing_right"] / sums["points"]))
    found = paired_difference(shares[0], shares[1], 0)
    return f"- {name}: {100 * found.mean:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    scores = {
        name: play(SteeringAgent(view), told)
        for name, (view, told) in track(CONDITIONS.items(), "conditions")
    }
    heads = ["reward", "timing predicted", "balanced accuracy", "autonomy", "style"]
    lines = [f"| known | {' | '.join(heads)} | timing, last {LATE} sessions |"]
    lines.append("|---|" + "---:|" * (len(heads) + 1))
    lines += [f"| {name} | {' | '.join(cells(found))} |" for name, found in scores.items()]
    lines += ["", "Percentage points of timings predicted, paired over people:", ""]
    lines.append(
        compared("reactions minus survey", scores["reactions only"], scores["survey only"])
    )
    lines.append(
        compared("both minus survey", scores["survey and reactions"], scores["survey only"])
    )
    lines.append(
        compared("both minus reactions", scores["survey and reactions"], scores["reactions only"])
    )
    print("\n".join(lines))
    if given.markdown:
        head = "# What people say against what they do\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
