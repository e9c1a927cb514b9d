import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive_gym.language.text import (
    MAX_CHARACTERS,
    hashed_runs,
    normalise,
    stem,
    stems,
    tokens,
    word_class,
)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("  Your\tDentist\n\nmoved ", "your dentist moved"),
        ("You\u2019re late \u2013 go", "you're late - go"),
        ("de\u200bnt\u00adist\ufeff", "dentist"),
        ("\uff24\uff45\uff4e\uff54\uff49\uff53\uff54", "dentist"),
        ("\ud800 broken", "broken"),
        ("", ""),
    ],
)
def test_normal_form(raw: str, normal: str) -> None:
    assert normalise(raw) == normal


@settings(derandomize=True)
@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise(raw)
    assert normalise(once) == once


def test_normal_form_is_bounded() -> None:
    assert len(normalise("\ufdfa" * 100_000)) <= MAX_CHARACTERS


def test_tokens_keep_apostrophes_and_part_marks() -> None:
    assert tokens("you're on, 5 left!") == ["you're", "on", ",", "5", "left", "!"]


@pytest.mark.parametrize(
    "forms",
    [
        ("booked", "booking", "books", "book"),
        ("reschedule", "rescheduled", "rescheduling"),
        ("delivery", "deliveries"),
        ("neighbour's", "neighbours", "neighbour"),
        ("stopped", "stopping", "stop"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_stems_leave_marks_out_and_keep_numbers() -> None:
    assert stems(["bus", "!", "5"]) == ["bus", "5"]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("the", "the"),
        ("running", "<ing>"),
        ("harira", "<word>"),
        ("42", "<number>"),
        ("café", "<foreign>"),
        ("\U0001f389", "<mark>"),
        ("?", "?"),
    ],
)
def test_word_classes(token: str, expected: str) -> None:
    assert word_class(token, frozenset({"the"})) == expected


def test_runs_are_hashed_stably_and_by_content() -> None:
    runs = list(hashed_runs(["a", "b", "a"], 2))
    assert [(start, length) for start, length, _ in runs] == [
        (0, 1),
        (0, 2),
        (1, 1),
        (1, 2),
        (2, 1),
    ]
    assert runs[0][2] == runs[4][2] != runs[2][2]
    assert runs[0][2] == 1027557401  # CRC-32 of b"a\0"; parameters hang on it
