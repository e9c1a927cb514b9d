"""What satisfaction and the ratings are made of: action components times covariates.

A behaviour is a sum of components (it is silent, it speaks now, it asks, it is formal, ...). A
component's worth to one person in one situation is linear in covariates: the scenario's benefit,
urgency and stakes, the activity and the hour, and what the person said in the survey, above all
the answers that speak of this very situation (`item`: may it interrupt me in meetings?; `permit`:
may it spend my money?; `welcome`: is help in this domain welcome?). `TERMS` lists which covariate
may move which component; calibration fits one coefficient to each, and the simulated person uses
the same functions, so the two cannot drift apart.

It holds no fitted number and knows nothing of trust, fatigue or noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.people import People
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS, SURVEY_ITEMS

Array = NDArray[np.float64]
Floats = NDArray[np.floating]

COMPONENTS = (
    "silent",
    "now",
    "hold",
    "suggest",
    "ask",
    "act",
    "detailed",
    "formal",
    "detailed_formal",
    "detailed_act",
    "formal_act",
)
RATING_COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "timing": ("silent", "now", "hold"),
    "autonomy": ("now", "hold", "suggest", "ask", "act"),
    "style": COMPONENTS[1:],
}
"""Which components the other ratings depend on; satisfaction depends on all."""

ACTION_SHAPE = (3, 4, 2, 2)
"""Timing, autonomy, verbosity, tone: the sizes of the action's four parts."""
ACTIONS: NDArray[np.int64] = np.array(list(np.ndindex(ACTION_SHAPE)))
"""All 48 actions, (48, 4)."""
DISTINCT: NDArray[np.int64] = np.concatenate([ACTIONS[:1], ACTIONS[ACTIONS[:, 0] > 0]])
"""The actions that differ, (33, 4): silence, then the 32 that speak, in the order of `ACTIONS`."""
DISTINCT.flags.writeable = False
PLACE_VALUES: NDArray[np.int64] = np.array([16, 4, 2, 1])
"""`action @ PLACE_VALUES` is an action's position in `ACTIONS`; below 16 it is silence."""

ACTIVITY_GROUPS: Mapping[str, tuple[str, ...]] = {
    "work": ("focused_work", "meeting", "conversation"),
    "move": ("commuting", "driving", "exercising"),
    "home": ("chores", "relaxing", "eating", "getting_ready"),
    "night": ("in_bed",),
}
"""Activities in which timing preferences deviate together; before 8 and from 22 it is night."""

_ITEM_OF_ACTIVITY = {
    "focused_work": "T2",
    "meeting": "T3",
    "conversation": "T3",
    "commuting": "T4",
    "driving": "T4",
    "exercising": "T8",
    "chores": "T8",
    "relaxing": "T5",
    "eating": "T5",
    "getting_ready": "T1",
    "in_bed": "T7",
}
_PERMIT_OF_DOMAIN = {
    "calendar": "A2",
    "messages": "A3",
    "shopping": "A4",
    "finance": "A4",
    "home": "A5",
    "health": "A6",
}
_BUSY = ("focused_work", "meeting", "conversation", "driving", "exercising", "getting_ready")
_ATTENTIVE = ("focused_work", "meeting", "conversation", "in_bed")

DOMAIN_DUMMIES = tuple(f"domain={d}" for d in DOMAINS)
ACTIVITY_DUMMIES = tuple(f"activity={a}" for a in ACTIVITIES)
_SCENARIO = ("benefit", "urgency", "stakes", "benefit²", "misfit", *DOMAIN_DUMMIES)
_SAYS = ("T1", "T9", "T10", "A7", "C2", "C5", "R1", "R4")
_MANNERS = ("C1", "C3", "C4")
_WELCOME = ("welcome", "welcome·benefit", "welcome·urgency", "welcome·benefit²")
_OPENNESS = ("openness", "openness·benefit", "permission")
_BY_BENEFIT = tuple(f"{item}·benefit" for item in ("T1", "T9", "T10", "R1", "R2"))
_BY_URGENCY = tuple(f"{item}·urgency" for item in ("T1", "T9", "T10", "R1", "R2"))
_ITEM = ("item", "item·urgency", "item·benefit")
_SPEECH_ACT = (
    "1",
    "benefit",
    "urgency",
    "stakes",
    "welcome",
    "permit",
    "permission",
    "A7",
    "C1",
    "C2",
    "C5",
)
_ALL_MANNERS = ("C1", "C2", "C3", "C4", "C5")

