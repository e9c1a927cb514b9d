"""What agents do, beside what people would have liked best: shares of timings, autonomy and style.

Run `python benchmarks/habits.py --markdown docs/habits.md`. Agents with weights are trained as the
quick suite trains them (once), and play the validation people's lives of that suite. What people
would have liked best is the action of the highest expected reward, at neutral trust and rested.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_agents.registry import AGENTS, make
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.referee import Referee
from proactive_gym.evaluation.scoring import seen_scenarios
from proactive_gym.evaluation.suites import SUITES, begin
from proactive_gym.evaluation.training import train
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import AUTONOMY, TIMINGS

SUITE = SUITES["quick-v0"]
MODELS = Path("runs/out/models")
Codes = NDArray[np.int64]


def played(name: str) -> tuple[Codes, Codes]:
    """What an agent did and what people would have liked best, each (points, 4)."""
    weights = None
    if AGENTS[name].trainer:
        given = SUITE.training.get(name, {})
        weights = train(name, {**given, "seed": SUITE.training_seeds[0]}, MODELS).path
    agent = make(name, weights)
    options = SUITE.options(agent.options)
    engine = begin(SUITE, options, np.arange(len(options.pool())))
    done, liked = [], []
    for step in play(agent, engine, Referee(seen_scenarios())):
        done.append(step.action)
        liked.append(ACTIONS[step.noted.value.reshape(engine.slots, -1).argmax(axis=1)])
    return np.concatenate(done), np.concatenate(liked)


def row(name: str, actions: Codes) -> str:
    """Shares as a line of the table; those of manner are of the messages."""
    said = actions[actions[:, 0] > 0]
    shares = [np.mean(actions[:, 0] == i) for i in range(len(TIMINGS))]
    if len(said):
        shares += [np.mean(said[:, 1] == i) for i in range(len(AUTONOMY))]
        shares += [said[:, 2].mean(), said[:, 3].mean()]
    cells = [f"{share:.0%}" for share in shares] + ["-"] * (9 - len(shares))
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    heads = ("agent", *TIMINGS, *AUTONOMY, "detailed", "formal")
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for name in AGENTS:
        actions, liked = played(name)
        if len(lines) == 2:
            lines.append(row("what people would like best", liked))
        lines.append(row(name, actions))
        print("\n".join(lines) if len(lines) == 4 else lines[-1], flush=True)
    if given.markdown:
        head = (
            "# What agents do\n\nWritten by `python benchmarks/habits.py`: the quick suite's lives "
            "of the validation people. Timing is of all points, the rest of messages.\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
