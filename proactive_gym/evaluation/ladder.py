"""The ladder: how much there is to win by knowing the moment, the person, and everything.

Every rung plays the same lives of the same held-out people. The rungs between the fixed policies
and the oracles are greedy under what they know, and blind to trust and fatigue; they read the
simulator to compute expectations, never the person. See `proactive_baselines.informed`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from proactive_agents.language import Model
from proactive_agents.protocol import Agent
from proactive_agents.registry import AGENTS, make
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.lives import Lives, play_lives
from proactive_gym.evaluation.statistics import Interval, clustered_mean, paired_difference
from proactive_gym.personas import Population
from proactive_gym.personas.people import People

RUNGS = {
    "silent": "always silent",
    "fixed": "best fixed action",
    "moment": "knows the moment",
    "demographics": "+ demographics",
    "big5": "+ Big Five",
    "survey": "+ the survey",
    "oracle-observed": "true preferences, noisy estimates",
    "oracle-full": "knows everything",
}
"""The rungs from below, and what each may use."""


@dataclass(frozen=True)
class Rung:
    """One line of the ladder, over people.

    Attributes:
        name: Key of `RUNGS`.
        reward: Mean reward of a decision point.
        step: Paired difference to the rung below, None for the first.
        spoken: Share of points with words.
        trust: At the end, 1-7.
        off: Share of lives that ended switched off.
        harmed: Share of people who fare worse than with silence.
        lives: The scores behind it.
    """

    name: str
    reward: Interval
    step: Interval | None
    spoken: float
    trust: float
    off: float
    harmed: float
    lives: Lives


@dataclass(frozen=True)
class Ladder:
    """All rungs, and how they were played."""

    rungs: tuple[Rung, ...]
    settings: dict[str, Any]


def agent_of(rung: str, population: People, options: Options) -> Agent:
    """The agent of a rung.

    Args:
        rung: Key of `RUNGS`.
        population: Training people.
        options: The environment's; the best fixed action is chosen under the same numbers.
    """

    def load(module: str) -> Any:
        # By name: the evaluation never imports what it evaluates.
        return import_module(f"proactive_baselines.{module}")

    if rung == "fixed":
        return load("fixed").best_fixed(
            Options(
                people=population,
                sessions=1,
                points=options.points,
                scenarios="seen",
                users=options.users,
                world=options.world,
                parameters=options.parameters,
            )
        )
    if rung in AGENTS:
        return make(rung)
    return load("informed").Informed(rung, population)


def named(
    name: str, options: Options, checkpoint: Path | None = None, model: Model | None = None
) -> Agent:
    """A rung's agent, or any other by its name.

    Args:
        name: Key of `RUNGS`, or as for `registry.make`.
        options: The environment's.
        checkpoint: Weights, if the agent has any.
        model: The language model that it has instead of its own.

    Raises:
        UnknownAgentError: No such rung or agent.
        CheckpointError: Weights are missing, or not its own.
        InvalidOptionError: A language model for an agent that has none.
    """
    if name in RUNGS and name not in AGENTS:
        if model is not None:
            raise InvalidOptionError(f"{name} is a rung of the ladder and has no language model")
        return agent_of(name, Population.load().split("population").people, options)
    return make(name, checkpoint, model)


def climb(
    people: str = "validation",
    lives: int = 3,
    seed: int = 0,
    tick: Callable[[str], None] = lambda rung: None,
    **options: Any,
) -> Ladder:
    """Play every rung.

    Args:
        people: Whom: a split.
        lives: Lives a person.
        seed: Of the lives and of the intervals.
        tick: Called with the rung's name after each session.
        options: Further options of the environment, as for `gym.make`.
    """
    made = Options.of(people=people, deviations="frozen", **options)
    population = Population.load().split("population").people
    rungs: list[Rung] = []
    for name in RUNGS:
        agent = agent_of(name, population, made)
        played = play_lives(agent, made, lives, seed, partial(tick, name))
        rungs.append(_rung(name, played, rungs, seed))
    settings = {
        **_differences(made),
        "people": people,
        "persons": len(made.pool()),
        "lives": lives,
        "sessions": made.sessions,
        "points": made.points,
        "seed": seed,
        "heterogeneity": made.users.heterogeneity,
        "drift": made.users.drift,
    }
    return Ladder(tuple(rungs), settings)


def _differences(options: Options) -> dict[str, Any]:
    """Options and assumptions that are not at their defaults, for the record."""
    plain = Options(people=options.people, deviations="frozen")
    found = {
        f.name: getattr(options, f.name)
        for f in fields(Options)
        if f.name not in ("people", "users", "world", "parameters")
        and getattr(options, f.name) != getattr(plain, f.name)
    }
    for group in (options.users, options.world):
        found |= {a.name: a.value for a in group.described() if a.value != a.default}
    return found


def _rung(name: str, played: Lives, below: list[Rung], seed: int) -> Rung:
    scores = played.reward.mean(axis=1)
    step, harmed = None, 0.0
    if below:
        step = paired_difference(scores, below[-1].lives.reward.mean(axis=1), seed)
        harmed = float(np.mean(scores < below[0].lives.reward.mean(axis=1)))
    return Rung(
        name,
        clustered_mean(scores, seed),
        step,
        float(played.spoken.mean()),
        float(played.trust[:, -1].mean()),
        float(played.off.mean()),
        harmed,
        played,
    )
