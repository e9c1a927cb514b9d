import json
import sys

import pytest

from proactive_agents.checkpoint import digest
from proactive_gym.errors import CheckpointError, UnknownAgentError
from proactive_gym.evaluation import suites
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard.check import problems, replayed
from proactive_gym.leaderboard.compose import results_of
from proactive_gym.leaderboard.measure import Plan, Progress, measure
from proactive_gym.leaderboard.record import Commit, Record

TINY = Suite("tiny-v0", "validation", (0, 1), (0, 1), sessions=4, points=5)
LIVES, POINTS = 2, 10


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The tiny suite is one of the frozen ones."""
    monkeypatch.setitem(suites.SUITES, TINY.name, TINY)


def measured(agent, folder):
    record = measure(Plan(agent, TINY, "c", folder / "runs"), folder / "r.json", Progress())
    return record.model_copy(update={"commit": Commit(id="a" * 40, modified=False)})


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return measured("random", tmp_path_factory.mktemp("random"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A record of two trained runs, with their weights in the order of the runs."""
    folder = tmp_path_factory.mktemp("trained")
    record = measured("best-fixed", folder)
    files = {digest(path): path for path in (folder / "runs" / "models").iterdir()}
    return record, [files[weights] for weights in record.made_of.weights]


def edited(record, change, again=True):
    """The record after a change; `again` computes the results anew, as a careful cheat would."""
    data = json.loads(json.dumps(record.model_dump()))
    change(data)
    found = Record.model_validate(data)
    return found.model_copy(update={"results": results_of(found)}) if again else found


def raise_all(name, to, rows=slice(None)):
    def change(data):
        told = data["runs"][0]["told"]
        told[name][rows] = [[to] * 4 for _ in told[name][rows]]

    return change


def only(record, message, change, again=True):
    """The change has this one problem."""
    found = problems(edited(record, change, again))
    assert len(found) == 1, found
    assert message in found[0]


def test_an_honest_record_has_no_problems(honest, trained):
    assert problems(honest) == []
    assert problems(trained[0]) == []
    assert problems(edited(honest, lambda data: None)) == []


# ---------------------------------------------------------------- where it comes from


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("made_of", "suite", "seeds"), [0, 2], "the suite is not tiny-v0 as it is frozen here"),
        (("made_of", "suite", "profile"), "survey", "the suite is not tiny-v0 as it is frozen"),
        (("made_of", "suite", "points"), 6, "the suite is not tiny-v0 as it is frozen here"),
        (("made_of", "simulator"), "0" * 64, "other simulated people than this version's"),
        (("commit",), None, "does not say which commit was run"),
        (("commit", "modified"), True, "was run with uncommitted changes"),
    ],
)
def test_a_record_of_something_else_is_found(honest, keys, value, message):
    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        data[last] = value

    only(honest, message, change)


def test_an_unknown_suite_is_found(honest):
    def change(data):
        data["made_of"]["suite"]["name"] = "easy-v0"

    only(honest, "no suite 'easy-v0'", change)


@pytest.mark.parametrize("order", [slice(None, None, -1), [1, 0, *range(2, 80)], slice(1, None)])
def test_other_people_are_found(honest, order):
    def pick(rows):
        return rows[order] if isinstance(order, slice) else [rows[i] for i in order]

    def change(data):
        data["people"] = pick(data["people"])
        for group in data["groups"].values():
            group["codes"] = pick(group["codes"])
        told = data["runs"][0]["told"]
        data["runs"][0]["told"] = {name: pick(rows) for name, rows in told.items()}

    only(honest, "the people are not the 80 of tiny-v0, in their order", change)


def test_other_training_seeds_are_found(trained):
    def change(data):
        data["training"][1]["seed"] = 7

    only(trained[0], "training seeds must be [0, 1]", change)


def test_a_run_left_out_is_found(trained):
    def change(data):
        del data["runs"][1], data["training"][1]

    assert "training seeds must be [0, 1]" in problems(edited(trained[0], change))


# ---------------------------------------------------------------- tampering


def test_edited_results_are_found(honest):
    def change(data):
        data["results"]["reward"]["mean"] += 0.01
        data["results"]["trust"]["high"] = None

    only(honest, "these results do not follow from the raw scores: reward, trust", change, False)


@pytest.mark.parametrize("name", ["reward", "precision", "iqm"])
def test_missing_results_are_found(honest, name):
    only(honest, "results are missing", lambda data: data["results"].pop(name), False)


def test_results_too_many_are_found(honest):
    def change(data):
        data["results"]["charm"] = data["results"]["reward"]

    only(honest, "or there are too many", change, False)


