"""`Population`: the thousand personas and their fixed splits."""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from proactive_gym.data.records import Splits, load_splits
from proactive_gym.errors import DataError, UnknownPersonError
from proactive_gym.personas.people import CATEGORIES, People, no_such_person
from proactive_gym.personas.persona import Persona, load_personas
from proactive_gym.vocabulary import BIG5, DOMAINS, FACTS, SPLITS, SURVEY_ITEMS


class Population(Sequence[Persona]):
    """An ordered set of personas: a sequence that also finds a person by id.

    `population[3]` and `population["p0042"]` are personas, `population[:10]` is a population.
    """

    def __init__(self, personas: Iterable[Persona], splits: Splits) -> None:
        """Collect personas.

        Args:
            personas: At most one with each id.
            splits: Must place each of them in a split; may place others as well.

        Raises:
            DataError: An id occurs twice or stands in no split.
        """
        self._personas = tuple(personas)
        self._splits = splits
        self._by_id = {persona.id: persona for persona in self._personas}
        if len(self._by_id) < len(self._personas):
            raise DataError("a population holds each person once; an id occurs twice")
        unplaced = self._by_id.keys() - {i for name in SPLITS for i in getattr(splits, name)}
        if unplaced:
            raise DataError(f"person {min(unplaced)} stands in no split")

    @staticmethod
    def load() -> "Population":
        """The packaged thousand personas. Read once, then shared.

        Raises:
            DataError: A packaged file is broken.
        """
        return _load()

    def split(self, name: str) -> "Population":
        """The people here that belong to a split, in this population's order.

        Args:
            name: "population" (to fit and train on), "validation" or "test".

        Raises:
            UnknownPersonError: There is no such split.
        """
        if name not in SPLITS:
            raise UnknownPersonError(f"no split {name!r}; the splits are {', '.join(SPLITS)}")
        chosen = set(getattr(self._splits, name))
        return Population((p for p in self._personas if p.id in chosen), self._splits)

    def subset(self, ids: Iterable[str]) -> "Population":
        """The people with these ids, in the order of `ids`.

        Raises:
            UnknownPersonError: An id is unknown here.
            DataError: An id is given twice.
        """
        return Population((self[person_id] for person_id in ids), self._splits)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order."""
        return tuple(persona.id for persona in self._personas)

    @cached_property
    def people(self) -> People:
        """The same persons as arrays, row i for `self[i]`."""
        return _to_people(self._personas)

    def __len__(self) -> int:
        """The number of personas."""
        return len(self._personas)

    @overload
    def __getitem__(self, key: int | str) -> Persona: ...

    @overload
    def __getitem__(self, key: slice) -> "Population": ...

    def __getitem__(self, key: int | str | slice) -> "Persona | Population":
        """A persona by position or id, or a population by slice.

        Raises:
            IndexError: There is no such position.
            UnknownPersonError: There is no such id.
        """
        if isinstance(key, slice):
            return Population(self._personas[key], self._splits)
        if isinstance(key, str):
            try:
                return self._by_id[key]
            except KeyError:
                raise UnknownPersonError(no_such_person(key, self.ids)) from None
        return self._personas[key]

    def __contains__(self, item: object) -> bool:
        """Whether this id, or this persona, is here."""
        if isinstance(item, str):
            return item in self._by_id
        return isinstance(item, Persona) and self._by_id.get(item.id) == item

    def __repr__(self) -> str:
        """Size and id range, not a thousand biographies."""
        span = f": {min(self._by_id)} to {max(self._by_id)}" if self._personas else ""
        return f"<Population of {len(self)}{span}>"


@cache
def _load() -> Population:
    return Population(load_personas(), load_splits())


def _to_people(personas: Sequence[Persona]) -> People:
    def column(field: str, dtype: type) -> NDArray:
        return np.array([getattr(p, field) for p in personas], dtype=dtype)

    def table(rows: Iterable[Sequence[float]], width: int, dtype: type) -> NDArray:
        return np.array(list(rows), dtype=dtype).reshape(len(personas), width)

    return People(
        ids=tuple(p.id for p in personas),
        age=column("age", np.int16),
        tech_comfort=column("tech_comfort", np.int8),
        big5=table((p.big5 for p in personas), len(BIG5), np.float32),
        survey=table((p.survey for p in personas), len(SURVEY_ITEMS), np.int8),
        domains=table((p.domains for p in personas), len(DOMAINS), np.int8),
        facts=table(([f in p.facts for f in FACTS] for p in personas), len(FACTS), np.bool_),
        **{
            name: np.array([words.index(getattr(p, name)) for p in personas], dtype=np.int8)
            for name, words in CATEGORIES.items()
        },
    )
