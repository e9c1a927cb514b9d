"""The data files that describe how people judge: their records and strict loaders.

Judgments, alternatives and diaries are evidence for fitting simulated people; splits say who may
be used for what. Persons are read in `proactive_gym.personas`, scenarios in
`proactive_gym.world`, with the same `read_jsonl` and `Row`.

Each loader checks its own file. `validate` checks the files against each other.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from proactive_gym.data.rows import Row, read_json, read_jsonl
from proactive_gym.errors import DataError
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    DAYS,
    DIARY_EVENTS,
    PLACES,
    REACTIONS,
    STAGES,
    TIMINGS,
    TONES,
    VERBOSITY,
)

__all__ = [
    "BEHAVIOURS",
    "DIARY_DAYS",
    "Alternatives",
    "Behaviour",
    "Diary",
    "Judgment",
    "Ratings",
    "Row",
    "Splits",
    "data_path",
    "load_alternatives",
    "load_diaries",
    "load_judgments",
    "load_splits",
    "read_json",
    "read_jsonl",
    "validate",
]

DIARY_DAYS = 10
_SILENT_REACTIONS: tuple[str, ...] = ("none", "wish")
_SPOKEN_REACTIONS = tuple(r for r in REACTIONS if r not in _SILENT_REACTIONS)
# Nothing can be undone unless the assistant acted.
_NOT_ACTED_REACTIONS = tuple(r for r in _SPOKEN_REACTIONS if r != "undo")


class Behaviour(NamedTuple):
    """What the assistant does; the last three are None when it stays silent."""

    timing: str
    autonomy: str | None = None
    verbosity: str | None = None
    tone: str | None = None

    @property
    def label(self) -> str:
        """The words by which the data file names this behaviour."""
        return " ".join(word for word in self if word is not None)


BEHAVIOURS = (
    Behaviour("silent"),
    Behaviour("hold", "ask", "brief", "casual"),
    Behaviour("now", "notify", "brief", "casual"),
    Behaviour("now", "notify", "detailed", "formal"),
    Behaviour("now", "suggest", "brief", "formal"),
    Behaviour("now", "suggest", "detailed", "casual"),
    Behaviour("now", "ask", "brief", "casual"),
    Behaviour("now", "ask", "detailed", "formal"),
    Behaviour("now", "act", "brief", "casual"),
    Behaviour("now", "act", "detailed", "formal"),
)


@dataclass(frozen=True, slots=True)
class Ratings:
    """How one moment was rated, each 1 (worst) to 5; None where silence leaves nothing to rate."""

    timing: int
    autonomy: int | None
    style: int | None
    satisfaction: int


@dataclass(frozen=True, slots=True)
class Judgment:
    """One moment, what the assistant did in it, and the person's verdict.

    `hour` is in [0, 24). `autonomy`, `verbosity`, `tone` and `message` are None exactly when
    `timing` is "silent"; the reaction is then "none" or "wish" and otherwise neither.
    """

    id: str
    persona: str
    stage: str
    scenario: str
    day: str
    hour: float
    activity: str
    place: str
    alone: bool
    timing: str
    autonomy: str | None
    verbosity: str | None
    tone: str | None
    message: str | None
    ratings: Ratings
    reaction: str
    words: str

    @property
    def behaviour(self) -> Behaviour:
        """What the assistant did."""
        return Behaviour(self.timing, self.autonomy, self.verbosity, self.tone)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One moment in which one person rated ten behaviours side by side.

    `satisfaction[k]` belongs to `BEHAVIOURS[k]`: 0 furious, 5 neutral, 10 delighted.
    `fits_person` says whether the situation could be this person's.
    """

    id: str
    persona: str
    scenario: str
    day: str
    hour: float
    activity: str
    place: str
    alone: bool
    fits_person: bool
    satisfaction: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Diary:
    """Ten days with the assistant, one event a day.

    `trust` (1-7) has eleven values: before the first day and after each of the ten.
    `switched_off_after_day` is 1-10, or None if the person kept the assistant on.
    """

    persona: str
    events: tuple[str, ...]
    trust: tuple[int, ...]
    switched_off_after_day: int | None


