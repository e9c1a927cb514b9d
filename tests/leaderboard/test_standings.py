import numpy as np
import pytest

from proactive_gym.errors import RecordError
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.leaderboard.record import (
    FROZEN_STATISTICS,
    Cost,
    Group,
    MadeOf,
    Record,
    Run,
    Simulators,
    SuiteInfo,
    write_record,
)
from proactive_gym.leaderboard.standings import read_all, sessions_to_most, standings

PEOPLE, SESSIONS, POINTS = 20, 5, 10
SUITE = SuiteInfo(
    name="tiny-v0",
    people="test",
    seeds=[0],
    training_seeds=[0],
    sessions=SESSIONS,
    points=POINTS,
    profile="none",
    training={},
)


def table_of(mean):
    """Sums of rewards by person and session, of mean rewards that broadcast to that."""
    return (np.broadcast_to(mean, (PEOPLE, SESSIONS)) * POINTS).tolist()


def made_of(agent, **suite):
    return MadeOf(
        agent=agent,
        agent_code=None,
        suite=SUITE.model_copy(update=suite),
        options={},
        weights=[],
        simulator="s",
        code="c",
        simulators=[],
    )


def record_of(agent, reward, frozen=None, simulators=None, insider=False, **changed):
    """A record in which only rewards say anything.

    Args:
        agent: Its name.
        reward: Mean rewards, broadcast to (people, sessions).
        frozen: Those of its frozen copy.
        simulators: Mean reward under each other simulator, (simulators, people) or less.
    """
    told = dict.fromkeys(STATISTICS, table_of(0.1)) | {"points": table_of(1)}
    blind = dict.fromkeys(FROZEN_STATISTICS, table_of(0.1)) | {"points": table_of(1)}
    places = {name: [0.0] * 13 for name in PLACES}
    run = Run(
        told=told | {"reward": table_of(reward)},
        frozen=None if frozen is None else blind | {"reward": table_of(frozen)},
        activity={name: row[:11] for name, row in places.items()},
        domain=places,
    )
    if simulators is not None:
        rows = [np.broadcast_to(row, PEOPLE).tolist() for row in simulators]
        simulators = Simulators(seeds=list(range(len(rows))), reward=rows)
    made = made_of(agent).model_copy(
        update={"simulators": [str(seed) for seed in simulators.seeds] if simulators else []}
    )
    fields = {
        "about": agent,
        "insider": insider,
        "command": "",
        "commit": None,
        "versions": {},
        "made_of": made,
        "training": [],
        "people": [f"p{i}" for i in range(PEOPLE)],
        "groups": {"all": Group(labels=["all"], codes=[0] * PEOPLE)},
        "runs": [run],
        "results": {},
        "cost": Cost(act_us=1, observe_us=1, state_bytes=0),
        "simulators": simulators,
    }
    return Record.model_validate(fields | changed)


def stands(*records):
    return {s.name: s for s in standings(records)}


def of_people(*values):
    """Mean rewards that differ by person: the values in turn, the same in every session."""
    return np.resize(values, PEOPLE)[:, None]


# ---------------------------------------------------------------- ranks and leads


def test_agents_stand_by_mean_reward_and_insiders_have_no_rank():
    found = standings(
        [
            record_of("low", -0.2),
            record_of("oracle-full", 0.3, insider=True),
            record_of("high", 0.4),
            record_of("oracle-observed", 0.5, insider=True),
            record_of("middle", 0.1),
        ]
    )
    assert [(s.name, s.rank) for s in found] == [
        ("oracle-observed", None),
        ("high", 1),
        ("oracle-full", None),
        ("middle", 2),
        ("low", 3),
    ]


@pytest.mark.parametrize(
    ("suites", "asked", "ranked"),
    [
        ("demographics", None, True),
        ("demographics", "demographics", True),
        ("demographics", "none", True),
        ("demographics", "survey", False),
        ("none", "demographics", False),
        ("survey", "demographics", True),
    ],
)
def test_who_is_told_more_than_the_suite_tells_has_no_rank(suites, asked, ranked):
    suite = SUITE.model_copy(update={"profile": suites})
    options = {} if asked is None else {"profile": asked}
    made = made_of("told").model_copy(update={"suite": suite, "options": options})
    told = record_of("told", 0.3, made_of=made)
    assert told.profile == (asked or suites)
    found = stands(record_of("best", 0.4), told, record_of("last", 0.1))
    assert [s.rank for s in found.values()] == ([1, 2, 3] if ranked else [1, None, 2])
    assert found["told"].shaky is False
    lead = found["best"].lead
    assert lead.mean == pytest.approx(0.1 if ranked else 0.3)