TERMS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("silent",), (*_SCENARIO, *_SAYS, *_MANNERS, *_WELCOME, *_OPENNESS)),
    (("silent",), ("openness·urgency", "item", *_BY_BENEFIT, *_BY_URGENCY)),
    (("now", "hold"), (*_SCENARIO, *_SAYS, *_MANNERS, *_WELCOME, *_OPENNESS, *_BY_BENEFIT)),
    (("now",), (*ACTIVITY_DUMMIES, "early", "late", "company", "urgency·attentive")),
    (("now",), (*_ITEM, *_BY_URGENCY, "benefit·urgency", "urgency·urgency")),
    (("now", "hold"), ("welcome·openness", "C3·C3")),
    (("hold",), ("1", "benefit", "urgency", *_SAYS, "welcome", "item")),
    (("suggest",), _SPEECH_ACT),
    (("ask",), (*_SPEECH_ACT, "R1", "R3", *DOMAIN_DUMMIES)),
    (("act",), (*_SPEECH_ACT, "R1", "R3", *DOMAIN_DUMMIES)),
    (("act",), ("permit·stakes", "permit·benefit", "permit·urgency", "permission·stakes")),
    (("act",), ("A7·stakes", "A7·benefit", "A7·urgency", "permit·welcome")),
    (("act",), ("stakes·benefit", "benefit²")),
    (("detailed",), ("1", "benefit", "urgency", "stakes", "busy", "welcome", *_ALL_MANNERS[:4])),
    (("detailed",), ("C1·urgency", "C2·urgency", "C1·busy", "C2·busy")),
    (("formal",), ("1", *_ALL_MANNERS, "C3·C3", "C3·C4")),
    (("detailed_formal",), ("1", *_ALL_MANNERS)),
    (("detailed_act",), ("1", "C1", "C2")),
    (("formal_act",), ("1",)),
)
"""(components, covariates): one coefficient for each covariate, shared by the components named."""


def _item(name: str) -> int:
    return SURVEY_ITEMS.index(name)


_ITEM_INDEX = np.array([_item(_ITEM_OF_ACTIVITY[a]) for a in ACTIVITIES])
_PERMIT_INDEX = np.array([_item(_PERMIT_OF_DOMAIN.get(d, "A1")) for d in DOMAINS])
_PERMISSIONS = np.array([_item(f"A{i}") for i in range(1, 7)])
_IS_BUSY = np.array([a in _BUSY for a in ACTIVITIES])
_IS_ATTENTIVE = np.array([a in _ATTENTIVE for a in ACTIVITIES])
_GROUP_OF_ACTIVITY = np.array(
    [next(i for i, g in enumerate(ACTIVITY_GROUPS.values()) if a in g) for a in ACTIVITIES]
)
_NIGHT = list(ACTIVITY_GROUPS).index("night")
_IN_BED = ACTIVITIES.index("in_bed")


