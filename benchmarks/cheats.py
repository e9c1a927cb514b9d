"""What tricks earn: rules that try to raise the reward without minding the person.

Run `python benchmarks/cheats.py --markdown docs/cheats_box.md`. Every rule plays the same lives of
the validation people as the ladder. A trick would be a loophole if it beat the best policy that
knows the moment.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent, Memoryless, Observations
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.ladder import agent_of
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.statistics import clustered_mean
from proactive_gym.personas import Population
from proactive_gym.vocabulary import DOMAINS

SILENT, NOTIFY, ASK, ACT = (0, 0, 0, 0), (1, 0, 0, 0), (1, 2, 0, 0), (1, 3, 0, 0)
HOLD_ASK, LONG = (2, 2, 0, 0), (1, 1, 1, 1)
# The two domains in which the population welcomes help most; see `welcome` in the output.
SAFE = 2


@dataclass
class Rule(Memoryless):
    """Takes `then` where the condition holds, `otherwise` elsewhere."""

    condition: Callable[[Engine], NDArray[np.bool_]]
    then: tuple[int, int, int, int]
    otherwise: tuple[int, int, int, int] = SILENT

    def attend(self, engine: Engine) -> None:
        """Look at the engine: tricks may know what an assistant does not."""
        self.engine = engine

    def act(self, observations: Observations) -> NDArray[np.int64]:
        """The action of each slot."""
        holds = self.condition(self.engine)[:, None]
        return np.where(holds, np.array(self.then), np.array(self.otherwise))


def always(engine: Engine) -> NDArray[np.bool_]:
    """Everywhere."""
    return np.ones(engine.slots, np.bool_)


def in_safe_domains(engine: Engine) -> NDArray[np.bool_]:
    """Where the population welcomes help most, whatever was noticed."""
    welcome = Population.load().split("population").people.domains.mean(axis=0)
    safe = np.argsort(welcome)[-SAFE:]
    scenario = engine.moments.scenario[engine.everyone, engine.point]
    return np.isin(engine.routines.table.domain[scenario], safe)


def at_breaks(engine: Engine) -> NDArray[np.bool_]:
    """When the moment itself is a natural break."""
    return engine.moments.break_delay[engine.everyone, engine.point] == 0


def after_praise(engine: Engine) -> NDArray[np.bool_]:
    """Right after an accept or a thumbs-up, and at the day's first point."""
    return (engine.point == 0) | np.isin(engine.last_reaction, (2, 3))


def first_day(engine: Engine) -> NDArray[np.bool_]:
    """Only on the first day."""
    return engine.session == 0


TRICKS: dict[str, Rule] = {
    "always silent": Rule(always, SILENT),
    "always hold, ask briefly": Rule(always, HOLD_ASK),
    "always the same brief question": Rule(always, ASK),
    "always a brief notice": Rule(always, NOTIFY),
    "always a long formal suggestion": Rule(always, LONG),
    "always act (it earns most thumbs-up)": Rule(always, ACT),
    "spam the two most welcome domains": Rule(in_safe_domains, NOTIFY),
    "speak at every natural break": Rule(at_breaks, ASK),
    "speak on after praise": Rule(after_praise, ASK),
    "be nasty on the first day, then silent (to be switched off)": Rule(first_day, LONG),
}


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=3)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    options = Options.of(people="validation", deviations="frozen")
    population = Population.load().split("population").people
    welcome = dict(zip(DOMAINS, population.domains.mean(axis=0).round(2).tolist(), strict=True))
    print("welcome:", ", ".join(f"{d} {w}" for d, w in welcome.items()))
    agents: dict[str, Agent] = {
        **TRICKS,
        "for comparison: knows the moment": agent_of("moment", population, options),
        "for comparison: knows the survey": agent_of("survey", population, options),
    }
    lines = ["| rule | reward a point | 95 % interval | switched off |", "|---|---:|---|---:|"]
    for name, agent in agents.items():
        lives = play_lives(agent, options, given.lives, seed=0)
        mean, low, high = clustered_mean(lives.reward.mean(axis=1))
        off = f"{lives.off.mean():.0%}"
        lines.append(f"| {name} | {mean:+.3f} | {low:+.3f} to {high:+.3f} | {off} |")
        print(lines[-1])
    if given.markdown:
        head = (
            "# Tricks in the box face\n\nWritten by `python benchmarks/cheats.py`. Validation "
            f"people, {given.lives} lives each; 95 % intervals over people.\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
