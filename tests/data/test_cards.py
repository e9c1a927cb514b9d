"""The data cards say what the files hold: every figure in a "Counts" table is recomputed."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from proactive_gym.data import data_path, load_splits
from proactive_gym.vocabulary import DIARY_EVENTS, DOMAINS, FACTS, SURVEY_ITEMS

Lines = list[dict[str, Any]]
CARDS = ("personas", "scenarios", "judgments", "alternatives", "diaries", "splits")
SPLITS = load_splits()


def lines(name: str) -> Lines:
    return [json.loads(x) for x in data_path(f"{name}.jsonl").read_text("utf-8").splitlines()]


def card(name: str) -> str:
    return data_path(f"{name}.md").read_text("utf-8")


def stated(name: str) -> dict[str, int]:
    """The rows of the card's "Counts" table."""
    section = card(name).split("## Counts\n")[1].split("\n## ")[0]
    return {w.strip("`"): int(n) for w, n in re.findall(r"^\| ([^|]+) \| (\d+) \|$", section, re.M)}


def by_split(records: Lines) -> dict[str, int]:
    persons = [record["persona"] for record in records]
    return {
        f"of {split} people": sum(p in set(getattr(SPLITS, split)) for p in persons)
        for split in ("population", "validation", "test")
    }


def only(values: list[int]) -> int:
    """The one value that all have."""
    (value,) = set(values)
    return value


def personas() -> dict[str, int]:
    people = lines("personas")
    genders = Counter(p["gender"] for p in people)
    return {
        "people": len(people),
        "population split": len(SPLITS.population),
        "validation split": len(SPLITS.validation),
        "test split": len(SPLITS.test),
        "countries": len({p["country"] for p in people}),
        "different names": len({p["name"] for p in people}),
        "youngest age": min(p["age"] for p in people),
        "oldest age": max(p["age"] for p in people),
        "women": genders["woman"],
        "men": genders["man"],
        "non-binary people": genders["non-binary"],
        "people with a health condition or disability": sum(
            p["condition"] != "none" for p in people
        ),
        "survey items": only([len(p["survey"]) for p in people]),
        "domain items": only([len(p["domains"]) for p in people]),
        "facts": len({fact for p in people for fact in p["facts"]}),
    }


def scenarios() -> dict[str, int]:
    records = lines("scenarios")
    domains = Counter(s["domain"] for s in records)
    return {
        "scenarios": len(records),
        "seen in training": len(SPLITS.scenarios_seen),
        "unseen in training": len(SPLITS.scenarios_unseen),
        "domains": len(domains),
        "messages a scenario": only(
            [sum(len(styles) for styles in s["messages"].values()) for s in records]
        ),
        "scenarios without requirement": sum(not s["requires"] for s in records),
        "scenarios of no benefit": sum(s["benefit"] == 0 for s in records),
        "fewest scenarios of a domain": min(domains.values()),
        "most scenarios of a domain": max(domains.values()),
    }


def judgments() -> dict[str, int]:
    records = lines("judgments")
    timings = Counter(j["timing"] for j in records)
    people = Counter(j["persona"] for j in records)
    return {
        "judgments": len(records),
        "judged people": len(people),
        "judgments a person": only(list(people.values())),
        "silent": timings["silent"],
        "spoken now": timings["now"],
        "held for a break": timings["hold"],
        "mutes": sum(j["reaction"] == "mute" for j in records),
    } | by_split(records)


def alternatives() -> dict[str, int]:
    records = lines("alternatives")
    people = Counter(a["persona"] for a in records)
    return {
        "moments": len(records),
        "people": len(people),
        "moments a person": only(list(people.values())),
        "behaviours a moment": only([len(a["satisfaction"]) for a in records]),
        "moments that fit the person": sum(a["fits_person"] for a in records),
    } | by_split(records)


def diaries() -> dict[str, int]:
    records = lines("diaries")
    return {
        "diaries": len(records),
        "days a diary": only([len(d["events"]) for d in records]),
        "kinds of event": len({event for d in records for event in d["events"]}),
        "trust values a diary": only([len(d["trust"]) for d in records]),
        "switched off": sum(d["switched_off_after_day"] is not None for d in records),
    } | by_split(records)


def splits() -> dict[str, int]:
    content = json.loads(data_path("splits.json").read_text("utf-8"))
    return {name: len(ids) for name, ids in content.items()}


@pytest.mark.parametrize(
    ("name", "count"),
    list(zip(CARDS, (personas, scenarios, judgments, alternatives, diaries, splits), strict=True)),
)
def test_the_counts_are_those_of_the_file(name: str, count: Callable[[], dict[str, int]]) -> None:
    assert stated(name) == count()


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_where_the_data_come_from_and_what_they_lack(name: str) -> None:
    text = card(name)
    assert "November 2026" in text
    assert "MIT" in text
    for heading in ("## Origin", "## Fields", "## Known limits"):
        assert heading in text


@pytest.mark.parametrize("name", CARDS[:-1])
def test_a_card_explains_every_field(name: str) -> None:
    section = card(name).split("## Fields\n")[1].split("## Known limits")[0]
    for field in lines(name)[0]:
        assert f"`{field}`" in section


def test_the_card_words_every_survey_and_domain_item() -> None:
    worded = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", card("personas"), re.M))
    for item in (*SURVEY_ITEMS, *DOMAINS):
        assert worded[item]
    statements = [worded[item] for item in SURVEY_ITEMS]
    assert len(set(statements)) == len(SURVEY_ITEMS)
    assert all(len(s) > 20 and s.endswith(".") for s in statements)


def test_the_vocabularies_are_the_words_in_use() -> None:
    assert {f for p in lines("personas") for f in p["facts"]} == set(FACTS)
    assert {e for d in lines("diaries") for e in d["events"]} == set(DIARY_EVENTS)
    assert {s["domain"] for s in lines("scenarios")} == set(DOMAINS)
