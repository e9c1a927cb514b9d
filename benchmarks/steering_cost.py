"""What steering costs: while the model speaks, and for each reaction.

Run `python benchmarks/steering_cost.py --markdown docs/steering_cost.md`. The hook is timed against
the plain model, in turns, on the same prompts; the update against fine-tuning adapters to each
person, for one person and for many at once. Ratios are what to read: times are this machine's.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from proactive_agents.lm import embedded
from proactive_agents.lm.finetune import FineTunedAgent
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.situations import training_situations
from proactive_agents.steering.agent import SteeringAgent
from proactive_agents.steering.basis import Basis
from proactive_agents.steering.hook import steered
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.playing import play
from proactive_gym.streams import derive

TOKENS, TURNS = 24, 15


def overhead(batch: int) -> float:
    """Time of generating with the hook over that without, the median of turns."""
    model, basis = LanguageModel.load(embedded.POPULATION), Basis.load()
    situations = training_situations()[:batch]
    line = "\nTue 14h, relaxing, at home, alone, at a break,"
    prompts = [model.prompt(s.domain, s.situation, line) for s in situations]
    rows = [model.reply_ids(p, (1, 1, 0, 0)) for p in prompts]
    longest = max(map(len, rows))
    ids = torch.tensor([[0] * (longest - len(r)) + r for r in rows])
    mask = (ids > 0) * 1
    added = torch.randn(batch, 4, basis.directions.shape[1]) * 0.1
    columns = torch.arange(longest - 5, longest - 1).expand(batch, -1)

    def generate() -> None:
        model.model.generate(
            input_ids=ids,
            attention_mask=mask,
            min_new_tokens=TOKENS,
            max_new_tokens=TOKENS,
            do_sample=False,
        )

    def hooked() -> None:
        with steered(model.layers[-1], added, columns):
            generate()

    return _ratio(hooked, generate)


def _ratio(one: Callable[[], None], other: Callable[[], None]) -> float:
    one(), other()
    found = []
    for _ in range(TURNS):
        times = [_seconds(one), _seconds(other), _seconds(other), _seconds(one)]
        found.append((times[0] + times[3]) / (times[1] + times[2]))
    return float(np.median(found))


def _seconds(call: Callable[[], None]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def reactions(agent: Any, people: int, sessions: int = 1) -> tuple[float, int]:
    """Milliseconds a person for learning from a reaction (median), and bytes a person."""
    options = Options(people="validation", sessions=sessions, **agent.options)
    engine = Engine(options, people)
    engine.reset(engine.everyone, derive(7, engine.everyone), engine.everyone % len(engine.people))
    learn, times = agent.observe, []

    def timed(shown: np.ndarray) -> None:
        times.append(_seconds(lambda: learn(shown)))

    agent.observe = timed
    for _ in play(agent, engine, note=lambda engine: None):
        pass
    size = sum(a.nbytes for a in agent.state().values()) // people
    return 1e3 * float(np.median(times)) / people, size


def main() -> None:
    """Print the tables; write them as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    lines = ["| speaking with the hook, over the plain model | ratio |", "|---|---:|"]
    lines += [f"| batch of {n} | {overhead(n):.3f} |" for n in (1, 64)]
    lines += ["", "| learning from a reaction | people at once | ms a person | bytes a person |"]
    lines += ["|---|---:|---:|---:|"]
    makers = {"steering": SteeringAgent, "adapters fine-tuned to the person": FineTunedAgent}
    for name, make in makers.items():
        for people in (1, 64):
            ms, size = reactions(make(), people)
            lines.append(f"| {name} | {people} | {ms:.3f} | {size:,} |")
    print("\n".join(lines))
    if given.markdown:
        head = "# What steering costs\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
