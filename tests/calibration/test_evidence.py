import numpy as np
import pytest

from proactive_gym.calibration.assess.panel import FOLDS, INSIDE, OUTSIDE, Panel
from proactive_gym.calibration.tables import Evidence, alternative_rows, deviation_columns
from proactive_gym.data.records import BEHAVIOURS, load_splits
from proactive_gym.errors import DataError
from proactive_gym.personas import Population
from proactive_gym.users.deviations import SLOPES
from proactive_gym.vocabulary import ACTIVITIES

POPULATION = Evidence.of_split("population")
VALIDATION = Evidence.of_split("validation")


def some(evidence: Evidence, count: int) -> Evidence:
    return Evidence.of_people(evidence.people.take(np.arange(count)))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.of(some(POPULATION, 20), some(VALIDATION, 4))


def test_the_fit_sees_population_people_only() -> None:
    fitted_on = set(load_splits().population)
    records = (*POPULATION.judgments, *POPULATION.alternatives, *POPULATION.diaries)
    assert len(POPULATION.people) == 280
    assert set(POPULATION.people.ids) <= fitted_on
    assert {r.persona for r in records} == set(POPULATION.people.ids)


def test_nothing_is_known_of_test_people() -> None:
    nobody = Evidence.of_split("test")
    assert len(nobody.people) == 0
    assert (nobody.judgments, nobody.alternatives, nobody.diaries) == ((), (), ())


def test_alternatives_are_ten_behaviours_of_one_moment() -> None:
    rows, answers = alternative_rows(some(POPULATION, 3))
    first = POPULATION.alternatives[0]
    assert rows.moment.reshape(-1, len(BEHAVIOURS)).std(axis=1).max() == 0
    assert answers[: len(BEHAVIOURS)].tolist() == list(first.satisfaction)
    assert rows.silent.reshape(-1, len(BEHAVIOURS))[:, 0].all()
    assert rows.silent.sum() == len(rows.moment) / len(BEHAVIOURS)


def test_a_deviation_moves_only_its_component_in_its_place() -> None:
    rows, _ = alternative_rows(some(POPULATION, 20))
    columns = deviation_columns(rows)
    facets = [s.facet for s in SLOPES]
    silent, work = columns[:, facets.index("silent")], columns[:, facets.index("now at work")]
    assert np.array_equal(silent, rows.silent * 1.0)
    daytime = (rows.situation.hour >= 8) & (rows.situation.hour < 22)
    meeting = rows.situation.activity == ACTIVITIES.index("meeting")
    now = rows.action[:, 0] == 1
    assert (work[meeting & daytime & now] == 1).all()
    assert (work[~now] == 0).all()


def test_resampled_people_bring_their_own_answers() -> None:
    few = some(POPULATION, 12)
    drawn = few.resample(5)
    originals = [i.split("#")[0] for i in drawn.people.ids]
    assert len(set(drawn.people.ids)) == len(few.people)
    assert len(set(originals)) < len(originals)
    assert originals != [i.split("#")[0] for i in few.resample(6).people.ids]
    assert drawn.people.ids == few.resample(5).people.ids
    for name in ("judgments", "alternatives", "diaries"):
        before = [r.persona for r in getattr(few, name)]
        after = [r.persona for r in getattr(drawn, name)]
        assert {p: after.count(p) for p in drawn.people.ids} == {
            p: before.count(p.split("#")[0]) for p in drawn.people.ids
        }
    row = originals.index(originals[-1])
    there = few.people.index(originals[row])
    assert np.array_equal(drawn.people.survey[row], few.people.survey[there])


def test_no_person_is_on_both_sides_of_a_split(panel: Panel) -> None:
    person = panel.stack.person
    tested = np.zeros(len(person), int)
    for train, test in panel.splits(person):
        assert not set(person[train]) & set(person[test])
        assert (panel.fold[person[train]] != FOLDS).all()
        tested += test
    assert (tested == 1).all()


def test_validation_people_are_predicted_by_all_others(panel: Panel) -> None:
    train, test = list(panel.splits(panel.moment_person))[-1]
    groups = panel.groups(panel.moment_person)
    assert np.array_equal(test, groups[OUTSIDE])
    assert np.array_equal(train, groups[INSIDE])


def test_a_person_in_both_groups_is_refused() -> None:
    few = some(POPULATION, 3)
    with pytest.raises(DataError, match=few.people.ids[0]):
        Panel.of(few, few)


def test_predictions_are_put_back_in_their_rows(panel: Panel) -> None:
    person = panel.moment_person
    itself = np.arange(len(person), dtype=float)
    assert np.array_equal(panel.predict(person, lambda train, test: itself[test]), itself)


def test_every_outside_person_is_of_the_validation_split() -> None:
    assert set(VALIDATION.people.ids) <= set(Population.load().split("validation").ids)
    assert len(VALIDATION.people) == 40
