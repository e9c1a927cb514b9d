"""The loaders of judgments, alternatives, diaries and splits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proactive_gym.data import (
    BEHAVIOURS,
    Behaviour,
    Splits,
    data_path,
    load_alternatives,
    load_diaries,
    load_judgments,
    load_splits,
    validate,
)
from proactive_gym.errors import DataError
from proactive_gym.vocabulary import AUTONOMY, TIMINGS, TONES, VERBOSITY

Line = dict[str, Any]
PARTS = ("judgments", "alternatives", "diaries", "splits", "persons", "scenarios")


def lines(name: str) -> list[Line]:
    return [json.loads(line) for line in data_path(name).read_text("utf-8").splitlines()]


def first_judgment(**wanted: str) -> Line:
    return next(
        line
        for line in lines("judgments.jsonl")
        if all(line[field] == value for field, value in wanted.items())
    )


def saved(folder: Path, *records: Line) -> Path:
    path = folder / "file.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    return {
        "judgments": load_judgments(),
        "alternatives": load_alternatives(),
        "diaries": load_diaries(),
        "splits": load_splits(),
        "persons": {line["id"] for line in lines("personas.jsonl")},
        "scenarios": {line["id"] for line in lines("scenarios.jsonl")},
    }


def test_the_packaged_files_fit_together(everything: dict[str, Any]) -> None:
    validate(**everything)


def test_nothing_about_test_people_is_packaged(everything: dict[str, Any]) -> None:
    test_people = set(everything["splits"].test)
    for part in PARTS[:3]:
        assert not test_people & {record.persona for record in everything[part]}


def test_a_judgment_keeps_what_the_line_says(everything: dict[str, Any]) -> None:
    for line, judgment in zip(lines("judgments.jsonl"), everything["judgments"], strict=True):
        for field in line.keys() - {"ratings"}:
            assert getattr(judgment, field) == line[field]
        for facet, rating in line["ratings"].items():
            assert getattr(judgment.ratings, facet) == rating


def test_satisfaction_is_in_the_order_of_the_behaviours(everything: dict[str, Any]) -> None:
    for line, moment in zip(lines("alternatives.jsonl"), everything["alternatives"], strict=True):
        by_label = {b.label: s for b, s in zip(BEHAVIOURS, moment.satisfaction, strict=True)}
        assert by_label == line["satisfaction"]


def test_behaviours_are_words_of_the_vocabularies() -> None:
    assert len(set(BEHAVIOURS)) == 10
    assert BEHAVIOURS[0] == Behaviour("silent", None, None, None)
    for timing, autonomy, verbosity, tone in BEHAVIOURS[1:]:
        assert timing in TIMINGS
        assert autonomy in AUTONOMY
        assert verbosity in VERBOSITY
        assert tone in TONES


@pytest.mark.parametrize(
    ("wanted", "change", "field"),
    [
        ({"timing": "now"}, {"autonomy": None}, "autonomy"),
        ({"timing": "now"}, {"message": None}, "message"),
        ({"timing": "now"}, {"reaction": "wish"}, "reaction"),
        ({"timing": "now"}, {"hour": 24}, "hour"),
        ({"timing": "now"}, {"alone": 1}, "alone"),
        ({"timing": "now"}, {"stage": "old"}, "stage"),
        ({"timing": "now"}, {"words": ""}, "words"),
        ({"timing": "now", "autonomy": "ask"}, {"reaction": "undo"}, "reaction"),
        ({"timing": "silent"}, {"tone": "casual"}, "tone"),
        ({"timing": "silent"}, {"message": "hello"}, "message"),
        ({"timing": "silent"}, {"reaction": "accept"}, "reaction"),
        ({"timing": "silent"}, {"timing": "now"}, "autonomy"),
    ],
)
def test_a_judgment_that_contradicts_itself_is_refused(
    tmp_path: Path, wanted: Line, change: Line, field: str
) -> None:
    line = first_judgment(**wanted)
    assert len(load_judgments(saved(tmp_path, line))) == 1
    with pytest.raises(DataError, match=rf'line 1, field "{field}"'):
        load_judgments(saved(tmp_path, line | change))


@pytest.mark.parametrize(
    ("timing", "ratings", "field"),
    [
        ("silent", {"timing": 3, "autonomy": 3, "style": None, "satisfaction": 3}, "autonomy"),
        ("now", {"timing": 3, "autonomy": 3, "style": None, "satisfaction": 3}, "style"),
        ("now", {"timing": 0, "autonomy": 3, "style": 3, "satisfaction": 3}, "timing"),
        ("now", {"timing": 1, "autonomy": 3, "style": 3, "satisfaction": 6}, "satisfaction"),
    ],
)
def test_ratings_out_of_range_are_refused(
    tmp_path: Path, timing: str, ratings: Line, field: str
) -> None:
    line = first_judgment(timing=timing) | {"ratings": ratings}
    with pytest.raises(DataError, match=rf'"ratings\.{field}"'):
        load_judgments(saved(tmp_path, line))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"events": ["ask"] * 9}, "events"),
        ({"events": ["tea"] * 10}, "events"),
        ({"trust": [4] * 10}, "trust"),
        ({"trust": [4] * 10 + [8]}, "trust"),
        ({"switched_off_after_day": 0}, "switched_off_after_day"),
        ({"switched_off_after_day": 11}, "switched_off_after_day"),
    ],
)
def test_a_broken_diary_is_refused(tmp_path: Path, change: Line, field: str) -> None:
    line = lines("diaries.jsonl")[0]
    with pytest.raises(DataError, match=f'"{field}"'):
        load_diaries(saved(tmp_path, line | change))


def test_a_person_keeps_one_diary(tmp_path: Path) -> None:
    line = lines("diaries.jsonl")[0]
    with pytest.raises(DataError, match='line 2, field "persona"'):
        load_diaries(saved(tmp_path, line, line))


def test_alternatives_need_every_behaviour(tmp_path: Path) -> None:
    line = lines("alternatives.jsonl")[0]
    satisfaction = dict(line["satisfaction"])
    del satisfaction["silent"]
    with pytest.raises(DataError, match=r'"satisfaction\.silent"'):
        load_alternatives(saved(tmp_path, line | {"satisfaction": satisfaction}))


def test_splits_may_not_share_a_person(tmp_path: Path) -> None:
    splits = {
        "population": ["p1", "p2"],
        "validation": ["p3"],
        "test": ["p2"],
        "scenarios_seen": ["s-1"],
        "scenarios_unseen": ["s-2"],
    }
    with pytest.raises(DataError, match=r'"test".*not p2'):
        load_splits(saved(tmp_path, splits))
    good = load_splits(saved(tmp_path, splits | {"test": ["p4"]}))
    assert good == Splits(("p1", "p2"), ("p3",), ("p4",), ("s-1",), ("s-2",))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: {"persons": e["persons"] - {"p0500"}}, "p0500.*splits.json only"),
        (lambda e: {"persons": e["persons"] | {"p1001"}}, "p1001.*persons' file only"),
        (lambda e: {"scenarios": e["scenarios"] | {"new-01"}}, "new-01"),
        (lambda e: {"judgments": e["judgments"][:-1]}, "has 7 lines, other persons have 8"),
        (lambda e: {"alternatives": e["alternatives"][1:]}, "has 3 lines, other persons have 4"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    everything: dict[str, Any], change: Callable[[Line], Line], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        validate(**everything | change(everything))


@pytest.mark.parametrize("field", ["persona", "scenario"])
def test_a_judgment_of_something_unknown_is_refused(
    tmp_path: Path, everything: dict[str, Any], field: str
) -> None:
    stranger = load_judgments(saved(tmp_path, lines("judgments.jsonl")[0] | {field: "x-1"}))
    with pytest.raises(DataError, match=r"Judgment of"):
        validate(**everything | {"judgments": stranger})


def test_a_diary_of_a_test_person_is_refused(tmp_path: Path, everything: dict[str, Any]) -> None:
    person = everything["splits"].test[0]
    diary = load_diaries(saved(tmp_path, lines("diaries.jsonl")[0] | {"persona": person}))
    with pytest.raises(DataError, match=f"Diary of {person}: not a person of"):
        validate(**everything | {"diaries": diary})
