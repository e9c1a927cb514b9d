from dataclasses import asdict, replace
from itertools import product

import numpy as np
import pytest

from proactive_gym.evaluation import suites
from proactive_gym.evaluation.scoring import PLACES
from proactive_gym.evaluation.training import arguments_of
from proactive_gym.leaderboard import check as checking
from proactive_gym.leaderboard.check import problems

pytestmark = pytest.mark.usefixtures("checked_suite")
LIVES, POINTS = 2, 10
wished = checking._wished


def put(*keys, value):
    """A change: sets what `keys` lead to."""

    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        data[last] = value

    return change


def raise_all(name, to, rows=slice(None)):
    def change(data):
        told = data["runs"][0]["told"]
        told[name][rows] = [[to] * 4 for _ in told[name][rows]]

    return change


def raising(rows=slice(0, 1), **sums):
    """A change of several sums of the first person."""

    def change(data):
        for name, to in sums.items():
            raise_all(name, to, rows)(data)

    return change


@pytest.fixture
def only(edited):
    """`only(record, message, change)`: the change has this one problem."""

    def check(record, message, change, again=True, settle=True):
        found = problems(edited(record, change, again, settle))
        assert len(found) == 1, found
        assert message in found[0]

    return check


def test_an_honest_record_has_no_problems(honest, adapting, learnt, monkeypatch, edited):
    monkeypatch.setattr(checking, "_wished", wished)
    for record in (honest, adapting, learnt[0]):
        assert problems(record) == []
        assert problems(edited(record, lambda data: None)) == []


# ---------------------------------------------------------------- where it comes from


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("made_of", "suite", "seeds"), [0, 2], "the suite is not tiny-v0 as it is frozen here"),
        (("made_of", "suite", "profile"), "survey", "the suite is not tiny-v0 as it is frozen"),
        (("made_of", "suite", "points"), 6, "the suite is not tiny-v0 as it is frozen here"),
        (("made_of", "suite", "training"), {"ppo": {}}, "the suite is not tiny-v0 as it is frozen"),
        (("made_of", "suite", "name"), "easy-v0", "no suite 'easy-v0'"),
        (("made_of", "agent"), "nobody", "no agent 'nobody'"),
        (("made_of", "agent"), "../mine", "no agent '../mine'"),
        (("made_of", "agent"), "", "no agent ''"),
        (("made_of", "simulator"), "0" * 64, "other simulated people than this version's"),
        (
            ("made_of", "options"),
            {"mood": "good"},
            "may choose its history and profile, not 'mood'",
        ),
        (("made_of", "options"), {"history": "all"}, "history must be one of last, counts"),
        (("commit",), None, "it does not say at which commit it was run: use a checkout"),
        (("commit", "modified"), True, "it was run with uncommitted changes"),
        (("groups",), {}, "the kinds of people are not those of these people"),
        (("groups", "age", "labels", 0), "young", "the kinds of people are not those of these"),
    ],
)
def test_a_record_of_something_else_is_found(honest, keys, value, message, only):
    only(honest, message, put(*keys, value=value))


def test_people_of_another_kind_are_found(honest, only):
    def change(data):
        codes = data["groups"]["age"]["codes"]
        codes[0] = next(code for code in codes if code != codes[0])

    only(honest, "the kinds of people are not those of these people", change)


@pytest.mark.parametrize("order", [slice(None, None, -1), [1, 0, *range(2, 80)], slice(1, None)])
def test_other_people_are_found(honest, order, only):
    def pick(rows):
        return rows[order] if isinstance(order, slice) else [rows[i] for i in order]

    def change(data):
        data["people"] = pick(data["people"])
        for group in data["groups"].values():
            group["codes"] = pick(group["codes"])
        told = data["runs"][0]["told"]
        data["runs"][0]["told"] = {name: pick(rows) for name, rows in told.items()}

    only(honest, "the people are not the 80 of tiny-v0, in their order", change)