@dataclass(frozen=True, slots=True)
class Situation:
    """Moments with what was noticed in them; every field has the same shape.

    Attributes:
        benefit: 0-5, as the scenario says (or as the assistant estimates it).
        urgency: 1-5.
        stakes: 1-5.
        domain: Position in `DOMAINS`.
        activity: Position in `ACTIVITIES`.
        hour: Clock time in hours, [0, 24).
        alone: Whether nobody is with the person.
        concerns: Whether the scenario can concern the person at all.
    """

    benefit: Floats
    urgency: Floats
    stakes: Floats
    domain: NDArray[np.integer]
    activity: NDArray[np.integer]
    hour: Floats
    alone: NDArray[np.bool_]
    concerns: NDArray[np.bool_]

    def select(self, rows: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Self:
        """The same fields indexed along the first axis."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__slots__))


@cache
def _action_components() -> Array:
    table = np.zeros((*ACTION_SHAPE, len(COMPONENTS)))
    for action in np.ndindex(ACTION_SHAPE):
        timing, autonomy, verbosity, tone = action
        if timing == 0:
            active = {"silent"}
        else:
            active = {("now", "hold")[timing - 1]}
            active |= {("notify", "suggest", "ask", "act")[autonomy]}
            act, detailed, formal = autonomy == 3, verbosity == 1, tone == 1
            active |= {"detailed"} if detailed else set()
            active |= {"formal"} if formal else set()
            active |= {"detailed_formal"} if detailed and formal else set()
            active |= {"detailed_act"} if detailed and act else set()
            active |= {"formal_act"} if formal and act else set()
        table[action] = [c in active for c in COMPONENTS]
    table.flags.writeable = False
    return table


def action_components() -> Array:
    """Which components each action is made of: 0/1, shape (3, 4, 2, 2, len(COMPONENTS))."""
    return _action_components()


def activity_group(
    activity: NDArray[np.integer], hour: NDArray[np.floating]
) -> NDArray[np.integer]:
    """Position in `ACTIVITY_GROUPS`, night winning over what is done at night."""
    night = (hour < 8) | (hour >= 22)
    return np.where(night, _NIGHT, _GROUP_OF_ACTIVITY[activity])


@dataclass(frozen=True, eq=False)
class Traits:
    """Survey answers of N people on the scale (answer - 4) / 2, which the covariates use.

    Attributes:
        survey: (N, 26).
        welcome: (N, 13), by domain.
        personal: (len(PERSONAL), N): mean welcome, mean permission (A1-A6), single answers.
    """

    survey: Array
    welcome: Array
    personal: Array

    @classmethod
    def of(cls, people: People) -> Self:
        """Centre and scale the answers of `people`."""
        survey, domains = people.survey.astype(np.float64), people.domains.astype(np.float64)
        return cls.of_answers((survey - 4) / 2, (domains - 4) / 2)

    @classmethod
    def of_answers(cls, survey: Array, welcome: Array) -> Self:
        """Scaled answers, (N, 26) and (N, 13)."""
        means = (welcome.mean(axis=1), survey[:, _PERMISSIONS].mean(axis=1))
        answers = survey[:, [_item(name) for name in _ITEMS_USED]].T
        return cls(survey, welcome, np.vstack([*means, answers]))


def _relevant_item(traits: Traits, person: NDArray[np.integer], s: Situation) -> Array:
    """The answer that speaks of this moment: T7 at night, T6 early, else the activity's."""
    late = (s.hour >= 22) | (s.hour < 4) | (s.activity == _IN_BED)
    early = (s.hour >= 4) & (s.hour < 8)
    index = np.where(early, _item("T6"), _ITEM_INDEX[s.activity])
    return traits.survey[person, np.where(late, _item("T7"), index)]


def _permit(traits: Traits, person: NDArray[np.integer], s: Situation) -> Array:
    return traits.survey[person, _PERMIT_INDEX[s.domain]]


def _welcome(traits: Traits, person: NDArray[np.integer], s: Situation) -> Array:
    return traits.welcome[person, s.domain]


def _in_domain(code: int) -> Callable[[Situation], Floats]:
    return lambda s: (s.domain == code) * 1.0


def _at_activity(code: int) -> Callable[[Situation], Floats]:
    return lambda s: (s.activity == code) * 1.0


SITUATIONAL: Mapping[str, Callable[[Situation], Floats]] = {
    "1": lambda s: np.ones(s.hour.shape),
    "benefit": lambda s: s.benefit / 2.5 - 1,
    "benefit²": lambda s: (s.benefit / 2.5 - 1) ** 2,
    "urgency": lambda s: (s.urgency - 3) / 2,
    "stakes": lambda s: (s.stakes - 3) / 2,
    "misfit": lambda s: 1.0 - s.concerns,
    "early": lambda s: ((s.hour >= 4) & (s.hour < 8)) * 1.0,
    "late": lambda s: ((s.hour >= 22) | (s.hour < 4)) * 1.0,
    "company": lambda s: 1.0 - s.alone,
    "busy": lambda s: _IS_BUSY[s.activity] * 1.0,
    "attentive": lambda s: _IS_ATTENTIVE[s.activity] * 1.0,
    **{name: _in_domain(i) for i, name in enumerate(DOMAIN_DUMMIES)},
    **{name: _at_activity(i) for i, name in enumerate(ACTIVITY_DUMMIES)},
}
"""Covariates of the moment alone."""
_ITEMS_USED = (*_SAYS, *_MANNERS, "R2", "R3")
PERSONAL: tuple[str, ...] = ("openness", "permission", *_ITEMS_USED)
"""Covariates of the person alone, rows of `Traits.personal`."""
RELATIONAL: Mapping[str, Callable[[Traits, NDArray[np.integer], Situation], Floats]] = {
    "welcome": _welcome,
    "permit": _permit,
    "item": _relevant_item,
}
"""What the person said of just this kind of moment."""


def base_covariate(name: str, traits: Traits, person: NDArray[np.integer], s: Situation) -> Floats:
    """A covariate that is no product, in the situation's shape."""
    if name in SITUATIONAL:
        return SITUATIONAL[name](s)
    if name in PERSONAL:
        return traits.personal[PERSONAL.index(name)][person]
    return RELATIONAL[name](traits, person, s)


@cache
def covariate_names() -> tuple[str, ...]:
    """Every covariate that `TERMS` uses, in the order of `covariates`' first axis."""
    return tuple(dict.fromkeys(name for _, names in TERMS for name in names))


def factors(covariate: str) -> list[str]:
    """The base covariates of which a covariate is the product."""
    return covariate.split("·")


def covariates(
    traits: Traits,
    person: NDArray[np.integer],
    s: Situation,
    names: tuple[str, ...] | None = None,
) -> Array:
    """Covariates of situations for people.

    Args:
        traits: The people that `person` points into.
        person: Positions in `traits`, of the situation's shape.
        s: The situations.
        names: Which covariates; all by default.

    Returns:
        (names,) + the situation's shape.
    """
    bases, columns = _plan(covariate_names() if names is None else names)
    own = [PERSONAL.index(name) for name in bases if name in PERSONAL]
    table = np.empty((len(bases), *s.hour.shape))
    table[: len(own)] = traits.personal[own][:, person]
    for row, name in zip(table[len(own) :], bases[len(own) :], strict=True):
        row[...] = base_covariate(name, traits, person, s)
    out = table.take(columns[0], axis=0)
    for column in columns[1:]:
        out *= table.take(column, axis=0)
    return out


def own_covariates(traits: Traits, person: NDArray[np.integer], names: tuple[str, ...]) -> Array:
    """Covariates of people alone, (names, n), for `names` made of `PERSONAL` only."""
    rows = traits.personal[:, person]
    parts = [[PERSONAL.index(base) for base in factors(name)] for name in names]
    return np.stack([rows[part].prod(axis=0) for part in parts])


@cache
def _plan(names: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The base covariates needed, personal ones first, and which are multiplied in each name."""
    parts = [factors(name) for name in names]
    most = max(len(p) for p in parts)
    filled = [p + ["1"] * (most - len(p)) for p in parts]
    used = dict.fromkeys(base for p in filled for base in p)
    bases = tuple(sorted(used, key=lambda base: base not in PERSONAL))
    return bases, np.array([[bases.index(base) for base in p] for p in filled]).T


@cache
def term_names() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(components, covariate) of every coefficient, in the order of a coefficient vector."""
    return tuple((components, name) for components, names in TERMS for name in names)


def design_matrix(x: Array, action: NDArray[np.integer]) -> Array:
    """Columns of the regression: a covariate times whether the action has the term's component.

    Args:
        x: Covariates, (len(covariate_names()), rows).
        action: (rows, 4), codes of timing, autonomy, verbosity, tone.

    Returns:
        (rows, len(term_names())).
    """
    has = action_components()[tuple(action.T)]
    position = {name: i for i, name in enumerate(covariate_names())}
    columns = [
        x[position[name]] * has[:, [COMPONENTS.index(c) for c in components]].sum(axis=1)
        for components, name in term_names()
    ]
    return np.column_stack(columns)


def coefficient_matrix(coefficients: Array) -> Array:
    """Fold a vector over `term_names()` into (len(covariate_names()), len(COMPONENTS)).

    `coefficient_matrix(c).T @ covariates` is the worth of each component.
    """
    position = {name: i for i, name in enumerate(covariate_names())}
    matrix = np.zeros((len(position), len(COMPONENTS)))
    for (components, name), value in zip(term_names(), coefficients, strict=True):
        for component in components:
            matrix[position[name], COMPONENTS.index(component)] += value
    return matrix