@dataclass(frozen=True, slots=True)
class Splits:
    """Ids of persons (population, validation, test) and of scenarios (seen, unseen)."""

    population: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    scenarios_seen: tuple[str, ...]
    scenarios_unseen: tuple[str, ...]


def data_path(name: str) -> Path:
    """Where the packaged data file `name` lies."""
    return Path(__file__).parent / name


def load_judgments(path: Path | None = None) -> tuple[Judgment, ...]:
    """Read `judgments.jsonl`; by default the packaged one.

    Raises:
        DataError: A line is broken; the message names file, line and field.
    """
    return read_jsonl(path or data_path("judgments.jsonl"), _judgment, unique="id")


def load_alternatives(path: Path | None = None) -> tuple[Alternatives, ...]:
    """Read `alternatives.jsonl`; by default the packaged one.

    Raises:
        DataError: A line is broken; the message names file, line and field.
    """
    return read_jsonl(path or data_path("alternatives.jsonl"), _alternatives, unique="id")


def load_diaries(path: Path | None = None) -> tuple[Diary, ...]:
    """Read `diaries.jsonl`; by default the packaged one.

    Raises:
        DataError: A line is broken; the message names file, line and field.
    """
    return read_jsonl(path or data_path("diaries.jsonl"), _diary, unique="persona")


def load_splits(path: Path | None = None) -> Splits:
    """Read `splits.json`; by default the packaged one.

    Raises:
        DataError: The file is broken, or a person or a scenario stands in two splits.
    """
    return read_json(path or data_path("splits.json"), _splits)


def validate(
    judgments: Sequence[Judgment],
    alternatives: Sequence[Alternatives],
    diaries: Sequence[Diary],
    splits: Splits,
    persons: Collection[str],
    scenarios: Collection[str],
) -> None:
    """Check the files against each other.

    Args:
        judgments: As loaded.
        alternatives: As loaded.
        diaries: As loaded.
        splits: As loaded.
        persons: Ids of all persons.
        scenarios: Ids of all scenarios.

    Raises:
        DataError: The splits do not divide exactly these persons and scenarios; a record speaks
            of an unknown person or scenario, or of a test person; or persons have unequally many
            judgments or alternatives, as after a file was cut at a line break.
    """
    _check_same("persons", {*splits.population, *splits.validation, *splits.test}, set(persons))
    _check_same("scenarios", {*splits.scenarios_seen, *splits.scenarios_unseen}, set(scenarios))
    open_persons = {*splits.population, *splits.validation}
    known_scenarios = set(scenarios)
    records: tuple[Judgment | Alternatives | Diary, ...] = (*judgments, *alternatives, *diaries)
    for record in records:
        name = f"{type(record).__name__} of {record.persona}"
        if record.persona not in open_persons:
            raise DataError(f"{name}: not a person of the population or validation split")
        if not isinstance(record, Diary) and record.scenario not in known_scenarios:
            raise DataError(f'{name}: there is no scenario "{record.scenario}"')
    for file, persons_of in (
        ("judgments.jsonl", [j.persona for j in judgments]),
        ("alternatives.jsonl", [a.persona for a in alternatives]),
    ):
        _check_equally_many(file, persons_of)


def _check_same(kind: str, in_splits: set[str], in_file: set[str]) -> None:
    if in_splits != in_file:
        example = min(in_splits ^ in_file)
        where = "splits.json only" if example in in_splits else f"the {kind}' file only"
        raise DataError(f'splits.json does not divide the {kind}: "{example}" is in {where}')