def left_out(data):
    del data["runs"][1], data["training"][1], data["made_of"]["weights"][1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("training", 1, "seed", value=7), "best-fixed must be trained with the seeds [0, 1]"),
        (put("training", value=[]), "best-fixed must be trained with the seeds [0, 1]"),
        (left_out, "best-fixed must be trained with the seeds [0, 1]"),
        (
            put("training", 1, "arguments", "seed", value=7),
            "it was trained with other arguments than tiny-v0 has for best-fixed",
        ),
        (put("training", 0, "arguments", value={}), "it was trained with other arguments"),
        (
            put("training", 1, "commit", value=None),
            "it does not say at which commit it was trained",
        ),
        (put("training", 0, "commit", "modified", value=True), "was trained with uncommitted"),
        (put("made_of", "agent", value="silent"), "silent has no weights"),
    ],
)
def test_other_training_than_the_suites_is_found(learnt, change, message, only):
    only(learnt[0], message, change)


@pytest.mark.parametrize("epochs", [3, 4])
def test_an_agent_is_trained_with_the_arguments_that_the_suite_has_for_it(
    learnt, epochs, monkeypatch, checked_suite, only, edited
):
    given = {"population": {"epochs": 3}}
    monkeypatch.setitem(suites.SUITES, checked_suite.name, replace(checked_suite, training=given))

    def change(data):
        data["made_of"]["agent"] = "population"
        data["made_of"]["suite"]["training"] = given
        for t in data["training"]:
            arguments = arguments_of("population", {"seed": t["seed"], "epochs": epochs})
            t["arguments"] = asdict(arguments)

    if epochs == 3:
        assert problems(edited(learnt[0], change)) == []
    else:
        only(learnt[0], "with other arguments than tiny-v0 has for population", change)


def test_how_ones_own_agent_was_trained_is_ones_own_affair(learnt, edited):
    def change(data):
        data["made_of"]["agent"] = "mine:Own"
        data["training"] = []

    assert problems(edited(learnt[0], change)) == []


def test_several_faults_are_all_told(honest, edited):
    def change(data):
        data["commit"] = None
        data["made_of"]["simulator"] = "0"
        data["groups"] = {}

    assert len(problems(edited(honest, change))) == 3
    change = raising(reward=99.0, trust=99.0, hits=99)
    assert len(problems(edited(honest, change, again=False, settle=False))) >= 6


# ---------------------------------------------------------------- results


def test_edited_results_are_found(honest, only):
    def change(data):
        data["results"]["reward"]["mean"] += 0.01
        data["results"]["trust"]["high"] = None

    only(honest, "these results do not follow from the raw scores: reward, trust", change, False)


@pytest.mark.parametrize("name", ["reward", "precision", "iqm"])
def test_missing_results_are_found(honest, name, only):
    only(honest, "results are missing", lambda data: data["results"].pop(name), False)


def test_results_too_many_are_found(honest, only):
    def change(data):
        data["results"]["charm"] = data["results"]["reward"]

    only(honest, "or there are too many", change, False)


def silence(data):
    """Takes back every message, as a careful cheat would."""
    for name in ("delivered", "well_timed", "ill_timed", "hits", "false_alarms", "harsh"):
        raise_all(name, 0)(data)
    raising(slice(None), autonomy_right=0, style_right=0)(data)
    told = data["runs"][0]["told"]
    told["missed"] = told["needed"]


def test_a_number_for_what_is_undefined_is_found(honest, only, edited):
    silent = edited(honest, silence)
    assert problems(silent) == []
    nothing = put("results", "precision", value={"mean": 0.0, "low": 0.0, "high": 0.0})
    only(silent, "do not follow from the raw scores: precision", nothing, again=False)


def test_the_last_digit_of_another_machine_is_no_tampering(honest, edited):
    def change(data):
        data["results"]["reward"]["mean"] += 5e-5

    assert problems(edited(honest, change, again=False)) == []


def test_edited_raw_scores_are_found_by_the_results(honest, only):
    message = "these results do not follow from the raw scores: reward"
    only(honest, message, raise_all("reward", 6.0, slice(0, 9)), again=False)


# ---------------------------------------------------------------- raw scores


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("name", ["points", "needed", "unneeded", "points_seen", "lives"])
def test_what_is_the_same_for_every_agent_cannot_differ(learnt, name, by, only):
    def change(data):
        data["runs"][1]["told"][name][3][2] += by

    only(learnt[0], f"run 1: {name} is not what it is for every agent on this suite", change)


