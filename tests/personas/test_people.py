"""People as arrays: what they refuse, how they are taken apart and encoded."""

import dataclasses
import pickle

import numpy as np
import pytest

from proactive_gym.errors import DataError, UnknownPersonError
from proactive_gym.personas import (
    DEMOGRAPHIC_FEATURES,
    People,
    Population,
    encode_demographics,
    encode_survey,
)
from proactive_gym.personas.people import concatenate
from proactive_gym.vocabulary import BIG5, CONDITIONS, DOMAINS, FACTS, GENDERS, SURVEY_ITEMS


@pytest.fixture(scope="module")
def people() -> People:
    return Population.load().people


def changed(people: People, **arrays: object) -> People:
    return dataclasses.replace(people, **arrays)


def test_shapes_and_types(people: People) -> None:
    n = len(people)
    assert people.age.dtype == np.int16
    assert people.big5.shape == (n, len(BIG5))
    assert people.survey.shape == (n, len(SURVEY_ITEMS))
    assert people.domains.shape == (n, len(DOMAINS))
    assert people.facts.shape == (n, len(FACTS))
    assert people.facts.dtype == np.bool_


@pytest.mark.parametrize(
    ("name", "value"),
    [("age", 17), ("gender", 3), ("gender", -1), ("household", 11), ("tech_comfort", 0)],
)
def test_values_out_of_range_are_refused(people: People, name: str, value: int) -> None:
    array = getattr(people, name).copy()
    array[5] = value
    with pytest.raises(DataError, match=rf"People\.{name}: expected"):
        changed(people, **{name: array})


@pytest.mark.parametrize(("name", "value"), [("survey", 8), ("domains", 0), ("big5", np.nan)])
def test_answers_out_of_range_are_refused(people: People, name: str, value: float) -> None:
    array = getattr(people, name).copy()
    array[3, 2] = value
    with pytest.raises(DataError, match=rf"People\.{name}: expected"):
        changed(people, **{name: array})


def test_other_types_and_shapes_are_refused(people: People) -> None:
    for arrays in (
        {"survey": people.survey.astype(np.int64)},
        {"survey": people.survey[:, :25]},
        {"age": people.age[:-1]},
        {"age": people.age.tolist()},
        {"facts": people.facts.astype(np.int8)},
    ):
        with pytest.raises(DataError, match=r"People\.\w+: expected \w+ of shape"):
            changed(people, **arrays)


def test_nobody_can_write_into_people(people: People) -> None:
    ages = people.age.copy()
    copy = changed(people, age=ages)
    ages[:] = 99
    assert np.array_equal(copy.age, people.age)
    for array in people.arrays().values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_take_keeps_rows_together(people: People) -> None:
    taken = people.take([7, 3, 7, -1])
    assert taken.ids == ("p0008", "p0004", "p0008", "p1000")
    for name, array in taken.arrays().items():
        assert np.array_equal(array, getattr(people, name)[[7, 3, 7, -1]])


def test_take_understands_masks_nothing_and_too_much(people: People) -> None:
    old = people.age >= 80
    assert len(people.take(old)) == old.sum() > 0
    assert len(people.take([])) == 0
    with pytest.raises(IndexError):
        people.take([1000])


def test_index_finds_the_first(people: People) -> None:
    assert people.index("p0042") == 41
    assert people.take([5, 41, 41]).index("p0042") == 1
    with pytest.raises(UnknownPersonError) as caught:
        people.index("p1001")
    assert str(caught.value) == "no person 'p1001'; the 1000 ids run from p0001 to p1000"


def test_concatenate_undoes_take(people: People) -> None:
    whole = concatenate([people.take(np.arange(400)), people.take(np.arange(400, 1000))])
    assert whole.ids == people.ids
    for name, array in whole.arrays().items():
        assert np.array_equal(array, getattr(people, name))


def test_people_survive_pickling(people: People) -> None:
    again = pickle.loads(pickle.dumps(people.take([0, 1])))
    assert again.ids == people.ids[:2]
    assert np.array_equal(again.survey, people.survey[:2])


def test_demographics_are_named_and_scaled(people: People) -> None:
    encoded = encode_demographics(people)
    assert encoded.dtype == np.float32
    assert encoded.shape == (len(people), len(DEMOGRAPHIC_FEATURES))
    assert len(set(DEMOGRAPHIC_FEATURES)) == len(DEMOGRAPHIC_FEATURES)
    assert encoded.min() == 0.0
    assert encoded.max() == 1.0
    column = DEMOGRAPHIC_FEATURES.index
    man = people.gender == GENDERS.index("man")
    assert np.array_equal(encoded[:, column("gender=man")] == 1, man)
    ill = people.condition != CONDITIONS.index("none")
    assert np.array_equal(encoded[:, column("has_condition")] == 1, ill)
    assert np.allclose(encoded[:, column("tech_comfort")], (people.tech_comfort - 1) / 4)
    assert np.allclose(encoded[:, column("age")], (people.age - 18) / 72)


def test_each_category_is_encoded_once(people: People) -> None:
    encoded = encode_demographics(people)
    for name in ("gender", "settlement", "household", "devices", "chronotype"):
        columns = [i for i, f in enumerate(DEMOGRAPHIC_FEATURES) if f.startswith(f"{name}=")]
        assert np.array_equal(encoded[:, columns].argmax(axis=1), getattr(people, name))
        assert np.array_equal(encoded[:, columns].sum(axis=1), np.ones(len(people)))


def test_demographics_reveal_neither_answers_nor_facts(people: People) -> None:
    blank = changed(
        people,
        survey=np.full_like(people.survey, 4),
        domains=np.full_like(people.domains, 4),
        big5=np.full_like(people.big5, 3),
        facts=np.zeros_like(people.facts),
    )
    assert np.array_equal(encode_demographics(blank), encode_demographics(people))


def test_very_old_people_stay_in_the_unit_interval(people: People) -> None:
    old = changed(people, age=np.full(len(people), 120, dtype=np.int16))
    assert encode_demographics(old)[:, 0].max() == 1.0


def test_survey_then_domains(people: People) -> None:
    encoded = encode_survey(people)
    assert encoded.dtype == np.float32
    assert encoded.shape == (len(people), 39)
    assert np.allclose(encoded[:, :26] * 6 + 1, people.survey)
    assert np.allclose(encoded[:, 26:] * 6 + 1, people.domains)
    assert (encoded.min(), encoded.max()) == (0.0, 1.0)
