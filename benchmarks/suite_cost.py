"""How long the language-model arms of the quick suite take to decide and to learn.

Run `python benchmarks/suite_cost.py --markdown docs/suite_cost.md`. One process, as many threads as
there are cores; what is measured is the time in which agents decide and observe, not the people and
the scores. Before that, states are read in turns by the pass that the embedded models have here and
by the one that transformers has for every model: that ratio is what to read, seconds are this
machine's.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch

from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.llama import reader_of
from proactive_agents.lm.memory import embedded_memory
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.registry import make
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.evaluation.journal import Journal
from proactive_gym.evaluation.scoring import score
from proactive_gym.evaluation.suites import suite_of
from proactive_gym.streams import derive

ARMS = (
    "lm-untuned",
    "lm-direct",
    "lm-population",
    "steering-none",
    "steering",
    "steering-survey",
)
TURNS, PROMPTS, LIMIT_S = 9, 240, 90


class Clock:
    """Seconds spent in functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        def call(*given: Any) -> Any:
            started = perf_counter()
            made = function(*given)
            self.seconds += perf_counter() - started
            return made

        return call


def reading() -> float:
    """Time of reading states by transformers over that of the pass used here, median of turns."""
    model = embedded_memory("population").model
    engine = Engine(Options(people="validation"), PROMPTS)
    engine.reset(engine.everyone, derive(0, engine.everyone), engine.everyone % 80)
    observations = Observer(engine)(engine, engine.point)
    moments = moments_of(Seen.of(observations))
    prompts = prompts_of(model, moments, situations_of(observations))
    ratios = []
    ways = [reader_of(model), model.states]
    for turn in range(TURNS + 1):
        clocks = [Clock(), Clock()]
        for i in (0, 1) if turn % 2 else (1, 0):
            clocks[i].timed(ways[i])(prompts)
        ratios.append(clocks[1].seconds / clocks[0].seconds)
    return float(np.median(ratios[1:]))


def deciding(name: str) -> float:
    """Seconds in which an arm of the quick suite decides and observes."""
    suite, clock = suite_of("quick-v0"), Clock()
    agent: Any = make(name)
    agent.act, agent.observe = clock.timed(agent.act), clock.timed(agent.observe)
    options = suite.options(agent.options)
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), {})
        for told in (True, False) if getattr(agent, "adapts", False) else (True,):
            score(agent, suite, options, journal, f"told {told}", told)
    return clock.seconds


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", type=Path)
    path = parser.parse_args().markdown
    ratio = reading()
    seconds = {name: deciding(name) for name in ARMS}
    rows = [f"| {name} | {s:.0f} |" for name, s in seconds.items()]
    lines = [
        "# Language-model time of the quick suite",
        "",
        f"`python benchmarks/suite_cost.py`, {torch.get_num_threads()} threads. States of "
        f"{PROMPTS} moments take transformers {ratio:.2f} times as long as the pass used here.",
        "",
        "| arm | seconds deciding and observing |",
        "|---|---:|",
        *rows,
        f"| **all** | **{sum(seconds.values()):.0f}** |",
        "",
        f"The aim is {LIMIT_S} seconds. Arms that share a model share its states: the first one to "
        "play pays for them. An adapting arm plays twice, once as a copy that is told nothing.",
    ]
    text = "\n".join(lines) + "\n"
    if path:
        path.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
