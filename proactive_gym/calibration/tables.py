"""The judged moments as arrays that the fits read: people, situations, actions, answers.

It selects people and codes words; it fits nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.data.records import (
    BEHAVIOURS,
    Alternatives,
    Diary,
    Judgment,
    load_alternatives,
    load_diaries,
    load_judgments,
)
from proactive_gym.personas import Population
from proactive_gym.personas.people import People
from proactive_gym.users.deviations import component_membership, slope_columns
from proactive_gym.users.features import (
    Situation,
    Traits,
    action_components,
    covariates,
    design_matrix,
)
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    DOMAINS,
    FACTS,
    TIMINGS,
    TONES,
    VERBOSITY,
)
from proactive_gym.world.scenarios import Scenario, load_scenarios

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that was said by a group of people, and who they are."""

    people: People
    judgments: tuple[Judgment, ...]
    alternatives: tuple[Alternatives, ...]
    diaries: tuple[Diary, ...]

    @classmethod
    def of_split(cls, split: str) -> Self:
        """The packaged data of the judged people in one split."""
        population = Population.load().split(split)
        judged = {d.persona for d in load_diaries()} & set(population.ids)
        return cls.of_people(population.subset(sorted(judged)).people)

    @classmethod
    def of_people(cls, people: People) -> Self:
        """The packaged data of these people, each of whom is listed once."""
        ids = set(people.ids)
        return cls(
            people,
            tuple(j for j in load_judgments() if j.persona in ids),
            tuple(a for a in load_alternatives() if a.persona in ids),
            tuple(d for d in load_diaries() if d.persona in ids),
        )

    def resample(self, seed: int) -> Self:
        """As many people drawn with replacement; the copies of a person are people of their own.

        Args:
            seed: 0 or more.
        """
        rng = np.random.Generator(np.random.PCG64(seed))
        drawn = np.sort(rng.integers(len(self.people), size=len(self.people)))
        ids = tuple(f"{self.people.ids[i]}#{n}" for n, i in enumerate(drawn))
        copies: dict[str, list[str]] = {}
        for i, name in zip(drawn, ids, strict=True):
            copies.setdefault(self.people.ids[i], []).append(name)
        return type(self)(
            replace(self.people.take(drawn), ids=ids),
            tuple(replace(j, persona=c) for j in self.judgments for c in copies.get(j.persona, ())),
            tuple(
                replace(a, persona=c) for a in self.alternatives for c in copies.get(a.persona, ())
            ),
            tuple(replace(d, persona=c) for d in self.diaries for c in copies.get(d.persona, ())),
        )


@dataclass(frozen=True, eq=False)
class Rows:
    """Behaviours that were rated, one a row.

    Attributes:
        person: (n,), positions in the evidence's people.
        moment: (n,), equal for behaviours judged side by side.
        action: (n, 4), codes of timing, autonomy, verbosity, tone (0 where silent).
        situation: Fields of shape (n,).
        design: Regression columns, (n, terms).
    """

    person: NDArray[np.int64]
    moment: NDArray[np.int64]
    action: NDArray[np.int64]
    situation: Situation
    design: Array

    def select(self, at: NDArray[np.bool_] | NDArray[np.integer]) -> "Rows":
        """Some of the rows, by mask or by position."""
        parts = (self.person[at], self.moment[at], self.action[at])
        return Rows(*parts, self.situation.select(at), self.design[at])

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Which rows are silence."""
        return self.action[:, 0] == 0

    @property
    def acts(self) -> NDArray[np.bool_]:
        """Which rows act without asking."""
        return (self.action[:, 0] > 0) & (self.action[:, 1] == AUTONOMY.index("act"))


def action_codes(
    timing: str, autonomy: str | None, verbosity: str | None, tone: str | None
) -> tuple[int, int, int, int]:
    """An action's words as its codes; the parts that silence leaves out are 0."""
    return (
        TIMINGS.index(timing),
        AUTONOMY.index(autonomy) if autonomy else 0,
        VERBOSITY.index(verbosity) if verbosity else 0,
        TONES.index(tone) if tone else 0,
    )


def _situation(
    records: Sequence[Judgment] | Sequence[Alternatives],
    people: People,
    person: NDArray[np.int64],
    as_if_true: bool,
) -> Situation:
    by_id: dict[str, Scenario] = {s.id: s for s in load_scenarios()}
    noticed = [by_id[r.scenario] for r in records]
    lacks = [
        not as_if_true and not all(people.facts[i, FACTS.index(f)] for f in s.requires)
        for s, i in zip(noticed, person, strict=True)
    ]
    return Situation(
        benefit=np.array([s.benefit for s in noticed], float),
        urgency=np.array([s.urgency for s in noticed], float),
        stakes=np.array([s.stakes for s in noticed], float),
        domain=np.array([DOMAINS.index(s.domain) for s in noticed]),
        activity=np.array([ACTIVITIES.index(r.activity) for r in records]),
        hour=np.array([r.hour for r in records], float),
        alone=np.array([r.alone for r in records]),
        concerns=~np.array(lacks),
    )


def _rows(
    people: People,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    action: NDArray[np.int64],
    situation: Situation,
) -> Rows:
    x = covariates(Traits.of(people), person, situation)
    return Rows(person, moment, action, situation, design_matrix(x, action))


def judged_rows(evidence: Evidence) -> Rows:
    """One row a judgment."""
    records = evidence.judgments
    person = np.array([evidence.people.index(j.persona) for j in records])
    action = np.array([action_codes(j.timing, j.autonomy, j.verbosity, j.tone) for j in records])
    situation = _situation(records, evidence.people, person, as_if_true=False)
    return _rows(evidence.people, person, np.arange(len(records)), action, situation)


def alternative_rows(evidence: Evidence) -> tuple[Rows, Array]:
    """Ten rows a moment, in the order of `BEHAVIOURS`, and the satisfaction 0-10 of each."""
    records, count = evidence.alternatives, len(BEHAVIOURS)
    person = np.array([evidence.people.index(a.persona) for a in records])
    situation = _situation(records, evidence.people, person, as_if_true=True)
    moment = np.repeat(np.arange(len(records)), count)
    action = np.tile(np.array([action_codes(*b) for b in BEHAVIOURS]), (len(records), 1))
    rows = _rows(evidence.people, person[moment], moment, action, situation.select(moment))
    return rows, np.array([a.satisfaction for a in records], float).ravel()


def deviation_columns(rows: Rows) -> Array:
    """What a unit of each of the person's deviations adds to each row's worth, (n, len(SLOPES))."""
    has = action_components()[tuple(rows.action.T)] @ component_membership().T
    return np.asarray(slope_columns(rows.situation).T * has)
