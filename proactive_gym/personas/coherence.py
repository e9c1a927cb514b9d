"""Which facts a person's circumstances force or exclude, for sampled people and for reports.

The rules are common sense written down (who lives with a partner has one; who needs a screen
reader does not drive); a test checks that all of the packaged people keep them. Facts that belong
to a stage of life are also bound to the ages at which the data show them.

Merely unlikely combinations are none of this module's business: the sampler's model learns those.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.people import CATEGORIES, People
from proactive_gym.vocabulary import FACTS

Arrays = Mapping[str, NDArray]


class Rule(NamedTuple):
    """People whose `category` is one of `words` have `fact`, or never have it."""

    category: str
    words: tuple[str, ...]
    fact: str
    holds: bool


class Need(NamedTuple):
    """People of this `household` have at least one of these `facts`."""

    household: str
    facts: tuple[str, ...]


_COUPLES = (
    "lives with a partner",
    "lives with a spouse",
    "lives with a partner and small children",
    "lives with a partner and teenagers",
)
_SINGLES = (
    "lives alone",
    "lives with parents",
    "single parent",
    "lives with adult children",
    "lives in assisted housing",
)
_NO_SMALL_CHILDREN = (
    "lives with a partner",
    "shares a flat with roommates",
    "lives with parents",
    "lives with a partner and teenagers",
)
_MEDICATED = (
    "high blood pressure",
    "type 1 diabetes",
    "type 2 diabetes",
    "early Parkinson's",
)
RULES = (
    Rule("household", _COUPLES, "partner", True),
    Rule("household", _SINGLES, "partner", False),
    Rule("household", ("lives with a partner and small children",), "small_children", True),
    Rule("household", ("lives with a partner and teenagers",), "school_children", True),
    Rule("household", ("lives with adult children",), "grown_children", True),
    Rule("household", ("lives with parents",), "living_parent", True),
    Rule("household", _NO_SMALL_CHILDREN, "small_children", False),
    Rule("household", ("lives with parents",), "school_children", False),
    Rule("household", ("lives with parents", "lives in assisted housing"), "owns_home", False),
    Rule("condition", ("low vision, uses a screen reader",), "drives", False),
    Rule("condition", _MEDICATED, "medication", True),
    Rule("devices", ("phone, smart speakers and lights at home",), "smart_home", True),
)
# (fact, what it presupposes); the presupposed fact stands earlier in `FACTS`.
IMPLICATIONS = (("grandchildren", "grown_children"), ("shift_work", "works"))
# A fact that is missing is supplied from the left, unless a rule or the person's age forbids it.
NEEDS = (
    Need("single parent", ("school_children", "small_children", "grown_children")),
    Need(
        "lives in a three-generation household",
        ("living_parent", "grown_children", "school_children", "small_children"),
    ),
)
LIFE_STAGE_FACTS = (
    "small_children",
    "school_children",
    "grown_children",
    "grandchildren",
    "living_parent",
    "owns_home",
)
FREE = -1
Spans = Mapping[str, tuple[int, int]]


def fact_ages(people: People) -> dict[str, tuple[int, int]]:
    """Youngest and oldest age, in years, at which each life-stage fact holds.

    A fact that nobody here has gets an empty span.
    """
    spans = {}
    for fact in LIFE_STAGE_FACTS:
        ages = people.age[people.facts[:, FACTS.index(fact)]]
        spans[fact] = (int(ages.min()), int(ages.max())) if ages.size else (1, 0)
    return spans


def forced_facts(arrays: Arrays, spans: Spans) -> NDArray[np.int8]:
    """What age and circumstances alone settle.

    Args:
        arrays: "age" and the arrays of `CATEGORIES`, (N,) each, as in `People.arrays`.
        spans: From `fact_ages`.

    Returns:
        int8 (N, 20): 1 the fact must hold, 0 it cannot, `FREE` neither.
    """
    age = arrays["age"]
    forced = np.full((len(age), len(FACTS)), FREE, dtype=np.int8)
    for fact, (youngest, oldest) in spans.items():
        forced[(age < youngest) | (age > oldest), FACTS.index(fact)] = 0
    for rule in RULES:  # after the ages: a household is stronger evidence than a span
        forced[_concerns(rule, arrays), FACTS.index(rule.fact)] = rule.holds
    return forced


def make_coherent(
    facts: NDArray[np.bool_], arrays: Arrays, forced: NDArray[np.int8]
) -> NDArray[np.bool_]:
    """The nearest facts (N, 20) that keep all rules; see `forced_facts` for the arguments."""
    coherent = np.where(forced == FREE, facts, forced == 1)
    for need in NEEDS:
        lacking = _lacks(need, coherent, arrays["household"])
        for fact in need.facts:
            column = FACTS.index(fact)
            supplied = lacking & (forced[:, column] != 0)
            coherent[supplied, column] = True
            lacking &= ~supplied
    for fact, presupposed in IMPLICATIONS:
        coherent[:, FACTS.index(fact)] &= coherent[:, FACTS.index(presupposed)]
    return coherent


def impossible(people: People, spans: Spans) -> dict[str, NDArray[np.bool_]]:
    """Who breaks which rule: one boolean (N,) for each rule, by the rule in words."""
    broken = {}
    arrays = people.arrays()
    for rule in RULES:
        has = people.facts[:, FACTS.index(rule.fact)]
        name = f"{rule.category} {'without' if rule.holds else 'with'} {rule.fact}"
        broken[f"{name}: {' / '.join(rule.words)}"] = _concerns(rule, arrays) & (has != rule.holds)
    for fact, presupposed in IMPLICATIONS:
        has, needs = (people.facts[:, FACTS.index(f)] for f in (fact, presupposed))
        broken[f"{fact} without {presupposed}"] = has & ~needs
    for need in NEEDS:
        name = f"{need.household} without any of {', '.join(need.facts)}"
        broken[name] = _lacks(need, people.facts, people.household)
    for fact, (youngest, oldest) in spans.items():
        outside = (people.age < youngest) | (people.age > oldest)
        broken[f"{fact} outside ages {youngest}-{oldest}"] = (
            people.facts[:, FACTS.index(fact)] & outside
        )
    return broken


def _concerns(rule: Rule, arrays: Arrays) -> NDArray[np.bool_]:
    codes = [CATEGORIES[rule.category].index(word) for word in rule.words]
    return np.isin(arrays[rule.category], codes)


def _lacks(need: Need, facts: NDArray[np.bool_], household: NDArray[np.int8]) -> NDArray[np.bool_]:
    columns = [FACTS.index(fact) for fact in need.facts]
    here = household == CATEGORIES["household"].index(need.household)
    return here & ~facts[:, columns].any(axis=1)
