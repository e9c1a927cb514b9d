"""`People`: N persons as a struct of arrays, real and sampled alike, and their encodings.

This is what a simulator reads. It holds no names and no texts: see `Persona` for those.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from proactive_gym.errors import DataError, UnknownPersonError
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

AGE_RANGE = (18, 120)
TECH_COMFORT_RANGE = (1, 5)
BIG5_RANGE = (1.0, 5.0)
ANSWER_RANGE = (1, 7)
OLDEST_ENCODED = 90  # the age at which the encoded age reaches 1; the oldest person is 88


CATEGORIES = {
    "gender": GENDERS,
    "settlement": SETTLEMENTS,
    "household": HOUSEHOLDS,
    "condition": CONDITIONS,
    "devices": DEVICES,
    "chronotype": CHRONOTYPES,
}


class _Column(NamedTuple):
    """What one array of `People` must be."""

    dtype: type
    width: int | None  # None: one number a person
    low: float
    high: float


_COLUMNS = {
    "age": _Column(np.int16, None, *AGE_RANGE),
    **{n: _Column(np.int8, None, 0, len(words) - 1) for n, words in CATEGORIES.items()},
    "tech_comfort": _Column(np.int8, None, *TECH_COMFORT_RANGE),
    "big5": _Column(np.float32, len(BIG5), *BIG5_RANGE),
    "survey": _Column(np.int8, len(SURVEY_ITEMS), *ANSWER_RANGE),
    "domains": _Column(np.int8, len(DOMAINS), *ANSWER_RANGE),
    "facts": _Column(np.bool_, len(FACTS), False, True),
}


@dataclass(frozen=True, eq=False, repr=False)
class People:
    """N persons. Arrays are read-only; row i of each belongs to `ids[i]`.

    Attributes:
        ids: N ids; an id occurs more than once if `take` was asked for it more than once.
        age: int16 (N,), years, 18-120.
        gender: int8 (N,), code in `GENDERS`; so are the next five in their vocabularies.
        settlement: int8 (N,).
        household: int8 (N,).
        condition: int8 (N,); 0 is "none".
        devices: int8 (N,).
        chronotype: int8 (N,).
        tech_comfort: int8 (N,), 1-5.
        big5: float32 (N, 5), 1-5, in the order O C E A N.
        survey: int8 (N, 26), answers 1-7 in the order of `SURVEY_ITEMS`.
        domains: int8 (N, 13), welcome of unasked help 1-7 in the order of `DOMAINS`.
        facts: bool (N, 20), in the order of `FACTS`.

    Raises:
        DataError: An array has another dtype, shape or range.
    """

    ids: tuple[str, ...]
    age: NDArray[np.int16]
    gender: NDArray[np.int8]
    settlement: NDArray[np.int8]
    household: NDArray[np.int8]
    condition: NDArray[np.int8]
    devices: NDArray[np.int8]
    chronotype: NDArray[np.int8]
    tech_comfort: NDArray[np.int8]
    big5: NDArray[np.float32]
    survey: NDArray[np.int8]
    domains: NDArray[np.int8]
    facts: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check every array and make it read-only."""
        for name, column in _COLUMNS.items():
            array = getattr(self, name)
            _check(name, array, column, len(self.ids))
            if array.flags.writeable:
                array = array.copy()  # the caller may still write to their own
                array.flags.writeable = False
                object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """The number of persons."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Size and first and last id, not the arrays."""
        span = f": {self.ids[0]} to {self.ids[-1]}" if self.ids else ""
        return f"<{len(self)} people{span}>"

    def arrays(self) -> dict[str, NDArray]:
        """Every array by its name."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def take(self, index: ArrayLike) -> "People":
        """The persons at these positions, in this order.

        Args:
            index: Integers (negative ones count from the end; repeats are allowed) or a mask of
                N booleans.

        Raises:
            IndexError: A position does not exist.
        """
        chosen = np.asarray(index, dtype=None if np.size(index) else np.intp)
        rows = np.atleast_1d(np.arange(len(self))[chosen])
        ids = tuple(self.ids[row] for row in rows)
        return People(ids, **{name: array[rows] for name, array in self.arrays().items()})

    def index(self, person_id: str) -> int:
        """The position of the person with this id, the first if it occurs repeatedly.

        Raises:
            UnknownPersonError: Nobody here has this id.
        """
        try:
            return self._positions[person_id]
        except KeyError:
            raise UnknownPersonError(no_such_person(person_id, self.ids)) from None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {person_id: i for i, person_id in reversed(list(enumerate(self.ids)))}


def concatenate(parts: list[People]) -> People:
    """All persons of all parts, in order; at least one part."""
    arrays = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS}
    for array in arrays.values():
        array.flags.writeable = False  # fresh, so that `People` need not copy it
    return People(tuple(i for part in parts for i in part.ids), **arrays)


def no_such_person(person_id: object, ids: tuple[str, ...]) -> str:
    """What to tell somebody who asked for a person that `ids` does not hold."""
    if not ids:
        return f"no person {person_id!r}; there are no people here"
    return f"no person {person_id!r}; the {len(ids)} ids run from {min(ids)} to {max(ids)}"


def _check(name: str, array: object, column: _Column, count: int) -> None:
    shape = (count,) if column.width is None else (count, column.width)
    wanted = f"People.{name}: expected {np.dtype(column.dtype).name} of shape {shape}"
    if not isinstance(array, np.ndarray):
        raise DataError(f"{wanted}, found {type(array).__name__}")
    if array.dtype != column.dtype or array.shape != shape:
        raise DataError(f"{wanted}, found {array.dtype.name} of shape {array.shape}")
    # Written so that a NaN fails as well.
    if array.size and not (array.min() >= column.low and array.max() <= column.high):
        raise DataError(
            f"{wanted} in [{column.low:g}, {column.high:g}], "
            f"found {array.min():g} to {array.max():g}"
        )


_ONE_HOTS = {name: words for name, words in CATEGORIES.items() if name != "condition"}

DEMOGRAPHIC_FEATURES: tuple[str, ...] = (
    "age",
    *(f"{name}={word}" for name, words in _ONE_HOTS.items() for word in words),
    "has_condition",
    "tech_comfort",
)


def encode_demographics(people: People) -> NDArray[np.float32]:
    """What a device may know of its user, as numbers in [0, 1].

    Age is 0 at 18 and 1 at 90 or more, tech comfort is (x - 1) / 4. The condition is reduced to
    whether there is one; Big Five and facts are left out.

    Returns:
        float32 (N, len(DEMOGRAPHIC_FEATURES)), columns as named there.
    """
    youngest = AGE_RANGE[0]
    age = np.clip((people.age - youngest) / (OLDEST_ENCODED - youngest), 0, 1)
    low, high = TECH_COMFORT_RANGE
    columns = [
        age[:, None],
        *(getattr(people, n)[:, None] == np.arange(len(words)) for n, words in _ONE_HOTS.items()),
        (people.condition != CONDITIONS.index("none"))[:, None],
        ((people.tech_comfort - low) / (high - low))[:, None],
    ]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def encode_survey(people: People) -> NDArray[np.float32]:
    """The 26 survey answers, then the 13 domain answers, each (x - 1) / 6.

    Returns:
        float32 (N, 39) in [0, 1].
    """
    low, high = ANSWER_RANGE
    answers = np.concatenate([people.survey, people.domains], axis=1, dtype=np.float32)
    return (answers - np.float32(low)) / np.float32(high - low)
