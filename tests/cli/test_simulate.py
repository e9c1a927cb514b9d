import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import proactive_gym
from proactive_agents.registry import AGENTS, make
from proactive_gym.envs.options import Options
from proactive_gym.evaluation import trajectories
from proactive_gym.evaluation.ladder import RUNGS
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.trajectories import COLUMNS, SCHEMA_VERSION
from proactive_gym.personas import Population
from proactive_gym.vocabulary import AUTONOMY, REACTIONS, TIMINGS

parquet = pytest.importorskip("pyarrow.parquet")

PEOPLE = ("p0001", "p0002", "p0003")
TINY = ("--people", ",".join(PEOPLE), "--n", "7", "--sessions", "2", "--points", "3")


def simulated(run, path: Path, *words: object):
    """The table that `simulate` writes."""
    done = run("simulate", *TINY, "--out", path, *words)
    assert done.exit_code == 0, done.output
    return parquet.read_table(path)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    from typer.testing import CliRunner

    from proactive_gym.cli import app

    path = tmp_path_factory.mktemp("simulate") / "new" / "lives.parquet"
    done = CliRunner().invoke(app, ["simulate", *TINY, "--out", str(path)])
    assert done.stdout == f"42 decision points of 7 lives: {path}\n"
    assert [p.name for p in path.parent.iterdir()] == ["lives.parquet"]
    return parquet.read_table(path)


def test_the_schema_is_the_documented_one(table) -> None:
    assert table.column_names == [column.name for column in COLUMNS]
    for column, field in zip(COLUMNS, table.schema, strict=True):
        words = "dictionary<values=string, indices=int32, ordered=0>"
        names = {"words": words, "float32": "float", "float64": "double"}
        assert str(field.type) == names.get(column.type, column.type)
        assert field.nullable == (column.absent is not None)
        assert field.metadata[b"meaning"].decode() == column.meaning


def test_the_metadata_tell_how_the_file_was_made(table) -> None:
    assert table.schema.metadata[b"proactive_gym.schema"] == str(SCHEMA_VERSION).encode()
    about = json.loads(table.schema.metadata[b"proactive_gym.run"])
    assert about["version"] == proactive_gym.__version__
    assert about["settings"]["n"] == 7
    assert about["command"].startswith("proactive-gym simulate --policy random --people p0001,")


def test_columns_are_listed(run) -> None:
    listed = run("simulate", "--columns").stdout
    assert f"Schema {SCHEMA_VERSION};" in listed
    for column in COLUMNS:
        assert f"\n{column.name} " in listed


def test_rows_are_the_decision_points_in_order(table) -> None:
    at = [table[name].to_pylist() for name in ("life", "session", "point")]
    assert list(zip(*at, strict=True)) == list(np.ndindex(7, 2, 3))
    people = table["persona"].to_pylist()
    assert people == [PEOPLE[life % 3] for life in at[0]]


def test_values_lie_in_their_ranges(table) -> None:
    rows = table.to_pylist()
    for row in rows:
        assert -1 <= row["reward"] <= 1
        assert 0 <= row["satisfaction"] <= 10
        assert 0 <= row["hour"] < 24
        assert 1 <= row["trust"] <= 7
        assert row["reaction"] in REACTIONS
        assert row["scenario"].startswith(row["domain"])
        silent = row["timing"] == "silent"
        assert silent == (row["autonomy"] is None) == (row["tone"] is None)
        assert not (silent and row["delivered"])
        assert row["delivered"] == (row["style_rating"] is not None)
        last = row["point"] == 2
        assert last == (row["session_trust"] is not None)
    assert {row["timing"] for row in rows} == set(TIMINGS)
    assert {row["autonomy"] for row in rows} == {*AUTONOMY, None}


def test_the_state_of_one_row_goes_on_in_the_next(table) -> None:
    rows = table.to_pylist()
    for row, after in pairwise(rows):
        if row["life"] == after["life"]:
            assert after["trust"] == row["trust_after"]
            assert after["off"] == row["off_after"]


