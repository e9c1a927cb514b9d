"""Personas, the population and its splits."""

import dataclasses
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from proactive_gym.data import data_path, load_splits
from proactive_gym.errors import DataError, UnknownPersonError
from proactive_gym.personas import Population, load_personas
from proactive_gym.personas.people import CATEGORIES
from proactive_gym.vocabulary import BIG5, DOMAINS, FACTS, SPLITS, SURVEY_ITEMS

LINES = [json.loads(x) for x in data_path("personas.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def population() -> Population:
    return Population.load()


def saved(folder: Path, *records: dict) -> Path:
    path = folder / "people.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_a_persona_keeps_what_the_line_says(population: Population) -> None:
    for line, persona in zip(LINES, population, strict=True):
        assert persona.answers == line["survey"] | line["domains"]
        assert dict(zip(BIG5, persona.big5, strict=True)) == line["big5"]
        assert set(persona.facts) == set(line["facts"])
        for field in line.keys() - {"survey", "domains", "big5", "facts"}:
            assert getattr(persona, field) == line[field]


def test_arrays_agree_with_personas(population: Population) -> None:
    people = population.people
    assert people.ids == population.ids
    for i, line in enumerate(LINES):
        assert people.age[i] == line["age"]
        for name, words in CATEGORIES.items():
            assert words[getattr(people, name)[i]] == line[name]
        assert [int(x) for x in people.survey[i]] == [line["survey"][k] for k in SURVEY_ITEMS]
        assert [int(x) for x in people.domains[i]] == [line["domains"][k] for k in DOMAINS]
        assert {f for f, has in zip(FACTS, people.facts[i], strict=True) if has} == set(
            line["facts"]
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"age": 17}, "age"),
        ({"age": "61"}, "age"),
        ({"gender": "female"}, "gender"),
        ({"bio": None}, "bio"),
        ({"big5": {"O": 1, "C": 1, "E": 1, "A": 1, "N": 5.1}}, r"big5\.N"),
        ({"survey": LINES[0]["survey"] | {"T11": 3}}, r"survey\.T11"),
        ({"domains": {}}, r"domains\.calendar"),
        ({"facts": ["partner", "partner"]}, "facts"),
        ({"facts": ["rich"]}, "facts"),
        ({"shoe_size": 40}, "shoe_size"),
    ],
)
def test_a_broken_persona_is_refused(tmp_path: Path, change: dict, field: str) -> None:
    with pytest.raises(DataError, match=f'people.jsonl, line 2, field "{field}"'):
        load_personas(saved(tmp_path, LINES[0], LINES[1] | change))


def test_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='line 2, field "id"'):
        load_personas(saved(tmp_path, LINES[0], LINES[0]))


def test_it_is_a_sequence(population: Population) -> None:
    assert len(population) == 1000
    assert population[41] is population["p0042"]
    assert population[-1].id == "p1000"
    assert population.index(population["p0007"]) == 6
    assert "p0042" in population
    assert "p1001" not in population
    assert population[3] in population
    assert dataclasses.replace(population[3], age=99) not in population
    assert 3 not in population
    assert population[10:12].ids == ("p0011", "p0012")
    with pytest.raises(IndexError):
        population[1000]


def test_splits_divide_the_population(population: Population) -> None:
    parts = [population.split(name) for name in SPLITS]
    assert [len(part) for part in parts] == [800, 80, 120]
    assert sorted(i for part in parts for i in part.ids) == sorted(population.ids)
    assert parts[1].ids == tuple(i for i in population.ids if i in load_splits().validation)
    assert len(parts[2].split("population")) == 0


def test_an_empty_population_has_empty_arrays(population: Population) -> None:
    nobody = population.subset([])
    assert len(nobody.people) == 0
    assert nobody.people.survey.shape == (0, 26)
    with pytest.raises(UnknownPersonError, match="there are no people here"):
        nobody["p0001"]


def test_a_subset_keeps_the_order_asked_for(population: Population) -> None:
    subset = population.subset(["p0300", "p0002"])
    assert subset.ids == ("p0300", "p0002")
    assert subset.people.age.tolist() == [population["p0300"].age, population["p0002"].age]
    with pytest.raises(DataError, match="twice"):
        population.subset(["p0002", "p0002"])


def test_unknown_names_get_help(population: Population) -> None:
    with pytest.raises(UnknownPersonError) as caught:
        population["p1001"]
    assert str(caught.value) == "no person 'p1001'; the 1000 ids run from p0001 to p1000"
    with pytest.raises(UnknownPersonError) as caught:
        population.split("dev")
    assert str(caught.value) == "no split 'dev'; the splits are population, validation, test"
    with pytest.raises(UnknownPersonError, match="80 ids run from p0002 to p0990"):
        population.split("validation").subset(["p0001"])


def test_a_person_outside_all_splits_is_refused(population: Population) -> None:
    stranger = dataclasses.replace(population[0], id="p2000")
    with pytest.raises(DataError, match="p2000 stands in no split"):
        Population([stranger], load_splits())


def test_personas_are_immutable_and_survive_pickling(population: Population) -> None:
    persona = population["p0001"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        persona.age = 3  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(persona)) == persona
    assert hash(persona) == hash(pickle.loads(pickle.dumps(persona)))


def test_loading_happens_once_and_not_on_import(population: Population) -> None:
    assert Population.load() is population
    script = (
        "import pathlib, scipy.special\n"  # numpy and scipy may read what they like
        "def refuse(*_, **__): raise RuntimeError('a file was read')\n"
        "pathlib.Path.read_bytes = pathlib.Path.read_text = pathlib.Path.open = refuse\n"
        "import proactive_gym.personas, proactive_gym.personas.sampling, proactive_gym.data\n"
        "import sys; assert 'scipy.stats' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
