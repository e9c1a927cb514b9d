"""The options of `gym.make`, checked once."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from proactive_gym.envs.checks import shown
from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas import Population
from proactive_gym.personas.people import People
from proactive_gym.users import Parameters, UserAssumptions
from proactive_gym.world import WorldAssumptions
from proactive_gym.world.routines import ScenarioSet

PROFILES = ("none", "demographics", "survey")
"""From the least told to the most."""
HISTORIES = ("last", "counts")
USERS = ("simulated",)
SCENARIO_SETS = ("all", "seen")
DEVIATIONS = ("redrawn", "frozen")
_CHOICES = {
    "profile": PROFILES,
    "history": HISTORIES,
    "user": USERS,
    "scenarios": SCENARIO_SETS,
    "deviations": DEVIATIONS,
}
_KINDS = {"users": UserAssumptions, "world": WorldAssumptions, "parameters": Parameters}
LONGEST = 65_535
"""Decision points in the longest episode: reactions are counted in 16 bits."""

PeopleOption = str | Iterable[str] | People | Population


@dataclass(frozen=True)
class Options:
    """How an environment is set up.

    Attributes:
        people: A split, persona ids, a `Population` or `People`.
        sessions: Sessions an episode.
        points: Decision points a session.
        profile: What the device knows of the person: "none", "demographics" or "survey".
        history: "last" (the last visible reaction) or "counts" (all so far, besides).
        user: Who fills the seat; "simulated".
        scenarios: "all", or "seen" for those that assistants may train on.
        deviations: "redrawn" for each episode, or "frozen" by person.
        end_when_off: Whether being switched off ends the episode at once.
        users: The assumed numbers of the people.
        world: The assumed numbers of the world.
        parameters: The fitted numbers of the people; the packaged ones by default.

    Raises:
        InvalidOptionError: Any of them is out of range or unknown.
    """

    people: PeopleOption = "population"
    sessions: int = 10
    points: int = 20
    profile: str = "demographics"
    history: str = "last"
    user: str = "simulated"
    scenarios: ScenarioSet = "all"
    deviations: str = "redrawn"
    end_when_off: bool = False
    users: UserAssumptions = field(default_factory=UserAssumptions)
    world: WorldAssumptions = field(default_factory=WorldAssumptions)
    parameters: Parameters = field(default_factory=Parameters.load)

    def __post_init__(self) -> None:
        """Refuse what cannot work, and bring what can into one form."""
        for name in ("sessions", "points"):
            object.__setattr__(self, name, _count(name, getattr(self, name)))
        length = self.sessions * self.points
        if length > LONGEST:
            raise InvalidOptionError(f"sessions x points exceeds {LONGEST:,}: {length:,}")
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in allowed:
                raise InvalidOptionError(
                    f"{name} must be one of {', '.join(allowed)}, not {shown(value)}"
                )
        if not isinstance(self.end_when_off, bool | np.bool_):
            raise InvalidOptionError(f"end_when_off must be a bool, not {shown(self.end_when_off)}")
        object.__setattr__(self, "end_when_off", bool(self.end_when_off))
        for name, kind in _KINDS.items():
            if not isinstance(getattr(self, name), kind):
                raise InvalidOptionError(
                    f"{name} must be {kind.__name__}, not {shown(getattr(self, name))}"
                )
        object.__setattr__(self, "people", _checked_people(self.people))

    @classmethod
    def of(
        cls, drift: float | None = None, heterogeneity: float | None = None, **options: Any
    ) -> "Options":
        """Options from keywords; `drift` and `heterogeneity` replace what `users` says of them.

        Raises:
            InvalidOptionError: A keyword is unknown, or a value out of range.
        """
        known = [f.name for f in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise InvalidOptionError(
                f"unknown option {unknown[0]!r}; there are {', '.join(known)}, drift and "
                "heterogeneity"
            )
        short = {"drift": drift, "heterogeneity": heterogeneity}
        given = {name: value for name, value in short.items() if value is not None}
        made = cls(**options)
        return replace(made, users=replace(made.users, **given)) if given else made

    def pool(self) -> People:
        """The people who may take a seat.

        Raises:
            UnknownPersonError: A split or an id that the population does not hold.
            InvalidOptionError: Nobody, or something that is not people.
        """
        people = _people(self.people)
        if not len(people):
            raise InvalidOptionError("people is empty: name a split, persona ids or People")
        return people


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= 1000:
        raise InvalidOptionError(f"{name} must be an integer from 1 to 1000, not {shown(value)}")
    return int(value)


def _checked_people(option: Any) -> str | tuple[str, ...] | People | Population:
    """The option, with ids as a tuple: an iterator would be used up after the first look."""
    if isinstance(option, str | People | Population):
        return option
    if not isinstance(option, Iterable):
        raise InvalidOptionError(
            f"people must be a split, persona ids, a Population or People, not {shown(option)}"
        )
    ids = tuple(option)
    for person in ids:
        if not isinstance(person, str):
            raise InvalidOptionError(
                f'people lists persona ids such as "p0042", not {shown(person)}'
            )
    if len(set(ids)) < len(ids):
        raise InvalidOptionError("people lists an id twice")
    return ids


def _people(option: PeopleOption) -> People:
    if isinstance(option, People):
        return option
    if isinstance(option, Population):
        return option.people
    everyone = Population.load()
    if not isinstance(option, str):
        return everyone.subset(option).people
    if option in everyone.ids:
        return everyone.subset([option]).people
    return everyone.split(option).people