def test_the_same_settings_give_the_same_bytes(run, tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("a", "b", "c"))
    simulated(run, first)
    simulated(run, again)
    simulated(run, other, "--seed", "1")
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("policy", ["random", "oracle-observed"])
def test_parts_change_nothing_but_the_row_groups(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    whole = simulated(run, tmp_path / "whole", "--policy", policy)
    monkeypatch.setattr(trajectories, "_ROWS", 13)  # two lives and a bit
    parts = simulated(run, tmp_path / "parts", "--policy", policy)
    assert parquet.ParquetFile(tmp_path / "parts").num_row_groups == 4
    assert parts.to_pylist() == whole.to_pylist()


def test_the_lives_are_those_of_the_ladder(run, tmp_path: Path) -> None:
    table = simulated(run, tmp_path / "a", "--policy", "silent", "--n", "6")
    options = Options.of(people=PEOPLE, sessions=2, points=3, deviations="frozen")
    played = play_lives(make("silent"), options, lives=2, seed=0)
    reward = np.array(table["reward"]).reshape(2, 3, 2, 3)  # life, person, session, point
    np.testing.assert_allclose(reward.mean(axis=(0, 3)), played.reward, atol=1e-12)


UNTRAINED = tuple(name for name, spec in AGENTS.items() if spec.trainer is None)


@pytest.mark.parametrize("policy", dict.fromkeys((*RUNGS, *UNTRAINED)))
def test_every_policy_can_be_simulated(run, tmp_path: Path, policy: str) -> None:
    words = ("--policy", policy, "--sessions", "1", "--points", "2", "--n", "2")
    rows = simulated(run, tmp_path / "a", *words).to_pylist()
    assert len(rows) == 4
    if policy == "silent":
        assert {row["timing"] for row in rows} == {"silent"}
    if policy == "always-now":
        said = {(row["timing"], row["autonomy"], row["verbosity"], row["tone"]) for row in rows}
        assert said == {("now", "notify", "brief", "casual")}


def test_redrawn_people_differ_between_lives(run, tmp_path: Path) -> None:
    def first_trust(*words: str) -> set[float]:
        who = ("--people", "p0001", "--policy", "silent", *words)
        rows = simulated(run, tmp_path / "a", *who).to_pylist()
        return {row["trust"] for row in rows if row["session"] == row["point"] == 0}

    assert len(first_trust()) == 1
    assert len(first_trust("--deviations", "redrawn")) == 7


def test_test_people_are_played_with_a_note(run, tmp_path: Path) -> None:
    person = Population.load().split("test").ids[0]
    words = ("--people", person, "--out", tmp_path / "a")
    assert "final evaluations" in run("simulate", *TINY, *words).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--policy", "rude"), "no agent 'rude': there are silent, "),
        (("--policy", "ppo"), "ppo needs its weights"),
        (("--policy", "ppo", "--checkpoint", "gone"), "gone is not there"),
        (("--people", "p9999"), "'p9999'"),
        (("--n", "0"), "--n"),
        (("--deviations", "melted"), "deviations must be one of"),
        (("--scenarios", "some"), "scenarios must be one of"),
        (("--drift", "2"), "drift must lie between"),
        (("--sessions", "1000", "--points", "1000"), "exceeds"),
    ],
    ids=str,
)
def test_bad_settings_are_refused_and_leave_nothing(run, tmp_path: Path, words, told) -> None:
    done = run("simulate", *TINY, "--out", tmp_path / "a", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_file_must_be_named(run) -> None:
    done = run("simulate")
    assert (done.exit_code, "--out" in done.stderr) == (2, True)


def test_what_cannot_be_written_is_one_line_and_nothing_is_lost(run, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("kept")
    for out, told in ((old / "a", "Not a directory"), (tmp_path, "Is a directory")):
        done = run("simulate", *TINY, "--out", out)
        assert done.exit_code == 2
        assert done.stderr.startswith("Error: cannot use ")
        assert done.stderr.endswith(f": {told}\n")
    assert old.read_text() == "kept"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_line(run) -> None:
    done = run("simulate", *TINY, "--out", "/dev/full")
    assert done.exit_code == 2
    assert done.stderr == "Error: cannot use /dev/full: No space left on device\n"


def test_a_failed_run_leaves_the_old_file(run, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "a"
    out.write_text("kept")

    def torn(*arguments: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trajectories, "_table", torn)
    done = run("simulate", *TINY, "--out", out)
    assert done.exit_code == 2
    assert done.stderr == f"Error: cannot use {out}: No space left on device\n"
    assert out.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [out]


def test_without_pyarrow_one_line_names_the_extra(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run("simulate", *TINY, "--out", tmp_path / "a")
    assert done.exit_code == 2
    assert "pip install 'proactive-gym[calibrate]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
