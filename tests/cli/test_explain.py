"""`explain`: what is believed of a person, in words and as a file."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from proactive_agents.steering.dimensions import DIMENSIONS, KINDS
from proactive_agents.steering.export import Belief
from proactive_gym.cli import belief as drawing
from proactive_gym.evaluation import acquaintance
from proactive_gym.personas import Population

SHORT = ("--sessions", "2", "--points", "6")
ORDER = ("surely", "probably", "perhaps", "?")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def told(run, tiny):
    """`told("p0042", ...)`: what the command prints, with a tiny model."""

    def explained(*words: object) -> str:
        done = run("explain", *words, *SHORT, *tiny.words)
        assert done.exit_code == 0, done.output
        assert max(map(len, done.stdout.splitlines())) <= 80
        return done.stdout

    return explained


@pytest.fixture
def exported(told) -> Path:
    """What is believed of p0042 after two short days."""
    told("p0042", "--export", "b.json")
    return Path("b.json")


# ------------------------------------------------------------------ in words


def test_a_belief_is_told_in_words(told) -> None:
    shown = told("p0042")
    assert shown.startswith("p0042  Musa Danjuma, 22, man\n")
    assert "after 2 days (told at first: demographics)" in shown
    assert re.search(r"It spoke in \d+ of 12 moments", shown)
    assert [shown.index(f" {kind} ") for kind in KINDS] == sorted(
        shown.index(f" {kind} ") for kind in KINDS
    )
    rows = [line for line in shown.splitlines() if re.search(r"[●◉].* ± ", line)]
    assert len(rows) == len(DIMENSIONS)
    assert "\x1b" not in shown
    assert told("p0042") == shown


def test_the_surest_come_first_in_each_kind(told) -> None:
    found: list[int] = []
    for line in told("p0042").splitlines():
        first = line[:8].strip()
        if first in ORDER and " ± " in line:
            found.append(ORDER.index(first))
        elif found:
            assert found == sorted(found)
            found = []


def test_how_it_closed_in_is_told_for_what_changed_most(told) -> None:
    below = told("p0042").split("What changed most")[1].splitlines()[1:]
    rows = [line for line in below if line.strip()]
    assert len(rows) == 5
    for row in rows:
        spark = re.search(r"[▁-█]+", row)
        assert spark is not None
        assert len(spark[0]) == 3


def test_reactions_are_counted() -> None:
    days = acquaintance.Days(
        np.zeros((2, 3)),
        np.ones((2, 3)),
        20,
        9,
        1,
        {"accept": 5, "complain": 1, "mute": 2},
        1,
        True,
    )
    assert drawing._reactions(days) == (
        "It spoke in 9 of 20 moments: 5 accepted, 1 complaint, 2 mutes for the day, 1 unheard. "
        "After silence a wish was voiced. In the end it was switched off."
    )


@pytest.mark.parametrize(
    ("mean", "sd", "guess", "bar"),
    [
        (0.0, 0.1, 0.0, "·········◉·········"),
        (1.0, 0.7, 2.0, "·········┊━━●━━○···"),
        (-9.0, 0.1, 9.0, "●········┊········○"),
        (0.0, 9.0, -1.0, "━━━━━━○━━●━━━━━━━━━"),
    ],
)
def test_a_bar_shows_belief_spread_and_guess(mean, sd, guess, bar: str) -> None:
    assert drawing._bar(mean, sd, guess, "green").plain == bar


def test_what_is_shown_is_what_the_agent_would_know_from_playing(exported: Path, tiny) -> None:
    from proactive_agents.language import Model
    from proactive_agents.registry import make
    from proactive_gym.envs.engine import Engine
    from proactive_gym.envs.options import Options
    from proactive_gym.evaluation.playing import play
    from proactive_gym.streams import derive

    agent = make("steering", model=Model(str(tiny.folder), basis=tiny.basis))
    options = Options.of(people="p0042", sessions=2, points=6, deviations="frozen", **agent.options)
    engine = Engine(options, 1)
    engine.reset(engine.everyone, derive(0, np.array([0])))
    steps = list(play(agent, engine, lambda engine: None))
    assert len(steps) == 12
    belief = Belief.load(exported)
    np.testing.assert_array_equal(belief.mean, agent.beliefs.mean[0])
    assert (belief.mean != belief.prior_mean).any()


@pytest.mark.parametrize("view", ["none", "survey"])
def test_the_device_may_be_told_less_or_more(told, view: str) -> None:
    words = {"none": "nothing", "survey": "demographics and the survey"}[view]
    assert f"told at first: {words})" in " ".join(told("p0042", "--view", view).split())


def test_test_people_come_with_a_note(run, tiny) -> None:
    person = Population.load().split("test").ids[0]
    done = run("explain", person, "--sessions", "1", "--points", "1", *tiny.words)
    assert done.exit_code == 0
    assert "final evaluations" in done.stderr


# ------------------------------------------------------------------ as a file


def test_an_export_is_explained_without_any_model(exported: Path, told, run) -> None:
    code = (
        "import sys\nsys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from proactive_gym.cli import app\napp(['explain', '--from', 'b.json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shown = run("explain", "--from", exported).stdout
    assert done.stdout.splitlines()[1:4] == shown.splitlines()[1:4]
    both = told("p0042")
    rows = [line for line in shown.splitlines() if re.search(r"[●◉].* ± ", line)]
    assert len(rows) == len(DIMENSIONS)
    assert all(row in both for row in rows)
    assert "It spoke" not in shown


def test_it_goes_on_from_an_export_with_other_days(exported: Path, told) -> None:
    shown = told("p0042", "--from", exported, "--export", "c.json")
    assert "after 4 days" in shown
    before, after = Belief.load(exported), Belief.load(Path("c.json"))
    assert (after.days, after.seeds) == (4, (0, 1))
    assert (after.mean != before.mean).any()
    np.testing.assert_array_equal(after.prior_mean, before.prior_mean)
    spread = [np.trace(b.covariance) for b in (before, after)]
    assert spread[1] < spread[0] < np.trace(before.prior_covariance)


def test_going_on_depends_on_the_file_and_the_seed_alone(exported: Path, told) -> None:
    for out in ("c.json", "d.json"):
        told("p0042", "--from", exported, "--seed", "7", "--export", out)
    told("p0042", "--from", exported, "--seed", "8", "--export", "e.json")
    assert Path("c.json").read_bytes() == Path("d.json").read_bytes()
    assert (Belief.load(Path("c.json")).mean != Belief.load(Path("e.json")).mean).any()


def test_another_person_may_begin_with_it(exported: Path, run, tiny) -> None:
    done = run("explain", "p0043", "--from", exported, *SHORT, *tiny.words)
    assert done.exit_code == 0
    assert "this belief was learnt of p0042; p0043 begins with it" in done.stderr


def test_a_kind_is_taken_back(exported: Path, run) -> None:
    done = run("explain", "--from", exported, "--reset", "timing", "--reset", "style",
               "--export", "c.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Taken back since: timing, style." in done.stdout
    before, after = Belief.load(exported), Belief.load(Path("c.json"))
    for k, dimension in enumerate(DIMENSIONS):
        taken = dimension.kind in ("timing", "style")
        assert after.mean[k] == (before.prior_mean if taken else before.mean)[k]
    assert "style" not in told_changes(done.stdout)


def told_changes(shown: str) -> str:
    return shown.partition("What changed most")[2]


def test_what_is_taken_back_is_not_told_to_have_changed(told) -> None:
    changes = told_changes(told("p0042", "--reset", "timing", "--reset", "domains"))
    names = [d.name for d in DIMENSIONS if d.kind in ("timing", "domains")]
    assert [name for name in names if f"\n{name} " in changes] == []


def test_an_export_is_erased_after_saying_what_it_held(exported: Path, run) -> None:
    done = run("explain", "--erase", exported)
    assert done.exit_code == 0
    assert done.stdout.startswith("p0042 after 2 days: ")
    assert done.stdout.endswith("Erased: b.json\n")
    assert not exported.exists()


def test_erasing_a_link_leaves_nothing(exported: Path, run) -> None:
    Path("link.json").symlink_to(exported.resolve())
    assert run("explain", "--erase", "link.json").exit_code == 0
    assert list(Path().glob("*.json")) == []


def test_what_is_no_export_is_not_erased(run) -> None:
    Path("thesis.json").write_text("{}")
    done = run("explain", "--erase", "thesis.json")
    assert done.exit_code == 2
    assert "thesis.json is no exported belief" in done.stderr
    assert Path("thesis.json").exists()


def test_an_export_that_cannot_be_written_is_one_line(run, exported: Path) -> None:
    done = run("explain", "--from", exported, "--export", exported / "deeper")
    assert done.exit_code == 2
    assert done.stderr.endswith(": Not a directory\n")


def test_a_belief_in_other_directions_is_refused(
    run, exported: Path, tiny, drawn_basis, elsewhere: Path
) -> None:
    changed = drawn_basis(32)
    changed.directions[0, 0] += 1
    changed.save(elsewhere / "other.safetensors")
    words = ("--model", tiny.folder, "--basis", "other.safetensors")
    done = run("explain", "p0042", "--from", exported, *words)
    assert done.exit_code == 2
    assert "told in other directions" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name a person"),
        (("p9999",), "no person 'p9999'"),
        (("p0042", "--reset", "age"), "no kind 'age': there are timing"),
        (("p0042", "--view", "mind"), "view must be one of"),
        (("--from", "gone.json"), "gone.json cannot be read"),
        (("p0042", "--from", "b.json", "--view", "none"), "began with the view demographics"),
        (("p0042", "--erase", "b.json"), "it stands alone"),
        (("--erase", "gone.json"), "gone.json cannot be read"),
        (("p0042", "--sessions", "0"), "--sessions"),
    ],
    ids=str,
)
def test_bad_requests_are_refused(run, tiny, exported: Path, words, says: str) -> None:
    done = run("explain", *words, *tiny.words)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())
    assert json.loads(exported.read_text())["person"] == "p0042"
