"""`Routines`: what the world keeps of people, a few bytes each, with the tables they live by."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas.people import People
from proactive_gym.vocabulary import CHRONOTYPES, CONDITIONS, FACTS, HOUSEHOLDS
from proactive_gym.world.assumptions import WorldAssumptions
from proactive_gym.world.calendar import Calendar, company_class, mode_class
from proactive_gym.world.catalogue import Catalogue, bits_of
from proactive_gym.world.pursuits import TRAITS
from proactive_gym.world.scenarios import ScenarioTable
from proactive_gym.world.weeks import ALONE, HOUSEHOLD_GROUPS, OCCUPATIONS

RETIREMENT_AGE = 60  # without work or studies
PART_TIME_AGE = 67  # with work
SCHOOL_PARENT_AGE = 60  # from here on, school children alone do not make the day
SPORTY_AGE = 75  # below it people go to a gym

ScenarioSet = Literal["all", "seen"]


@dataclass(frozen=True, eq=False)
class Routines:
    """N people as the world sees them. Build once with `of` and pass to every call.

    Attributes:
        facts: uint32 (N,), a bit for each of `FACTS`.
        occupation: uint8 (N,), code in `OCCUPATIONS`.
        traits: uint8 (N,), a bit for each of `TRAITS`.
        mode: uint8 (N,), row of `Calendar.modes`.
        company: uint8 (N,), row of `Calendar.alone`.
        clock: float32 (N,), shift of free hours by chronotype, hours.
        calendar: The days and weeks.
        catalogue: The scenarios that may be noticed.
        table: All scenarios.
        assumptions: The assumed numbers.
    """

    facts: NDArray[np.uint32]
    occupation: NDArray[np.uint8]
    traits: NDArray[np.uint8]
    mode: NDArray[np.uint8]
    company: NDArray[np.uint8]
    clock: NDArray[np.float32]
    calendar: Calendar
    catalogue: Catalogue
    table: ScenarioTable
    assumptions: WorldAssumptions

    def __len__(self) -> int:
        """The number of people."""
        return len(self.facts)

    @classmethod
    def of(
        cls,
        people: People,
        assumptions: WorldAssumptions | None = None,
        scenarios: ScenarioSet = "all",
        table: ScenarioTable | None = None,
    ) -> "Routines":
        """The routines of `people`.

        Args:
            people: Real or sampled people.
            assumptions: By default those of `WorldAssumptions()`.
            scenarios: "seen" leaves out those kept back to test whether assistants generalise.
            table: By default the packaged scenarios.

        Raises:
            InvalidOptionError: `scenarios` is neither "all" nor "seen".
        """
        if scenarios not in ("all", "seen"):
            raise InvalidOptionError(f'scenarios must be "all" or "seen", not {scenarios!r}')
        numbers = assumptions or WorldAssumptions()
        scenario_table = table or ScenarioTable.load()
        allowed = scenario_table.seen if scenarios == "seen" else None
        groups = np.array([list(ALONE).index(HOUSEHOLD_GROUPS[h]) for h in HOUSEHOLDS], np.int8)
        shifts = (numbers.early_bird_shift_h, 0.0, numbers.night_owl_shift_h)
        shift_of = dict(zip(("early bird", "in between", "night owl"), shifts, strict=True))
        clock_shifts = np.array([shift_of[c] for c in CHRONOTYPES], dtype=np.float32)
        return cls(
            facts=bits_of(people.facts),
            occupation=occupation_of(people),
            traits=_traits(people),
            mode=mode_class(_fact(people, "drives"), people.settlement),
            company=company_class(groups[people.household], _fact(people, "partner")),
            clock=clock_shifts[people.chronotype],
            calendar=Calendar.load(),
            catalogue=Catalogue.of(scenario_table, numbers, allowed),
            table=scenario_table,
            assumptions=numbers,
        )


def occupation_of(people: People) -> NDArray[np.uint8]:
    """What fills each person's weekdays: uint8 (N,), code in `OCCUPATIONS`.

    Work comes before studies, studies before children; whoever has none of them is retired from 60
    on and at home before. Whoever still works at 67 works part of the week.
    """
    works, desk = _fact(people, "works"), _fact(people, "desk_work")
    studies = _fact(people, "studies")
    late = works & (people.age >= PART_TIME_AGE)
    school_parent = _fact(people, "school_children") & (people.age < SCHOOL_PARENT_AGE)
    cases = {
        "shifts": works & _fact(people, "shift_work"),
        "office_and_study": works & studies & desk,
        "hands_on_and_study": works & studies,
        "office_part_time": late & desk,
        "hands_on_part_time": late,
        "office": works & desk,
        "hands_on": works,
        "study": studies,
        "carer": _fact(people, "small_children") | school_parent,
        "retired": people.age >= RETIREMENT_AGE,
    }
    codes = [OCCUPATIONS.index(name) for name in cases]
    chosen = np.select(list(cases.values()), codes, OCCUPATIONS.index("home"))
    return chosen.astype(np.uint8)


def _fact(people: People, name: str) -> NDArray[np.bool_]:
    return people.facts[:, FACTS.index(name)]


def _traits(people: People) -> NDArray[np.uint8]:
    traits = {
        "children": _fact(people, "small_children") | _fact(people, "school_children"),
        "cohabits": (people.household != HOUSEHOLDS.index("lives alone"))
        & (people.household != HOUSEHOLDS.index("lives in assisted housing")),
        "sporty": people.age < SPORTY_AGE,
        "walks": people.condition != CONDITIONS.index("wheelchair user"),
    }
    return bits_of(np.stack([traits[name] for name in TRAITS], axis=1)).astype(np.uint8)
