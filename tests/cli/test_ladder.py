import json
import re
from pathlib import Path

import numpy as np
import pytest

import proactive_gym
from proactive_gym.evaluation.ladder import RUNGS
from proactive_gym.evaluation.tables import settings_in_words
from proactive_gym.personas import Population

PEOPLE = "p0001,p0002,p0003"
TINY = ("--people", PEOPLE, "--lives", "1", "--sessions", "1", "--points", "2")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One tiny ladder: what was printed, the record and the Markdown."""
    from typer.testing import CliRunner

    from proactive_gym.cli import app

    folder = tmp_path_factory.mktemp("ladder")
    record, markdown = folder / "new" / "ladder.json", folder / "ladder.md"
    words = ["ladder", *TINY, "--json", str(record), "--markdown", str(markdown)]
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, words)
    assert done.exit_code == 0, done.output
    return done, record, markdown


def test_the_table_fits_and_is_plain_when_piped(played) -> None:
    printed = played[0].stdout.split("Markdown:")[0]
    assert "\x1b" not in printed
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert all(re.search(rf"^{rung} ", printed, re.MULTILINE) for rung in RUNGS)
    assert re.search(r"^fixed +[+-]\d\.\d{3} +[+-]\d\.\d{3} +\d+ % +\d\.\d", printed, re.MULTILINE)
    assert played[0].stderr == ""


def test_the_line_below_says_how_it_was_played(played) -> None:
    words = " ".join(played[0].stdout.split())
    version = proactive_gym.__version__
    assert "3 simulated people, 1 life each of 1 session x 2 points; seed 0, " in words
    assert f"heterogeneity 1, drift 0.1; proactive-gym {version}." in words


def test_the_record_holds_what_is_needed_to_check_and_repeat_it(played) -> None:
    record = json.loads(played[1].read_text(encoding="utf-8"))
    assert record.keys() == {
        *("format", "kind", "command", "settings", "versions", "commit", "people", "rungs")
    }
    assert record["format"] == 1
    assert record["command"].startswith(f"proactive-gym ladder --people {PEOPLE} --lives 1 ")
    assert record["people"] == PEOPLE.split(",")
    assert record["settings"]["heterogeneity"] == 1
    assert {"python", "numpy", "proactive-gym"} <= record["versions"].keys()
    assert [rung["name"] for rung in record["rungs"]] == list(RUNGS)
    for i, rung in enumerate(record["rungs"]):
        reward = np.array(rung["scores"]["reward"])
        assert reward.shape == (3, 1)
        assert reward.mean() == pytest.approx(rung["reward"]["mean"], abs=1e-4)
        assert rung["reward"]["low"] <= rung["reward"]["mean"] <= rung["reward"]["high"]
        assert (rung["step"] is None) == (i == 0)
        assert np.mean(rung["scores"]["spoken"]) == pytest.approx(rung["spoken"], abs=1e-4)
    means = [rung["reward"]["mean"] for rung in record["rungs"]]
    steps = [rung["step"]["mean"] for rung in record["rungs"][1:]]
    np.testing.assert_allclose(np.diff(means), steps, atol=2e-5)


def test_a_person_is_one_line_of_the_record(played) -> None:
    text = played[1].read_text(encoding="utf-8")
    assert re.search(r"^ +\[ -?\d\.\d+ \],?$", text, re.MULTILINE)


def test_markdown_has_a_row_a_rung(played) -> None:
    lines = played[2].read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(RUNGS)
    assert {row.count("|") for row in rows} == {9}
    assert rows[2].startswith("| silent | always silent | ")


def test_the_command_of_a_record_repeats_it(played, run, tmp_path: Path) -> None:
    first = json.loads(played[1].read_text(encoding="utf-8"))
    again = tmp_path / "again.json"
    assert run(*first["command"].split()[1:], "--json", again).exit_code == 0
    assert json.loads(again.read_text(encoding="utf-8"))["rungs"] == first["rungs"]


def test_an_unwritable_record_costs_no_table(run, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    done = run("ladder", *TINY, "--json", blocked / "ladder.json")
    assert done.exit_code == 2
    assert "oracle-full" in done.stdout
    assert done.stderr.startswith("Error: cannot use ")
    assert "Not a directory" in done.stderr
    assert blocked.read_text() == "kept"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_line_below_the_table(run) -> None:
    done = run("ladder", *TINY, "--json", "/dev/full")
    assert (done.exit_code, "oracle-full" in done.stdout) == (2, True)
    assert done.stderr == "Error: cannot use /dev/full: No space left on device\n"


def test_test_people_are_played_with_a_note(run) -> None:
    ids = ",".join(Population.load().split("test").ids[:2])
    done = run("ladder", "--people", ids, *TINY[2:])
    assert done.exit_code == 0
    assert "final evaluations" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--people", "nobody"), "no split 'nobody'"),
        (("--people", "p0001,p9999"), "no person 'p9999'"),
        (("--people", "p0001,p0001"), "twice"),
        (("--people", "p0001", "--points", "1", "--sessions", "1"), "at least two people"),
        (("--lives", "0"), "--lives"),
        (("--seed", "-1"), "--seed"),
        (("--sessions", "0"), "--sessions"),
        (("--points", "1001"), "--points"),
        (("--heterogeneity", "9"), "heterogeneity must lie between"),
        (("--drift", "nan"), "drift must lie between"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(run, words: tuple[str, ...], told: str) -> None:
    done = run("ladder", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_name_the_split_and_other_heterogeneity() -> None:
    settings = {
        "people": "test",
        "persons": 120,
        "lives": 3,
        "sessions": 10,
        "points": 20,
        "seed": 7,
        "heterogeneity": 0.5,
        "drift": 0.0,
    }
    assert settings_in_words(settings, "1.2.3") == (
        "120 simulated people of the test split, 3 lives each of 10 sessions x 20 points; "
        "seed 7, heterogeneity 0.5, drift 0; proactive-gym 1.2.3."
    )
