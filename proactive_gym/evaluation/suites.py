"""Frozen suites: whom agents meet, for how long, and with which random numbers.

A suite's name ends in its version; any change that can move a score makes a new one. Life `i` of
the suite's seed `s` is the episode of `gym.make("ProactiveAssist-v0", ...)` after
`reset(seed=life_seed(s, i), options={"persona": ids[i]})`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from proactive_gym.envs.engine import Engine
from proactive_gym.envs.episodes import episode_keys, root_key_of_seed
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError

_APART = 10_000
"""Seeds of lives between two seeds of a suite; more people than any split has."""


@dataclass(frozen=True)
class Suite:
    """One frozen suite.

    Attributes:
        name: With its version.
        people: The split whose people are met.
        seeds: One life of each person for each of these.
        training_seeds: How often agents with weights are trained; each is played.
        training: Arguments of training that differ from an agent's defaults, by agent.
        sessions: Sessions a life.
        points: Decision points a session.
        profile: What the device knows of the person, unless the agent asks for something else.
    """

    name: str
    people: str
    seeds: tuple[int, ...]
    training_seeds: tuple[int, ...]
    training: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sessions: int = 10
    points: int = 20
    profile: str = "demographics"

    def options(self, agent_options: Mapping[str, Any]) -> Options:
        """The environment's options.

        Args:
            agent_options: What the agent needs of the observation: `history`, or to be told less or
                more of the person than the others (`profile`).

        Raises:
            InvalidOptionError: The agent asks for anything else, or for values that do not exist.
        """
        foreign = sorted(set(agent_options) - {"history", "profile"})
        if foreign:
            raise InvalidOptionError(
                f"an agent may choose its history and profile, not {foreign[0]!r}: the suite sets "
                "that"
            )
        given = {"profile": self.profile, **agent_options}
        return Options(
            people=self.people,
            sessions=self.sessions,
            points=self.points,
            deviations="frozen",
            **given,
        )

    def trainings(self, agent: str) -> list[dict[str, Any]]:
        """What each training of an agent is given: its seed, and what differs from the defaults."""
        given = self.training.get(agent, {})
        return [{**given, "seed": seed} for seed in self.training_seeds]

    def described(self) -> dict[str, Any]:
        """Everything that can move a score, as JSON's types."""
        return {
            "name": self.name,
            "people": self.people,
            "seeds": list(self.seeds),
            "training_seeds": list(self.training_seeds),
            "sessions": self.sessions,
            "points": self.points,
            "profile": self.profile,
            "training": {agent: dict(given) for agent, given in self.training.items()},
        }


SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            "standard-v0",
            "test",
            (0, 1, 2),
            (0, 1, 2),
            {"ppo": {"steps": 4_000_000}, "ppo-counts": {"steps": 4_000_000}},
        ),
        Suite(
            "quick-v0",
            "validation",
            (0, 1, 2),
            (0,),
            {"ppo": {"steps": 1_000_000}, "ppo-counts": {"steps": 1_000_000}},
        ),
    )
}


def suite_of(name: str) -> Suite:
    """A suite by name.

    Raises:
        InvalidOptionError: There is none.
    """
    if name not in SUITES:
        raise InvalidOptionError(f"no suite {name!r}: there are {', '.join(SUITES)}")
    return SUITES[name]


def life_seed(seed: int, position: int) -> int:
    """The environment seed of a person's life.

    Args:
        seed: One of the suite's.
        position: Of the person in the suite's split.
    """
    return seed * _APART + position


def begin(suite: Suite, options: Options, positions: np.ndarray) -> Engine:
    """An engine in which all lives of some people have begun, seed by seed.

    Args:
        suite: The suite.
        options: Of the environment.
        positions: The people, (n,); slot j holds person j mod n.
    """
    seeds = [life_seed(s, p) for s in suite.seeds for p in positions.tolist()]
    roots = np.array([root_key_of_seed(s) for s in seeds], np.uint64)
    engine = Engine(options, len(seeds))
    keys = episode_keys(roots, np.zeros(len(seeds), np.uint64))
    engine.reset(engine.everyone, keys, np.tile(positions, len(suite.seeds)))
    return engine