def test_equals_stand_by_name_and_share_a_rank():
    many = [[0.1], [0.2]]
    found = standings(
        [record_of(name, 0.1, simulators=many) for name in "bac"]
        + [record_of("d", 0.0, simulators=[[0.0], [0.0]])]
    )
    assert [(s.name, s.rank) for s in found] == [("a", 1), ("b", 1), ("c", 1), ("d", 4)]
    assert [s.survives for s in found] == [None, None, 1.0, None]
    assert not any(s.shaky for s in found)


def test_a_tie_is_a_tie_whatever_the_number_of_runs():
    """Averages over three runs of the same scores differ in their last digits."""
    one = record_of("a", 1 / 3)
    weights = made_of("b").model_copy(update={"weights": ["w"] * 3})
    three = record_of("b", 1 / 3, made_of=weights, runs=one.runs * 3)
    assert [s.rank for s in standings([one, three])] == [1, 1]


def test_the_order_of_the_records_says_nothing():
    records = [record_of(n, r) for n, r in (("a", 0.1), ("b", 0.3), ("c", 0.2))]
    names = [[s.name for s in standings(rows)] for rows in (records, records[::-1])]
    assert names == [["b", "c", "a"]] * 2


def test_the_lead_is_over_the_next_that_is_ranked_and_paired():
    person = np.linspace(-0.5, 0.5, PEOPLE)[:, None]
    gain = of_people(0.02, 0.04)
    found = stands(
        record_of("best", person + 0.1 + gain),
        record_of("oracle-full", 0.05, insider=True),
        record_of("next", person + 0.1),
    )
    lead = found["best"].lead
    assert lead.mean == pytest.approx(0.03)
    # Each person counts as one difference: what people share is no uncertainty.
    assert 0.02 < lead.low < 0.03 < lead.high < 0.04
    assert found["next"].lead is None
    assert found["oracle-full"].lead is None


def test_the_chance_to_fare_better_counts_people():
    found = stands(
        record_of("best", of_people(0.9, 0.5, 0.1, 0.4)),
        record_of("next", of_people(0.1, 0.5, 0.3, 0.3)),
    )
    assert found["best"].improvement.mean == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert found["next"].improvement is None


# ---------------------------------------------------------------- references


def test_regret_gap_and_harm_by_hand():
    late = np.array([0, 0, 1, 1, 1.0])
    found = stands(
        record_of("silent", of_people(0.0, -0.4)),
        record_of("population", 0.1),
        record_of("learner", 0.1 + 0.3 * late + of_people(-0.02, 0.02)),
        record_of("oracle-observed", 0.1 + 0.4 * late, insider=True),
        record_of("harmful", of_people(-0.2, -0.3, 0.1, -0.5)),
    )
    learner = found["learner"]
    assert learner.regret.mean == pytest.approx(0.1 * 3 / 5)
    assert learner.gap_closed.mean == pytest.approx(0.75)
    assert learner.gap_closed.low < 0.75 < learner.gap_closed.high
    assert found["population"].gap_closed == pytest.approx((0, 0, 0), abs=1e-12)
    assert found["oracle-observed"].gap_closed == pytest.approx((1, 1, 1))
    assert found["oracle-observed"].regret == pytest.approx((0, 0, 0))
    assert found["harmful"].harmed.mean == pytest.approx(0.5)
    assert found["silent"].harmed.mean == found["learner"].harmed.mean == 0


def test_what_needs_a_record_that_is_not_there_is_none():
    only = stands(record_of("a", 0.1))["a"]
    assert (only.rank, only.lead, only.improvement, only.survives) == (1, None, None, None)
    assert (only.regret, only.gap_closed, only.harmed, only.sessions_to_most) == (None,) * 4
    assert not only.shaky
    with_oracle = stands(record_of("a", 0.1), record_of("oracle-observed", 0.5, insider=True))
    assert with_oracle["a"].regret is not None
    assert with_oracle["a"].gap_closed is None


def test_no_gap_leaves_no_share_of_it():
    found = stands(
        record_of("a", 0.2),
        record_of("population", 0.3),
        record_of("oracle-observed", 0.3, insider=True),
    )
    assert np.isnan(found["a"].gap_closed).all()


# ---------------------------------------------------------------- other simulators


