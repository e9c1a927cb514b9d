"""Strict reading: every way in which a line can be broken is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive_gym.data.rows import Row, read_json, read_jsonl
from proactive_gym.errors import DataError

COLOURS = ("red", "green")
GOOD = '{"id": "a-1", "size": 3}'

Reader = Callable[[Row], Any]


def thing(row: Row) -> tuple[str, int]:
    return row.identifier("id"), row.integer("size", 1, 5)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "things.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_good_lines_are_read_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, f'{GOOD}\n{{"size": 5, "id": "b-2"}}\n')
    assert read_jsonl(path, thing, unique="id") == (("a-1", 3), ("b-2", 5))


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{"text": "one\u2028two\x85three"}\n')
    assert read_jsonl(path, lambda row: row.text("text")) == ("one\u2028two\x85three",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (f"{GOOD}\n{GOOD[:12]}", "line 2: the file is torn"),
        (GOOD, "line 1: the file is torn"),
        (f"{GOOD}\n\n", "line 2: not valid JSON"),
        (f"{GOOD}\n{GOOD[:-1]}\n", "line 2: not valid JSON"),
        (GOOD.encode() + b'\n{"id": "\xff"}\n', "line 2: not UTF-8"),
        (f"\ufeff{GOOD}\n", "line 1: not valid JSON"),
        ("[1]\n", "line 1: expected a JSON object, found list"),
        ('{"id": "a", "id": "b", "size": 1}\n', '"id" occurs twice'),
        ('{"id": "a", "size": NaN}\n', "NaN is not a JSON number"),
        ("[" * 100_000 + "\n", "line 1: not valid JSON"),
        ('{"id": "a"}\n', 'line 1, field "size": expected an integer from 1 to 5, found nothing'),
        ('{"id": "a", "size": 6}\n', 'field "size": expected an integer from 1 to 5, found 6'),
        ('{"id": "a", "size": 1, "sise": 2}\n', 'field "sise": expected no such field'),
        (f"{GOOD}\n{GOOD}\n", 'line 2, field "id": expected an id that line 1 does not have'),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read_jsonl(written(tmp_path, content), thing, unique="id")
    assert "things.jsonl" in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.jsonl: cannot be read"):
        read_jsonl(tmp_path / "nowhere.jsonl", thing)


def test_a_json_file_is_checked_for_unknown_fields_too(tmp_path: Path) -> None:
    path = written(tmp_path, '{"id": "a", "size": 1, "more": 2}')
    with pytest.raises(DataError, match='"more": expected no such field'):
        read_json(path, thing)


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (lambda r: r.text("x"), ["a", " b "], ["", " \n", 1, None, ["a"], "\ud800"]),
        (lambda r: r.identifier("x"), ["p0001", "a-1"], ["", "A", "a b", "-a", "é", 1, None]),
        (lambda r: r.identifiers("x"), [["a", "b"]], [[], ["a", "a"], ["A"], "a", [1], [["a"]]]),
        (lambda r: r.flag("x"), [True, False], [0, 1, "true", None]),
        (lambda r: r.integer("x", 1, 5), [1, 5], [0, 6, 3.0, True, "3", None, 10**400]),
        (lambda r: r.integer_or_none("x", 1, 5), [1, 5, None], [0, 6, False, 1.0]),
        (lambda r: r.integers("x", 1, 5, 2), [[1, 5]], [[1], [1, 2, 3], [0, 1], [True, 1], 1]),
        (lambda r: r.number("x", 0, 2), [0, 2, 0.5], [-0.1, 2.1, True, "1", None, 10**400]),
        (lambda r: r.hour("x"), [0, 23.99], [24, -1, None, float("inf")]),
        (lambda r: r.choice("x", COLOURS), ["red"], ["Red", "", None, 0, ["red"]]),
        (lambda r: r.choices("x", COLOURS), [[], ["green", "red"]], [["red", "red"], ["x"], "red"]),
        (lambda r: r.sequence("x", COLOURS, 2), [["red", "red"]], [["red"], ["red", "x"], None]),
        (lambda r: r.null("x", "here"), [None], [0, "", []]),
        (
            lambda r: r.integer_mapping("x", ("a", "b"), 1, 3),
            [{"b": 1, "a": 3}],
            [{"a": 1}, {"a": 1, "b": 4}, {"a": 1, "b": 2, "c": 3}, [1, 2], None],
        ),
        (
            lambda r: r.number_mapping("x", ("a",), 1, 3),
            [{"a": 1.5}],
            [{"a": 0.5}, {}, {"a": None}, {"a": 1, "b": 1}],
        ),
    ],
)
def test_each_getter_takes_what_it_describes(read: Reader, good: list, bad: list) -> None:
    def attempt(value: object) -> Any:
        row = Row({"x": value}, "here")
        result = read(row)
        row.finish()
        return result

    for value in good:
        attempt(value)
    for value in bad:
        with pytest.raises(DataError, match=r'here, field "x'):
            attempt(value)
    with pytest.raises(DataError, match="found nothing"):
        read(Row({}, "here"))


def test_mappings_come_in_the_order_of_their_keys() -> None:
    row = Row({"x": {"b": 1, "a": 3}}, "here")
    assert row.integer_mapping("x", ("a", "b"), 1, 3) == (3, 1)


def test_a_nested_field_is_named_by_its_path() -> None:
    row = Row({"outer": {"inner": {"x": 9}}}, "here")
    with pytest.raises(DataError, match=r'"outer\.inner\.x"'):
        row.nested("outer").nested("inner").integer("x", 1, 5)


def test_unknown_fields_of_nested_objects_are_found() -> None:
    row = Row({"outer": {"x": 1, "y": 2}}, "here")
    row.nested("outer").integer("x", 1, 5)
    with pytest.raises(DataError, match=r'"outer\.y": expected no such field'):
        row.finish()


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(DataError) as caught:
        Row({"x": "y" * 10_000}, "here").choice("x", COLOURS)
    assert len(str(caught.value)) < 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=JSON_VALUES)
def test_any_value_is_read_or_refused_by_name(value: Any) -> None:
    for read in (
        lambda r: r.text("x"),
        lambda r: r.identifiers("x"),
        lambda r: r.integers("x", 0, 9, 1),
        lambda r: r.number("x", 0, 1),
        lambda r: r.choices("x", COLOURS),
        lambda r: r.integer_mapping("x", ("a",), 0, 9),
    ):
        try:
            read(Row({"x": json.loads(json.dumps(value))}, "here"))
        except DataError as error:
            assert '"x' in str(error)  # noqa: PT017 - success is allowed as well
