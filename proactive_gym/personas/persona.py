"""`Persona`: one synthetic person, with name and texts, as `personas.jsonl` describes them."""

from dataclasses import dataclass
from pathlib import Path

from proactive_gym.data.records import Row, data_path, read_jsonl
from proactive_gym.personas.people import (
    AGE_RANGE,
    ANSWER_RANGE,
    BIG5_RANGE,
    TECH_COMFORT_RANGE,
)
from proactive_gym.vocabulary import (
    BIG5,
    CHRONOTYPES,
    CONDITIONS,
    DEVICES,
    DOMAINS,
    FACTS,
    GENDERS,
    HOUSEHOLDS,
    SETTLEMENTS,
    SURVEY_ITEMS,
)


@dataclass(frozen=True, slots=True)
class Persona:
    """One person; the data card `data/personas.md` explains every field.

    `big5` is in the order of `BIG5`, `survey` of `SURVEY_ITEMS`, `domains` of `DOMAINS`; `facts`
    are the words that hold, in the order of `FACTS`. `answers` gives the 39 answers by name.
    """

    id: str
    name: str
    age: int
    gender: str
    country: str
    settlement: str
    occupation: str
    household: str
    condition: str
    devices: str
    chronotype: str
    tech_comfort: int
    big5: tuple[float, ...]
    bio: str
    routine: str
    quote: str
    survey: tuple[int, ...]
    domains: tuple[int, ...]
    facts: tuple[str, ...]

    @property
    def answers(self) -> dict[str, int]:
        """Survey and domain answers (1-7) by item: "T1" ... "R4", "calendar" ..."""
        items = (*SURVEY_ITEMS, *DOMAINS)
        return dict(zip(items, (*self.survey, *self.domains), strict=True))


def load_personas(path: Path | None = None) -> tuple[Persona, ...]:
    """Read `personas.jsonl`; by default the packaged one.

    Raises:
        DataError: A line is broken; the message names file, line and field.
    """
    return read_jsonl(path or data_path("personas.jsonl"), _persona, unique="id")


def _persona(row: Row) -> Persona:
    facts = row.choices("facts", FACTS)
    return Persona(
        id=row.identifier("id"),
        name=row.text("name"),
        age=row.integer("age", *AGE_RANGE),
        gender=row.choice("gender", GENDERS),
        country=row.text("country"),
        settlement=row.choice("settlement", SETTLEMENTS),
        occupation=row.text("occupation"),
        household=row.choice("household", HOUSEHOLDS),
        condition=row.choice("condition", CONDITIONS),
        devices=row.choice("devices", DEVICES),
        chronotype=row.choice("chronotype", CHRONOTYPES),
        tech_comfort=row.integer("tech_comfort", *TECH_COMFORT_RANGE),
        big5=row.number_mapping("big5", BIG5, *BIG5_RANGE),
        bio=row.text("bio"),
        routine=row.text("routine"),
        quote=row.text("quote"),
        survey=row.integer_mapping("survey", SURVEY_ITEMS, *ANSWER_RANGE),
        domains=row.integer_mapping("domains", DOMAINS, *ANSWER_RANGE),
        facts=tuple(fact for fact in FACTS if fact in facts),
    )
