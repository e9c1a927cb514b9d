"""The options of `gym.make`, checked once."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas import Population
from proactive_gym.personas.people import People
from proactive_gym.users import UserAssumptions
from proactive_gym.vocabulary import SPLITS
from proactive_gym.world import WorldAssumptions

PROFILES = ("none", "demographics", "survey")
HISTORIES = ("last", "counts")
USERS = ("simulated",)
SCENARIO_SETS = ("all", "seen")
DEVIATIONS = ("redrawn", "frozen")

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

    Raises:
        InvalidOptionError: Any of them is out of range or unknown.
    """

    people: PeopleOption = "population"
    sessions: int = 10
    points: int = 20
    profile: str = "demographics"
    history: str = "last"
    user: str = "simulated"
    scenarios: str = "all"
    deviations: str = "redrawn"
    end_when_off: bool = False
    users: UserAssumptions = UserAssumptions()
    world: WorldAssumptions = WorldAssumptions()

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for name in ("sessions", "points"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
                raise InvalidOptionError(f"{name} must be an integer from 1 to 1000, not {value!r}")
        choices = {
            "profile": PROFILES,
            "history": HISTORIES,
            "user": USERS,
            "scenarios": SCENARIO_SETS,
            "deviations": DEVIATIONS,
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise InvalidOptionError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        if not isinstance(self.end_when_off, bool):
            raise InvalidOptionError(f"end_when_off must be a bool, not {self.end_when_off!r}")

    @classmethod
    def of(
        cls, drift: float | None = None, heterogeneity: float | None = None, **options: Any
    ) -> "Options":
        """Options from keywords; `drift` and `heterogeneity` are shorthands into `users`.

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


def _people(option: PeopleOption) -> People:
    if isinstance(option, People):
        return option
    if isinstance(option, Population):
        return option.people
    if isinstance(option, str):
        everyone = Population.load()
        if option in SPLITS or not option.startswith("p"):
            return everyone.split(option).people
        return everyone.subset([option]).people
    if isinstance(option, Iterable):
        return Population.load().subset(option).people
    raise InvalidOptionError(
        f"people must be a split, persona ids, a Population or People, not {option!r}"
    )