def test_a_number_for_what_is_undefined_is_found(honest):
    mute = ("delivered", "well_timed", "ill_timed", "hits", "false_alarms")

    def silence(data):
        for name in (*mute, "autonomy_right", "style_right"):
            raise_all(name, 0)(data)

    silent = edited(honest, silence)
    assert problems(silent) == []

    def change(data):
        data["results"]["precision"] = {"mean": 0.0, "low": 0.0, "high": 0.0}

    only(silent, "do not follow from the raw scores: precision", change, again=False)


def test_the_last_digit_of_another_machine_is_no_tampering(honest):
    def change(data):
        data["results"]["reward"]["mean"] += 5e-5

    assert problems(edited(honest, change, again=False)) == []


def test_edited_raw_scores_are_found_by_the_results(honest):
    message = "these results do not follow from the raw scores: reward"
    only(honest, message, raise_all("reward", 6.0, slice(0, 9)), again=False)


@pytest.mark.parametrize(
    ("name", "to", "message"),
    [
        ("points", POINTS - 1, "every person and session must have 10 points"),
        ("lives", LIVES + 1, "every person and session must have 10 points"),
        ("reward", POINTS + 0.5, "a reward lies outside [-1, 1]"),
        ("reward", -POINTS - 0.5, "a reward lies outside [-1, 1]"),
        ("hits", -1, "a count is negative or larger"),
        ("harsh", POINTS + 1, "a count is negative or larger"),
        ("on", -1, "a count is negative or larger"),
        ("delivered", POINTS, "well timed and ill timed do not add up to the messages"),
        ("well_timed", POINTS, "well timed and ill timed do not add up to the messages"),
    ],
)
def test_sums_that_no_run_can_have_are_found(honest, name, to, message):
    only(honest, f"run 0: {message}", raise_all(name, to, slice(0, 1)))


def test_several_faults_are_all_told(honest):
    def change(data):
        data["commit"] = None
        data["made_of"]["simulator"] = "0"
        raise_all("reward", 99.0)(data)

    assert len(problems(edited(honest, change))) == 3


@pytest.mark.parametrize("name", ["hits", "false_alarms"])
def test_more_hits_than_messages_are_found(honest, name):
    """The lie that buys precision or recall without a word said."""

    def change(data):
        for other in ("delivered", "well_timed", "ill_timed", "hits", "false_alarms"):
            raise_all(other, 0)(data)
        raise_all(name, 3)(data)

    assert problems(edited(honest, change)) != []


def test_answers_that_nobody_can_give_are_found(honest):
    assert problems(edited(honest, raise_all("satisfaction", 7.5 * LIVES))) != []


def test_a_copy_that_plays_too_badly_to_be_true_is_found(honest):
    """A gain is bought as well by lying about the frozen copy."""

    def change(data):
        told = data["runs"][0]["told"]
        names = ("points", "lives", "timing_right", "satisfaction", "trust")
        frozen = {name: told[name] for name in names}
        data["runs"][0]["frozen"] = frozen | {"reward": [[-99.0] * 4 for _ in data["people"]]}

    assert problems(edited(honest, change)) != []


# ---------------------------------------------------------------- playing again


def test_an_honest_record_comes_out_the_same(honest):
    assert replayed(honest, 3) == []


@pytest.mark.parametrize("name", ["reward", "trust", "hits"])
def test_edited_scores_come_out_otherwise(honest, name):
    told = edited(honest, raise_all(name, 1.25, slice(1, 2)))
    assert replayed(told, 3) == [f"run 0: {name} of the first 3 people comes out otherwise"]
    assert replayed(told, 1) == []


def test_another_agents_scores_come_out_otherwise(honest):
    def change(data):
        data["agent"] = "always-now"

    assert len(replayed(edited(honest, change), 2)) > 3


def test_trained_agents_are_played_with_their_weights(trained):
    record, weights = trained
    assert replayed(record, 2, weights) == []
    message = "the weights given are not those of the record"
    for given in ([], weights[:1], [*weights, weights[0]]):
        assert message in replayed(record, 2, given)[0]
    with pytest.raises(CheckpointError, match="cannot be read"):
        replayed(record, 2, [weights[0], weights[0].with_name("none")])


def test_who_cannot_be_imported_is_named(honest):
    def change(data):
        data["agent"] = "nowhere_agents:Best"

    with pytest.raises(UnknownAgentError, match="there is no module nowhere_agents"):
        replayed(edited(honest, change), 2)
    assert "nowhere_agents" not in sys.modules


def test_runs_that_no_weights_belong_to_are_found(honest):
    """A second run of an agent without weights: nobody can say what it was."""

    def change(data):
        data["runs"] *= 2

    assert problems(edited(honest, change)) != []


def test_more_people_than_there_are_is_everybody(honest):
    assert replayed(honest, 1_000) == []
