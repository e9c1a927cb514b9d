import json
from pathlib import Path

import numpy as np
import pytest

from proactive_gym.errors import RecordError
from proactive_gym.evaluation.scoring import STATISTICS
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard.measure import Plan, Progress, measure
from proactive_gym.leaderboard.record import (
    FROZEN_STATISTICS,
    Record,
    read_record,
    write_record,
)

TINY = Suite("tiny-v0", "validation", (0,), (0,), sessions=4, points=5)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The file of a measured record."""
    folder = tmp_path_factory.mktemp("record")
    plan = Plan("always-now", TINY, "proactive-gym benchmark always-now", folder / "runs")
    measure(plan, folder / "r.json", Progress())
    return folder / "r.json"


@pytest.fixture
def record(written):
    return read_record(written)


@pytest.fixture
def refused(written, tmp_path):
    """Writes a changed record, and says how it is refused."""

    def change_and_read(change):
        data = json.loads(written.read_text())
        change(data)
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(data))
        with pytest.raises(RecordError) as error:
            read_record(path)
        return str(error.value)

    return change_and_read


UNTOLD = {"seed": 0, "arguments": {}, "seconds": 1, "curve": []}
TRAINING = UNTOLD | {"commit": {"id": "f" * 40, "modified": False}}
FROZEN = {name: [[0.0] * 4] * 80 for name in FROZEN_STATISTICS} | {"trust": [[0.0] * 3] * 80}


def put(*keys, value):
    """A change: sets what `keys` lead to."""

    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        data[last] = value

    return change


def drop(*keys):
    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        del data[last]

    return change


def twins(data):
    data["people"][1] = data["people"][0]


def alone(data):
    data["people"] = data["people"][:1]


# ---------------------------------------------------------------- round trip


def test_a_record_is_written_and_read_to_the_last_digit(record, tmp_path):
    write_record(record, tmp_path / "deep" / "again.json")
    again = read_record(tmp_path / "deep" / "again.json")
    assert again == record
    write_record(again, tmp_path / "third.json")
    first, third = tmp_path / "deep" / "again.json", tmp_path / "third.json"
    assert first.read_bytes() == third.read_bytes()


@pytest.mark.parametrize(
    "number", [0.1 + 0.2, 1e-9, -1e-300, 1e22, 1.7e308, 123456789.123, -0.0, 5e-324]
)
def test_awkward_numbers_survive(record, tmp_path, number):
    rows = [[number, 0.5, -number, 3.0] for _ in record.people]
    told = {**record.runs[0].told, "reward": rows}
    changed = record.model_copy(update={"runs": [record.runs[0].model_copy(update={"told": told})]})
    write_record(changed, tmp_path / "r.json")
    assert read_record(tmp_path / "r.json").runs[0].told["reward"] == rows


@pytest.mark.parametrize(
    "words",
    ["über “Worte” \n\t\\", "--seeds [0, 1, 2]", "[ e ]", "a [1,\n 2] b", "{[-1. , s]}"],
)
def test_words_survive(record, tmp_path, words):
    write_record(record.model_copy(update={"command": words}), tmp_path / "r.json")
    assert read_record(tmp_path / "r.json").command == words


def test_a_row_of_numbers_stands_on_one_line(written):
    lines = written.read_text(encoding="utf-8").splitlines()
    rows = len(STATISTICS) * 80
    assert rows < len(lines) < rows + 2_000
    assert max(len(line) for line in lines) < 1_500
    assert written.read_text().endswith("}\n")


def test_a_failed_write_leaves_what_was_there(record, tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    write_record(record, path)
    before = path.read_bytes()

    def full(part, text, encoding):
        part.write_bytes(text[:99].encode(encoding))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write_record(record, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


# ---------------------------------------------------------------- what it says


def test_raw_scores_are_by_run_person_and_session(record):
    raw = record.raw()
    assert set(raw) == set(STATISTICS)
    assert all(table.shape == (1, 80, 4) for table in raw.values())
    assert (raw["points"] == 5).all()
    assert np.array_equal(raw["reward"][0], record.runs[0].told["reward"])
    assert not record.adapts
    assert (record.suite.name, record.suite.training) == ("tiny-v0", {})
    assert record.agent == record.made_of.agent == "always-now"
    assert "agent" not in record.model_dump()


# ---------------------------------------------------------------- the schema


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("mood", value=1), "mood: Extra inputs are not permitted"),
        (put("made_of", "suite", "mood", value=1), r"made_of.suite.mood: Extra inputs"),
        (drop("people"), "people: Field required"),
        (drop("results", "reward", "low"), "results.reward.low: Field required"),
        (drop("made_of", "suite", "seeds"), "made_of.suite.seeds: Field required"),
        (put("runs", 0, "told", "reward", 3, 2, value=float("nan")), "runs.0.told.reward.3.2: "),
        (put("runs", 0, "told", "reward", 3, 2, value=float("inf")), "runs.0.told.reward.3.2: "),
        (put("runs", 0, "told", "reward", 3, 2, value=None), "runs.0.told.reward.3.2: "),
        (put("cost", "act_us", value=float("nan")), "cost.act_us: "),
        (put("cost", "state_bytes", value=0.5), "cost.state_bytes: "),
        (put("format", value=2), "format: Input should be 1"),
        (put("insider", value="perhaps"), "insider: "),
        (put("runs", value={}), "runs: Input should be a valid "),
        (put("agent", value="silent"), "agent: Extra inputs are not permitted"),
        (drop("made_of", "agent"), "made_of.agent: Field required"),
        (drop("made_of", "agent_code"), "made_of.agent_code: Field required"),
        (drop("made_of", "suite", "training"), "made_of.suite.training: Field required"),
        (put("training", value=[{"seed": 0}]), "training.0.arguments: Field required"),
        (put("training", value=[TRAINING | {"commit": 3}]), "training.0.commit: "),
        (put("training", value=[UNTOLD]), "training.0.commit: Field required"),
    ],
)
def test_the_message_says_where(refused, change, message):
    assert f"changed.json: {message}" in refused(change)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("runs", 0, "told", "reward", 3, 2), "0.5"),
        (("made_of", "suite", "points"), "5"),
        (("insider",), "no"),
        (("insider",), 0),
        (("cost", "state_bytes"), True),
        (("cost", "act_us"), "12.5"),
        (("format",), "1"),
        (("about",), 3),
        (("made_of", "agent"), 3),
        (("made_of", "agent_code"), 3),
        (("made_of", "weights"), "f"),
        (("made_of", "suite", "training"), []),
        (("made_of", "suite", "seeds", 0), 0.5),
        (("made_of", "suite", "seeds", 0), "0"),
        (("people", 4), 4),
        (("groups", "age", "codes", 0), "0"),
        (("groups", "age", "codes", 0), False),
        (("judged", "alternatives_count"), 3.5),
        (("results", "reward", "mean"), "0.5"),
    ],
)
def test_a_value_of_another_type_is_refused(refused, keys, value):
    where = ".".join(map(str, keys))
    assert f"changed.json: {where}: " in refused(put(*keys, value=value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("runs", 0, "told", "reward", 3), "reward must have 80 x 4 numbers"),
        (drop("runs", 0, "told", "harsh", 3, 2), "harsh must have 80 x 4 numbers"),
        (put("runs", 0, "told", "harsh", 3, value=[0.0] * 5), "harsh must have 80 x 4 numbers"),
        (put("runs", 0, "frozen", value=FROZEN), "trust must have 80 x 4 numbers"),
        (drop("runs", 0, "told", "harsh"), "these differ: ['harsh']"),
        (put("runs", 0, "told", "mood", value=[]), "these differ: ['mood']"),
        (put("runs", 0, "frozen", value={}), "raw scores must hold points, lives, reward"),
        (drop("runs", 0, "activity", "reward"), "these differ: ['reward']"),
        (drop("runs", 0, "domain", "points"), "these differ: ['points']"),
        (put("runs", 0, "domain", "hits", value=[1.0] * 13), "these differ: ['hits']"),
        (put("runs", 0, "activity", "reward", value=[1.0]), "reward must have 11 x 1 numbers"),
        (put("runs", 0, "activity", "reward", value=[1.0] * 13), "reward must have 11 x 1 numbers"),
        (put("runs", 0, "domain", "points", value=[1.0] * 99), "points must have 13 x 1 numbers"),
        (drop("runs", 0, "domain", "points", 3), "points must have 13 x 1 numbers"),
        (put("made_of", "options", value={"profile": "all"}), "profiles must be among none, dem"),
        (put("made_of", "suite", "profile", value="all"), "profiles must be among none, demograph"),
        (twins, "people must list at least two ids, each once"),
        (alone, "people must list at least two ids, each once"),
        (put("groups", "age", "codes", 0, value=3), "group 'age' must give every person one of"),
        (put("groups", "age", "codes", 0, value=-1), "group 'age' must give every person one of"),
        (drop("groups", "age", "codes", 0), "group 'age' must give every person one of"),
        (
            put("simulators", value={"seeds": [0, 1], "reward": [[0.5] * 80]}),
            "reward must have 2 x 80 numbers",
        ),
        (
            put("simulators", value={"seeds": [0], "reward": [[0.5] * 79]}),
            "reward must have 1 x 80 numbers",
        ),
        (
            put("simulators", value={"seeds": [0], "reward": [[0.5] * 80]}),
            "simulators must have a digest for each of their seeds",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(refused, change, message):
    assert message in refused(change)


def counts(runs, weights, training):
    """So many of each."""

    def change(data):
        data["runs"] = data["runs"] * runs
        data["made_of"]["weights"] = ["f" * 64] * weights
        data["training"] = [TRAINING] * training

    return change


@pytest.mark.parametrize(
    ("runs", "weights", "training"),
    [(0, 0, 0), (2, 0, 0), (1, 0, 1), (2, 1, 1), (1, 2, 2), (1, 1, 2), (2, 2, 1), (2, 0, 2)],
)
def test_runs_weights_and_trainings_that_do_not_go_together_are_refused(
    refused, runs, weights, training
):
    message = refused(counts(runs, weights, training))
    assert "there must be a run for each of the weights, or one without any" in message


@pytest.mark.parametrize(
    ("runs", "weights", "training"), [(1, 0, 0), (1, 1, 0), (1, 1, 1), (3, 3, 0), (3, 3, 3)]
)
def test_runs_weights_and_trainings_go_together(record, runs, weights, training):
    """Weights that were given, not trained, have none to tell of."""
    data = json.loads(record.model_dump_json())
    counts(runs, weights, training)(data)
    found = Record.model_validate_json(json.dumps(data))
    assert found.raw()["reward"].shape == (runs, 80, 4)
    assert len(found.training) == training


def test_several_faults_are_counted(refused):
    def twice(data):
        data["mood"] = data["weather"] = 1

    assert "(and 1 more)" in refused(twice)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"format": 1}'])
def test_what_is_no_record_is_named(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"r\.json: "):
        read_record(path)


def test_a_missing_file_or_a_folder_is_named(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(RecordError, match="cannot be read"):
            read_record(path)


def test_a_torn_record_is_named(written, tmp_path):
    path = tmp_path / "r.json"
    path.write_bytes(written.read_bytes()[:-100])
    with pytest.raises(RecordError, match=r"r\.json: "):
        read_record(path)


def test_nothing_can_be_changed_in_place(record):
    with pytest.raises(ValueError, match="frozen"):
        record.command = "other"
    with pytest.raises(ValueError, match="frozen"):
        record.made_of.agent = "other"
    with pytest.raises((AttributeError, ValueError), match="agent"):
        record.agent = "other"
    assert record.agent == "always-now"
    assert isinstance(record, Record)
