import sys

import pytest

from proactive_gym.errors import CheckpointError, UnknownAgentError
from proactive_gym.leaderboard.check import problems, replayed
from proactive_gym.leaderboard.record import FROZEN_STATISTICS

pytestmark = pytest.mark.usefixtures("checked_suite")


def put(*keys, value):
    """A change: sets what `keys` lead to."""

    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        data[last] = value

    return change


def test_an_honest_record_comes_out_the_same(honest, adapting):
    assert replayed(honest, 3) == []
    assert replayed(adapting, 3) == []
    assert replayed(honest, 1_000) == []


@pytest.mark.parametrize("name", ["reward", "trust", "hits"])
def test_edited_scores_come_out_otherwise(honest, name, edited):
    told = edited(honest, put("runs", 0, "told", name, 1, value=[1.25] * 4))
    assert replayed(told, 3) == [f"run 0: {name} comes out otherwise"]
    assert replayed(told, 1) == []


@pytest.mark.parametrize("name", FROZEN_STATISTICS)
def test_an_edited_frozen_copy_comes_out_otherwise(adapting, name, edited):
    def change(data):
        data["runs"][0]["frozen"][name][1] = [1.25] * 4

    told = edited(adapting, change)
    assert replayed(told, 3) == [f"run 0: {name} of the frozen copy comes out otherwise"]
    assert replayed(told, 1) == []


def test_a_frozen_copy_that_is_left_out_comes_out_otherwise(adapting, edited):
    """Else an agent that learns what is wrong could hide it."""
    assert replayed(edited(adapting, put("runs", 0, "frozen", value=None)), 2) != []


@pytest.mark.parametrize("agent", ["honest", "adapting"])
def test_an_agent_cannot_be_called_a_reference(agent, request, edited):
    record = edited(request.getfixturevalue(agent), put("insider", value=True))
    assert replayed(record, 2) == ["whether it reads the simulator is told wrongly"]


def test_a_reference_cannot_be_called_an_agent(checkable, edited):
    oracle = checkable("oracle-observed")
    assert problems(oracle) == replayed(oracle, 2) == []
    found = replayed(edited(oracle, put("insider", value=False)), 2)
    assert found == ["whether it reads the simulator is told wrongly"]


def test_what_it_was_told_of_people_cannot_be_kept_quiet(checkable, edited):
    record = checkable("shy_agent:Told")
    assert (record.profile, record.reference, record.insider) == ("survey", True, False)
    assert record.judged is not None
    assert problems(record) == replayed(record, 2) == []
    quiet = edited(record, put("made_of", "options", value={}))
    assert not quiet.reference
    assert replayed(quiet, 2) == ["it asks for other options than the record says"]


@pytest.mark.parametrize(
    "change",
    [
        put("judged", value=None),
        put("judged", "alternatives", "mean", value=0.9),
        put("judged", "judgments", "low", value=0.1),
        put("judged", "judgments_count", value=999),
    ],
)
def test_an_edited_off_policy_check_comes_out_otherwise(honest, change, edited):
    assert replayed(edited(honest, change), 2) == ["the off-policy check comes out otherwise"]


def test_another_agents_scores_come_out_otherwise(honest, edited):
    found = replayed(edited(honest, put("made_of", "agent", value="always-now")), 2)
    assert len(found) > 3
    assert "run 0: delivered comes out otherwise" in found


@pytest.mark.parametrize(
    "change",
    [
        put("posterior", "mean", 2, 0, value=9.5),
        put("posterior", "sd", 4, 1, value=0.1),
        put("posterior", "reactions", 1, value=0),
        put("sweep", "table", 1, 2, 1, value=0.9),
        put("sweep", "table", 0, 0, 1, value=0.0),
        put("dimensions", value={"talking": "timing", "detail": "verbosity"}),
    ],
)
def test_what_goes_on_inside_cannot_be_painted(checkable, change, edited):
    record = checkable("shy_agent:Frank")
    assert problems(record) == replayed(record, 2) == []
    painted = edited(record, lambda data: change(data["inside"]))
    assert replayed(painted, 2) == ["what goes on inside it comes out otherwise"]
    # A record from before there was such a thing.
    assert replayed(edited(record, put("inside", value=None)), 2) == []


def test_who_shows_nothing_cannot_be_given_an_inside(adapting, checkable, edited):
    shown = checkable("shy_agent:Frank").inside.model_dump()
    found = replayed(edited(adapting, put("inside", value=shown)), 2)
    assert found == ["what goes on inside it comes out otherwise"]


def test_trained_agents_are_played_with_their_weights(learnt):
    record, weights = learnt
    assert replayed(record, 2, weights) == []
    message = "the weights given are not those of the record"
    for given in ([], weights[:1], [*weights, weights[0]]):
        assert message in replayed(record, 2, given)[0]
    with pytest.raises(CheckpointError, match="cannot be read"):
        replayed(record, 2, [weights[0], weights[0].with_name("none")])


def test_who_cannot_be_imported_is_named(honest, edited):
    nowhere = edited(honest, put("made_of", "agent", value="nowhere_agents:Best"))
    assert problems(nowhere) == []
    with pytest.raises(UnknownAgentError, match="there is no module nowhere_agents"):
        replayed(nowhere, 2)
    assert "nowhere_agents" not in sys.modules