@pytest.mark.parametrize(
    ("name", "to"),
    [
        *product(("reward", "reward_seen"), (POINTS + 0.5, -POINTS - 0.5)),
        *product(("satisfaction", "trust", "comfort"), (LIVES - 0.5, 7 * LIVES + 0.5)),
        *product(("missed", "harsh", "timing_right", "autonomy_right"), (-1, POINTS + 1)),
        *product(("timing_regret",), (-0.5, 2 * POINTS + 0.5)),
        ("hits", -1),
        ("on", -1),
        ("style_right", POINTS + 1),
    ],
)
def test_sums_that_no_run_can_have_are_found(honest, name, to, edited):
    found = problems(edited(honest, raise_all(name, to, slice(0, 1))))
    assert f"run 0: {name} is out of range" in found


ADD_UP = "well timed and ill timed do not add up to the messages"
ALL_SAID = {"delivered": POINTS, "well_timed": POINTS, "ill_timed": 0, "false_alarms": 0}


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        ({"on": LIVES + 1}, "on exceeds lives"),
        ({"hits": 0, "missed": 0}, "hits and missed do not add up to the needed points"),
        (ALL_SAID | {"hits": POINTS}, "hits exceeds needed"),
        (ALL_SAID | {"hits": 0, "false_alarms": POINTS}, "false_alarms exceeds unneeded"),
        ({"delivered": POINTS, "well_timed": 4, "ill_timed": 5}, ADD_UP),
        ({"well_timed": POINTS, "ill_timed": 1}, ADD_UP),
        (
            {"delivered": 0, "well_timed": 0, "ill_timed": 0, "hits": 1, "false_alarms": 0},
            "there are more hits and false alarms than messages",
        ),
    ],
)
def test_sums_that_do_not_go_together_are_found(honest, sums, message, edited):
    assert f"run 0: {message}" in problems(edited(honest, raising(**sums)))


PARTS = {
    "autonomy_right": "delivered",
    "style_right": "delivered",
    "well_timed": "timing_right",
    "missed": "needed",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_cannot_exceed_its_whole(honest, part, edited):
    """Else a share of messages, such as autonomy match, exceeds 1."""
    told = {name: np.array(table) for name, table in honest.runs[0].told.items()}
    whole = told[PARTS[part]]
    assert (told[part] <= whole).all()
    assert (told["hits"] + told["missed"] == told["needed"]).all()
    person = int(np.argmin(whole.max(axis=1)))
    assert whole[person].max() < POINTS
    sums = {part: whole[person].max() + 1}
    if part == "well_timed":
        person, sums = int(np.argmax(told[part].min(axis=1))), {"timing_right": 0}
    assert problems(edited(honest, raising(slice(person, person + 1), **sums))) != []


@pytest.mark.parametrize("places", ["activity", "domain"])
@pytest.mark.parametrize("name", PLACES)
def test_places_that_do_not_add_up_are_found(honest, places, name, only):
    def change(data):
        data["runs"][0][places][name][2] += 0.5

    only(honest, f"{name} by activity and by domain does not add up", change, settle=False)


def test_answers_that_nobody_can_give_are_found(honest, only):
    only(honest, "satisfaction is out of range", raise_all("satisfaction", 7.5 * LIVES))


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("reward", -POINTS - 0.5),
        ("reward", POINTS + 0.5),
        ("timing_right", -1),
        ("timing_right", POINTS + 1),
        ("satisfaction", LIVES - 0.5),
        ("trust", 7 * LIVES + 0.5),
        ("points", POINTS + 1),
        ("points", 1),
        ("lives", LIVES - 1),
    ],
)
def test_a_copy_that_plays_too_badly_to_be_true_is_found(adapting, name, to, edited):
    """A gain is bought as well by lying about the frozen copy."""

    def change(data):
        data["runs"][0]["frozen"][name] = [[to] * 4 for _ in data["people"]]

    found = problems(edited(adapting, change))
    assert len(found) == 1
    assert name in found[0]


@pytest.mark.parametrize("reward", [1.5, -1.01])
def test_rewards_under_other_simulators_must_be_possible(honest, reward, only, edited):
    rows = [[0.5] * 80, [0.5] * 79 + [reward]]

    def change(data, rows=rows):
        data["made_of"]["simulators"] = ["f" * 64] * 2
        data["simulators"] = {"seeds": [0, 1], "reward": rows}

    only(honest, "a reward under other simulators lies outside [-1, 1]", change)
    assert problems(edited(honest, lambda data: change(data, rows[:1] * 2))) == []