@pytest.mark.parametrize(
    ("mine", "theirs", "survives", "shaky"),
    [
        ([0.5] * 20, [0.4] * 20, 1.0, False),
        ([0.5] * 19 + [0.3], [0.4] * 20, 0.95, False),
        ([0.5] * 18 + [0.3] * 2, [0.4] * 20, 0.9, True),
        ([0.5, 0.4], [0.4, 0.4], 0.5, True),
        ([0.1, 0.1], [0.4, 0.4], 0.0, True),
    ],
)
def test_a_place_holds_if_it_survives_other_simulators(mine, theirs, survives, shaky):
    found = stands(record_of("a", 0.5, simulators=mine), record_of("b", 0.4, simulators=theirs))
    assert found["a"].survives == pytest.approx(survives)
    assert found["a"].shaky == shaky
    assert found["b"].survives is None


def test_a_simulator_is_won_by_the_mean_over_people():
    mine = np.resize([1.0, -0.6], PEOPLE)[None]
    found = stands(record_of("a", 0.5, simulators=mine), record_of("b", 0.4, simulators=[0.1]))
    assert found["a"].survives == 1.0


def test_other_simulators_must_be_the_same_for_both():
    few, many = [0.5] * 2, [0.4] * 3
    assert stands(record_of("a", 0.5), record_of("b", 0.4, simulators=many))["a"].survives is None
    found = stands(record_of("a", 0.5, simulators=few), record_of("b", 0.4, simulators=many))
    assert found["a"].survives is None


# ---------------------------------------------------------------- learning


@pytest.mark.parametrize(
    ("gain", "session"),
    [
        ([0.0, 0.1, 0.2, 0.2, 0.2], 3),
        ([0.0, 0.17, 0.2, 0.2, 0.2], 3),
        ([0.0, 0.19, 0.2, 0.2, 0.2], 2),
        ([0.2, 0.2, 0.2, 0.2, 0.2], 1),
        ([0.0, 0.0, 0.0, 0.1, 0.2], 4),
        ([0.3, 0.0, 0.1, 0.1, 0.1], 1),
    ],
)
def test_the_session_of_most_of_the_gain(gain, session):
    noise = of_people(-0.01, 0.01)
    assert sessions_to_most(record_of("a", 0.3 + np.array(gain) + noise, 0.3)) == session


@pytest.mark.parametrize("gain", [of_people(-0.3, 0.32), of_people(-0.2), of_people(0.0)])
def test_who_gains_nothing_for_certain_has_no_such_session(gain):
    assert sessions_to_most(record_of("a", 0.3 + gain, 0.3)) is None


def test_who_does_not_adapt_has_no_such_session():
    assert sessions_to_most(record_of("a", 0.9)) is None


# ---------------------------------------------------------------- a folder of records


def test_all_records_of_a_folder_are_read(tmp_path):
    records = [record_of("a", 0.1), record_of("b", 0.2, frozen=0.1)]
    for record in records:
        write_record(record, tmp_path / f"{record.agent}.json")
    (tmp_path / "notes.txt").write_text("no record")
    assert read_all(tmp_path) == records


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"made_of": made_of("b", name="other-v0")},
            r"b\.json is of another suite, or of other people, than .*a\.json",
        ),
        ({"made_of": made_of("b", seeds=[1])}, r"b\.json is of another suite"),
        (
            {"made_of": made_of("b", training={"ppo": {"steps": 9}})},
            r"b\.json is of another suite",
        ),
        ({"people": [f"q{i}" for i in range(PEOPLE)]}, r"b\.json is of another suite, or of other"),
        (
            {"made_of": made_of("b").model_copy(update={"simulator": "t"})},
            r"b\.json was measured on other simulated people than .*a\.json",
        ),
    ],
)
def test_records_that_cannot_be_compared_are_refused(tmp_path, changed, message):
    write_record(record_of("a", 0.1), tmp_path / "a.json")
    write_record(record_of("b", 0.1, **changed), tmp_path / "b.json")
    with pytest.raises(RecordError, match=message):
        read_all(tmp_path)


def test_two_records_of_one_agent_are_refused(tmp_path):
    for name in ("one", "two"):
        write_record(record_of("a", 0.1), tmp_path / f"{name}.json")
    with pytest.raises(RecordError, match="holds two records of one agent"):
        read_all(tmp_path)


def test_an_empty_folder_and_a_broken_record_are_named(tmp_path):
    with pytest.raises(
        RecordError, match=r"holds no records: `proactive-gym benchmark` writes .*runs/out/quick-v0"
    ):
        read_all(tmp_path)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(RecordError, match=r"a\.json: "):
        read_all(tmp_path)
