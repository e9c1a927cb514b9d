"""Strict reading of JSON and JSON Lines: every broken value is named by file, line and field.

A parser takes a `Row` and asks it for each field through a typed getter. A getter raises
`DataError` unless the value is exactly what it was told to expect; `read_jsonl` adds the checks
that a parser cannot make alone (broken JSON, unknown fields, repeated ids, a torn last line).

It does not check one file against another; `proactive_gym.data.records.validate` does.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from proactive_gym.errors import DataError

T = TypeVar("T")

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHOWN = 60  # characters of a wrong value that an error message repeats


class Row:
    """One JSON object of a data file, read field by field.

    Every getter raises `DataError` if the field is missing or not what the getter describes.
    """

    __slots__ = ("_children", "_fields", "_place", "_prefix", "_unread")

    def __init__(self, fields: Mapping[str, Any], place: str, prefix: str = "") -> None:
        """Wrap one object.

        Args:
            fields: The object.
            place: Where it stands, for messages: the file's name and, if it has one, the line.
            prefix: Path of this object inside its line ("ratings."), empty at the top.
        """
        self._fields = fields
        self._place = place
        self._prefix = prefix
        self._unread = dict.fromkeys(fields)
        self._children: list[Row] = []

    def fail(self, name: str, expected: str) -> NoReturn:
        """Raise the `DataError` of field `name`, saying what was expected and what was found."""
        found = "nothing"
        if name in self._fields:
            found = json.dumps(self._fields[name], ensure_ascii=False)
            found = found.encode(errors="backslashreplace").decode()
            found = found if len(found) <= _SHOWN else found[: _SHOWN - 3] + "..."
        raise DataError(
            f'{self._place}, field "{self._prefix}{name}": expected {expected}, found {found}'
        )

    def _value(self, name: str, expected: str) -> Any:
        if name not in self._fields:
            self.fail(name, expected)
        self._unread.pop(name, None)
        return self._fields[name]

    def null(self, name: str, reason: str) -> None:
        """Require null; `reason` completes "null ..." in the message."""
        expected = f"null {reason}"
        if self._value(name, expected) is not None:
            self.fail(name, expected)

    def text(self, name: str) -> str:
        """A string with something other than white space in it."""
        expected = "a valid text that is not empty"
        value = self._value(name, expected)
        if not isinstance(value, str) or not value.strip() or _has_surrogate(value):
            self.fail(name, expected)
        return value

    def identifier(self, name: str) -> str:
        """An id: lower-case letters, digits and hyphens."""
        expected = "an id of lower-case letters, digits and hyphens"
        value = self._value(name, expected)
        if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
            self.fail(name, expected)
        return value

    def identifiers(self, name: str) -> tuple[str, ...]:
        """A list of different ids, at least one."""
        expected = "a list of different ids, at least one"
        value = self._value(name, expected)
        if not _is_list(value, _is_identifier) or not value or len(set(value)) < len(value):
            self.fail(name, expected)
        return tuple(value)

    def flag(self, name: str) -> bool:
        """`true` or `false`; numbers are refused."""
        expected = "true or false"
        value = self._value(name, expected)
        if not isinstance(value, bool):
            self.fail(name, expected)
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer in [low, high]. `4.0` and `true` are refused."""
        expected = f"an integer from {low} to {high}"
        value = self._value(name, expected)
        if not _is_integer(value, low, high):
            self.fail(name, expected)
        return int(value)

    def integer_or_none(self, name: str, low: int, high: int) -> int | None:
        """An integer in [low, high], or null."""
        expected = f"an integer from {low} to {high}, or null"
        value = self._value(name, expected)
        if value is None:
            return None
        if not _is_integer(value, low, high):
            self.fail(name, expected)
        return int(value)

    def integers(self, name: str, low: int, high: int, length: int) -> tuple[int, ...]:
        """A list of exactly `length` integers in [low, high]."""
        expected = f"a list of {length} integers from {low} to {high}"
        value = self._value(name, expected)
        if not _is_list(value, lambda v: _is_integer(v, low, high)) or len(value) != length:
            self.fail(name, expected)
        return tuple(value)

    def number(self, name: str, low: float, high: float, *, below_high: bool = False) -> float:
        """A finite number in [low, high], or in [low, high) if `below_high`."""
        until = "below" if below_high else "to"
        expected = f"a number from {low:g} {until} {high:g}"
        value = self._value(name, expected)
        if not _is_number(value, low, high) or (below_high and value >= high):
            self.fail(name, expected)
        return float(value)

    def hour(self, name: str) -> float:
        """A clock time in hours, in [0, 24)."""
        return self.number(name, 0, 24, below_high=True)

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """One word of the vocabulary `allowed`."""
        expected = f"one of {_listed(allowed)}"
        value = self._value(name, expected)
        if not isinstance(value, str) or value not in allowed:
            self.fail(name, expected)
        return value

    def choices(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A list, possibly empty, of different words of the vocabulary `allowed`."""
        expected = f"a list of different words out of {_listed(allowed)}"
        value = self._value(name, expected)
        if not _is_list(value, lambda v: v in allowed) or len(set(value)) < len(value):
            self.fail(name, expected)
        return tuple(value)

    def sequence(self, name: str, allowed: Sequence[str], length: int) -> tuple[str, ...]:
        """A list of exactly `length` words, repeats allowed, of the vocabulary `allowed`."""
        expected = f"a list of {length} words out of {_listed(allowed)}"
        value = self._value(name, expected)
        if not _is_list(value, lambda v: v in allowed) or len(value) != length:
            self.fail(name, expected)
        return tuple(value)

    def integer_mapping(
        self, name: str, keys: Sequence[str], low: int, high: int
    ) -> tuple[int, ...]:
        """An object with exactly these keys and integers in [low, high], in the order of `keys`."""
        nested = self.nested(name)
        return tuple(nested.integer(key, low, high) for key in keys)

    def number_mapping(
        self, name: str, keys: Sequence[str], low: float, high: float
    ) -> tuple[float, ...]:
        """An object with exactly these keys and numbers in [low, high], in the order of `keys`."""
        nested = self.nested(name)
        return tuple(nested.number(key, low, high) for key in keys)

    def nested(self, name: str) -> "Row":
        """An object inside this one; its unknown fields are found together with this row's."""
        expected = "an object"
        value = self._value(name, expected)
        if not isinstance(value, dict):
            self.fail(name, expected)
        child = Row(value, self._place, f"{self._prefix}{name}.")
        self._children.append(child)
        return child

    def finish(self) -> None:
        """Raise `DataError` if a field was never asked for. `read_jsonl` calls it."""
        for name in self._unread:
            known = _listed([n for n in self._fields if n not in self._unread])
            self.fail(name, f"no such field (known here: {known})")
        for child in self._children:
            child.finish()


def read_jsonl(path: Path, parse: Callable[[Row], T], unique: str | None = None) -> tuple[T, ...]:
    """Parse every line of a JSON Lines file.

    Args:
        path: The file.
        parse: Builds a record from a `Row`; fields that it does not read are an error.
        unique: A text field that no two lines may share, for instance "id".

    Returns:
        The records, in the file's order.

    Raises:
        DataError: The file is missing, empty, not UTF-8, torn (no line break at its end), or a
            line is not what `parse` expects. The message names file, line and field.
    """
    content = _read(path)
    if not content.endswith(b"\n"):
        line = content.count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: the file is torn, its last line has no end")
    records = []
    first_line: dict[str, int] = {}
    # Only the line feed separates lines: `splitlines` would also break at U+2028 in a text.
    for number, line_bytes in enumerate(content[:-1].split(b"\n"), start=1):
        place = f"{path.name}, line {number}"
        row = Row(_decode(line_bytes, place), place)
        record = parse(row)
        row.finish()
        if unique is not None:
            key = row.text(unique)
            if key in first_line:
                row.fail(unique, f"an id that line {first_line[key]} does not have already")
            first_line[key] = number
        records.append(record)
    return tuple(records)


def read_json(path: Path, parse: Callable[[Row], T]) -> T:
    """Parse a file that holds one JSON object.

    Raises:
        DataError: As for `read_jsonl`; the message names file and field.
    """
    row = Row(_decode(_read(path), path.name), path.name)
    record = parse(row)
    row.finish()
    return record


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not content:
        raise DataError(f"{path.name}: the file is empty")
    return content


def _decode(content: bytes, place: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: not UTF-8 at byte {error.start} of the line") from error
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place}: not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise DataError(f"{place}: expected a JSON object, found {type(value).__name__}")
    return value


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a name occur twice and keeps the last; a data file may not."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ValueError(f'field "{name}" occurs twice')
        fields[name] = value
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _is_identifier(value: object) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _has_surrogate(value: str) -> bool:
    """Whether half a surrogate pair was escaped, a text that no file can be written with."""
    return any("\ud800" <= c <= "\udfff" for c in value)


def _is_integer(value: object, low: int, high: int) -> bool:
    # `bool` is a subclass of `int`: without the second test, `true` would pass as 1.
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_number(value: object, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(low <= value <= high)  # false for an infinite value, parsed from 1e999


def _is_list(value: object, holds: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(
        not isinstance(v, list | dict) and holds(v) for v in value
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