def _check_equally_many(file: str, persons: Sequence[str]) -> None:
    counts = Counter(persons)
    usual = max(counts.values(), default=0)
    for person, count in counts.items():
        if count != usual:
            raise DataError(f"{file}: {person} has {count} lines, other persons have {usual}")


def _judgment(row: Row) -> Judgment:
    timing = row.choice("timing", TIMINGS)
    silent = timing == "silent"
    behaviour = _silence(row) if silent else _speech(row)
    autonomy = behaviour.autonomy
    if silent:
        row.null("message", "when the assistant is silent")
        reactions = _SILENT_REACTIONS
    else:
        reactions = _SPOKEN_REACTIONS if autonomy == "act" else _NOT_ACTED_REACTIONS
    return Judgment(
        id=row.identifier("id"),
        persona=row.identifier("persona"),
        stage=row.choice("stage", STAGES),
        scenario=row.identifier("scenario"),
        day=row.choice("day", DAYS),
        hour=row.hour("hour"),
        activity=row.choice("activity", ACTIVITIES),
        place=row.choice("place", PLACES),
        alone=row.flag("alone"),
        timing=timing,
        autonomy=autonomy,
        verbosity=behaviour.verbosity,
        tone=behaviour.tone,
        message=None if silent else row.text("message"),
        ratings=_ratings(row.nested("ratings"), silent),
        reaction=row.choice("reaction", reactions),
        words=row.text("words"),
    )


def _silence(row: Row) -> Behaviour:
    for name in ("autonomy", "verbosity", "tone"):
        row.null(name, "when the assistant is silent")
    return Behaviour("silent")


def _speech(row: Row) -> Behaviour:
    return Behaviour(
        row.choice("timing", TIMINGS),
        row.choice("autonomy", AUTONOMY),
        row.choice("verbosity", VERBOSITY),
        row.choice("tone", TONES),
    )


def _ratings(row: Row, silent: bool) -> Ratings:
    if silent:
        row.null("autonomy", "when the assistant is silent")
        row.null("style", "when the assistant is silent")
    return Ratings(
        timing=row.integer("timing", 1, 5),
        autonomy=None if silent else row.integer("autonomy", 1, 5),
        style=None if silent else row.integer("style", 1, 5),
        satisfaction=row.integer("satisfaction", 1, 5),
    )


def _alternatives(row: Row) -> Alternatives:
    labels = tuple(behaviour.label for behaviour in BEHAVIOURS)
    return Alternatives(
        id=row.identifier("id"),
        persona=row.identifier("persona"),
        scenario=row.identifier("scenario"),
        day=row.choice("day", DAYS),
        hour=row.hour("hour"),
        activity=row.choice("activity", ACTIVITIES),
        place=row.choice("place", PLACES),
        alone=row.flag("alone"),
        fits_person=row.flag("fits_person"),
        satisfaction=row.integer_mapping("satisfaction", labels, 0, 10),
    )


def _diary(row: Row) -> Diary:
    return Diary(
        persona=row.identifier("persona"),
        events=row.sequence("events", DIARY_EVENTS, DIARY_DAYS),
        trust=row.integers("trust", 1, 7, DIARY_DAYS + 1),
        switched_off_after_day=row.integer_or_none("switched_off_after_day", 1, DIARY_DAYS),
    )


def _splits(row: Row) -> Splits:
    persons: set[str] = set()
    scenarios: set[str] = set()

    def disjoint(name: str, taken: set[str]) -> tuple[str, ...]:
        ids = row.identifiers(name)
        twice = taken.intersection(ids)
        if twice:
            row.fail(name, f"ids that no other split holds (not {min(twice)})")
        taken.update(ids)
        return ids

    return Splits(
        population=disjoint("population", persons),
        validation=disjoint("validation", persons),
        test=disjoint("test", persons),
        scenarios_seen=disjoint("scenarios_seen", scenarios),
        scenarios_unseen=disjoint("scenarios_unseen", scenarios),
    )
