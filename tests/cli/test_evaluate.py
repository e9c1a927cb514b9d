"""`evaluate` and `benchmark`: records, resuming, refusing, tracking."""

import json
import random
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from proactive_agents.registry import AGENTS
from proactive_gym.cli import arena
from proactive_gym.cli.arena import Arena
from proactive_gym.evaluation import ahead, scoring, suites
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard.record import read_record

TINY = Suite("tiny-v0", "validation", (0,), (0,), sessions=2, points=3)
ROOT = Path(__file__).resolve().parents[2]
OWN = '''
from proactive_agents.protocol import Memoryless
import numpy as np

class Stubborn(Memoryless):
    """Holds everything."""

    def act(self, observations):
        return np.tile([2, 2, 0, 0], (len(observations["moment"]), 1))

class Nest:
    class Inner(Stubborn):
        pass

class Broken(Stubborn):
    def act(self, observations):
        return [[9, 9, 9, 9]]
'''


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs go into a folder of the test's own, on a suite that takes a moment, in two parts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scoring, "LIVES", 40)
    monkeypatch.setattr(suites, "SUITES", {**suites.SUITES, TINY.name: TINY})
    return tmp_path


def scores(record: Path) -> dict:
    """What a record holds, without what the clock measured."""
    found = json.loads(record.read_text(encoding="utf-8"))
    return {k: v for k, v in found.items() if k not in ("cost", "command", "versions", "commit")}


def test_a_record_is_written_and_shown(run) -> None:
    done = run("evaluate", "always-now", "--suite", "tiny-v0")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("Record: runs/out/tiny-v0/always-now.json\n")
    assert max(map(len, done.stdout.splitlines())) <= 80
    record = read_record(Path("runs/out/tiny-v0/always-now.json"))
    assert record.command == "proactive-gym evaluate always-now --suite tiny-v0"
    assert (record.agent, len(record.people)) == ("always-now", 80)
    assert f"{record.results['reward'].mean:.3f}" in done.stdout


def test_the_same_command_reads_the_finished_record(run, monkeypatch) -> None:
    words = ("evaluate", "silent", "--suite", "tiny-v0")
    first = run(*words).stdout

    def never(*arguments: object) -> None:
        raise AssertionError("played again")

    monkeypatch.setattr(scoring, "_play", never)
    assert run(*words).stdout == first


def test_fresh_plays_again(run, monkeypatch) -> None:
    played, real = [], scoring._play
    monkeypatch.setattr(scoring, "_play", lambda *a: played.append(1) or real(*a))
    for _ in range(2):
        run("evaluate", "silent", "--suite", "tiny-v0", "--fresh")
    assert len(played) == 2 * 80 // scoring.LIVES


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(run, monkeypatch) -> None:
    words = ("evaluate", "random", "--suite", "tiny-v0")
    real, played = scoring._play, []

    def interrupted(*arguments):
        played.append(arguments[3].tolist())
        if len(played) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(scoring, "LIVES", 20)
    monkeypatch.setattr(scoring, "_play", interrupted)
    done = run(*words)
    assert done.exit_code == 130
    assert "The same command goes on" in done.stderr
    assert "--fresh" not in done.stderr
    assert not Path("runs/out/tiny-v0/random.json").exists()
    assert run(*words).exit_code == 0
    assert played[3:] == [played[2], list(range(60, 80))]
    resumed = scores(Path("runs/out/tiny-v0/random.json"))
    monkeypatch.setattr(scoring, "_play", real)
    run(*words, "--fresh")
    assert scores(Path("runs/out/tiny-v0/random.json")) == resumed


def test_ctrl_c_of_a_fresh_run_says_that_it_goes_on_without_fresh(run, monkeypatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scoring, "_play", interrupted)
    done = run("evaluate", "silent", "--suite", "tiny-v0", "--fresh")
    assert done.exit_code == 130
    assert "The same command, without --fresh, goes on" in " ".join(done.stderr.split())


@pytest.mark.parametrize("command", ["evaluate", "benchmark"])
def test_fresh_keeps_trained_weights(run, monkeypatch, command: str) -> None:
    agent = ("best-fixed",) if command == "evaluate" else ("--agents", "best-fixed")
    words = (command, *agent, "--suite", "tiny-v0")
    assert run(*words).exit_code == 0
    models = {p: p.read_bytes() for p in Path("runs/out/models").iterdir()}
    first = scores(Path("runs/out/tiny-v0/best-fixed.json"))
    played, real = [], scoring._play
    monkeypatch.setattr(scoring, "_play", lambda *a: played.append(1) or real(*a))
    done = run(*words, "--fresh")
    assert done.exit_code == 0, done.output
    assert len(played) == 80 // scoring.LIVES
    assert len(models) == 1
    assert {p: p.read_bytes() for p in Path("runs/out/models").iterdir()} == models
    assert scores(Path("runs/out/tiny-v0/best-fixed.json")) == first


@pytest.mark.parametrize(
    "name", ["..", "/nowhere/x", "", ".", "../..", "a/b:C", "..:C", "silent/.."]
)
@pytest.mark.parametrize("command", ["evaluate", "benchmark"])
def test_fresh_of_a_name_that_is_none_deletes_nothing(
    run, elsewhere: Path, name: str, command: str
) -> None:
    kept = ["precious.txt", "runs/out/tiny-v0/silent/run.json", "runs/out/models/w", "runs/x.json"]
    for path in kept:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path)
    for odd in (name, f"{elsewhere}/runs"):
        words = (odd,) if command == "evaluate" else ("--agents", f"silent,{odd}")
        done = run(command, *words, "--suite", "tiny-v0", "--fresh")
        assert done.exit_code == 2
        assert f"no agent '{odd}'" in "".join(done.stderr.splitlines())
    found = {str(p.relative_to(elsewhere)) for p in elsewhere.rglob("*") if p.is_file()}
    assert found == set(kept)
    assert all(Path(path).read_text() == path for path in kept)


def test_another_configuration_refuses_to_resume(run, monkeypatch) -> None:
    words = ("evaluate", "random", "--suite", "tiny-v0")
    run(*words)
    Path("runs/out/tiny-v0/random.json").unlink()
    before = {p: p.read_bytes() for p in Path("runs").rglob("*") if p.is_file()}
    changed = Suite("tiny-v0", "validation", (1,), (0,), sessions=2, points=3)
    monkeypatch.setitem(suites.SUITES, "tiny-v0", changed)
    done = run(*words)
    assert done.exit_code == 2
    assert "holds a run with other suite" in done.stderr
    assert "--fresh" in done.stderr
    assert {p: p.read_bytes() for p in Path("runs").rglob("*") if p.is_file()} == before
    assert run(*words, "--fresh").exit_code == 0


def test_kill_9_at_any_moment_loses_no_finished_person(elsewhere: Path) -> None:
    words = ["evaluate", "random", "--suite", "quick-v0"]
    command = [sys.executable, "-m", "proactive_gym", *words]
    folder = elsewhere / "runs/out/quick-v0/random"
    rng, finished = random.Random(0), 0
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=elsewhere, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(0.8, 2.0))
        process.kill()
        process.wait()
        parts = sorted(folder.glob("*.npz"))
        for part in parts:
            assert np.isfinite(np.load(part)["scores"]).all()
        assert len(parts) >= finished
        finished = len(parts)
    subprocess.run(command, cwd=elsewhere, check=True, capture_output=True)
    record = elsewhere / "runs/out/quick-v0/random.json"
    resumed = scores(record)
    subprocess.run([*command, "--fresh"], cwd=elsewhere, check=True, capture_output=True)
    assert scores(record) == resumed
    assert not list(folder.glob(".*.part"))


def test_ones_own_agent_is_measured_by_its_path(run, elsewhere: Path, monkeypatch) -> None:
    (elsewhere / "my_agents.py").write_text(OWN)
    monkeypatch.syspath_prepend(elsewhere)
    done = run("evaluate", "my_agents:Stubborn", "--suite", "tiny-v0")
    assert done.exit_code == 0, done.output
    record = read_record(Path("runs/out/tiny-v0/my_agents-Stubborn.json"))
    assert record.agent == "my_agents:Stubborn"
    assert record.results["intervention_rate"].mean > 0.3
    nested = run("evaluate", "my_agents:Nest.Inner", "--suite", "tiny-v0")
    assert nested.exit_code == 0, nested.output
    inner = read_record(Path("runs/out/tiny-v0/my_agents-Nest.Inner.json"))
    assert (inner.agent, inner.runs) == ("my_agents:Nest.Inner", record.runs)
    broken = run("evaluate", "my_agents:Broken", "--suite", "tiny-v0")
    assert broken.exit_code == 2
    assert "an action" in broken.stderr


def test_weights_are_trained_once_and_may_be_given(run, monkeypatch) -> None:
    run("train", "best-fixed", "--out", "best.safetensors")
    words = ("evaluate", "best-fixed", "--suite", "tiny-v0", "--checkpoint", "best.safetensors")
    assert run(*words).exit_code == 0
    record = read_record(Path("runs/out/tiny-v0/best-fixed.json"))
    assert record.command.endswith("--checkpoint best.safetensors")
    assert record.training == []
    assert len(record.made_of.weights) == 1


def test_the_recorded_command_can_be_pasted(run) -> None:
    path = "my best; weights.safetensors"
    run("train", "best-fixed", "--out", path)
    words = ["evaluate", "best-fixed", "--suite", "tiny-v0", "--checkpoint", path]
    assert run(*words).exit_code == 0
    record = Path("runs/out/tiny-v0/best-fixed.json")
    command = shlex.split(read_record(record).command)
    assert command == ["proactive-gym", *words]
    before = record.read_bytes()
    assert run(*command[1:]).exit_code == 0
    assert record.read_bytes() == before


def test_other_simulators_are_played_beside(run, monkeypatch) -> None:
    from proactive_gym.evaluation import simulators
    from proactive_gym.users.parameters import Parameters

    def resampled(count: int, folder: Path, tick=lambda: None) -> list[tuple[int, Path]]:
        folder.mkdir(parents=True)
        paths = [(k, folder / f"{k}.json") for k in range(count)]
        for _, path in paths:
            Parameters.load().save(path)
        return paths

    monkeypatch.setattr(simulators, "resampled", resampled)
    run("evaluate", "always-now", "--suite", "tiny-v0", "--simulators", "2")
    record = read_record(Path("runs/out/tiny-v0/always-now.json"))
    assert record.simulators.seeds == [0, 1]
    own = np.array(record.runs[0].told["reward"]).sum(axis=1) / 6
    np.testing.assert_allclose(record.simulators.reward, [own, own], atol=1e-5)


@pytest.mark.parametrize("broken", [False, True])
def test_tracking_changes_no_result_even_when_it_is_broken(run, monkeypatch, broken: bool) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    words = ("evaluate", "always-now", "--suite", "tiny-v0")
    run(*words)
    plain = scores(Path("runs/out/tiny-v0/always-now.json"))
    if broken:

        def down(*arguments: object, **named: object) -> None:
            raise RuntimeError("no such host")

        monkeypatch.setattr(wandb, "init", down)
    done = run(*words, "--track", "--fresh")
    assert done.exit_code == 0
    assert scores(Path("runs/out/tiny-v0/always-now.json")) == plain
    assert ("no longer tracked: no such host" in done.stderr) == broken
    assert bool(list(Path("runs/out/wandb").glob("offline-run-*"))) != broken


def test_a_wandb_that_cannot_even_be_imported_costs_nothing(
    run, elsewhere: Path, monkeypatch
) -> None:
    (elsewhere / "wandb.py").write_text("import no_such_library")
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    monkeypatch.syspath_prepend(elsewhere)
    done = run("evaluate", "silent", "--suite", "tiny-v0", "--track")
    assert done.exit_code == 0
    assert "no longer tracked: No module named 'no_such_library'" in done.stderr
    assert Path("runs/out/tiny-v0/silent.json").exists()


def test_without_wandb_tracking_names_the_extra(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    done = run("evaluate", "silent", "--suite", "tiny-v0", "--track")
    assert done.exit_code == 2
    assert "proactive-gym[track]" in done.stderr


def test_benchmark_measures_all_and_prints_the_leaderboard(run) -> None:
    agents = "silent,always-now,oracle-observed"
    done = run("benchmark", "--suite", "tiny-v0", "--agents", agents)
    assert done.exit_code == 0, done.output
    order = [done.stdout.index(name) for name in ("oracle-observed", "always-now", "silent")]
    assert order == sorted(order)
    folder = Path("runs/out/tiny-v0")
    assert {p.name for p in folder.glob("*.*")} == {
        *(f"{name}.json" for name in agents.split(",")),
        "LEADERBOARD.md",
        "report.html",
    }
    assert max(map(len, done.stdout.splitlines())) <= 80
    again = run("leaderboard", folder)
    assert again.stdout == done.stdout


def test_the_quick_suite_leaves_the_slowest_agents_out(run, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(Arena, "measure", lambda self, agents: asked.append(agents))
    run("benchmark")
    run("benchmark", "--suite", "standard-v0")
    assert (slow := [name for name, spec in AGENTS.items() if spec.costly])
    assert asked == [[name for name in AGENTS if name not in slow], list(AGENTS)]


def test_who_is_trained_meanwhile_is_measured_last(elsewhere: Path, monkeypatch) -> None:
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    suite = replace(TINY, training={"best-fixed": {}})
    records = Arena(suite, elsewhere / "records").measure(["best-fixed", "silent", "always-now"])
    assert [r.agent for r in records] == ["silent", "always-now", "best-fixed"]
    assert [t.arguments for t in records[-1].training] == [{"seed": 0}]
    assert len(list(Path("runs/out/models").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evaluate", "nobody"), "no agent 'nobody'"),
        (("evaluate", "nowhere:Agent"), "no module nowhere"),
        (("evaluate", "silent", "--suite", "hard-v9"), "no suite 'hard-v9'"),
        (("evaluate", "silent", "--checkpoint", "x"), "no weights to read"),
        (("benchmark", "--agents", "silent,nobody"), "no agent 'nobody'"),
        (("train", "silent"), "nothing to train"),
        (("train", "ppo", "--set", "colour=blue"), "no training argument 'colour'"),
        (("train", "ppo", "--set", "steps=many"), "steps must be int"),
        (("train", "ppo", "--set", "steps"), "NAME=VALUE"),
        (("leaderboard", "nowhere"), "holds no records: `proactive-gym benchmark` writes some to"),
        (("leaderboard", "nowhere"), "runs/out/quick-v0"),
        (("evaluate", "silent:"), "no agent 'silent:'"),
        (("benchmark", "--agents", ""), "no agent ''"),
        (("submit", "gone.json"), "cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_one_line(run, words: tuple[str, ...], told: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (Path("runs").exists() and list(Path("runs").rglob("*.json")))


def test_submitting_checks_and_files_a_record(run, monkeypatch) -> None:
    from proactive_gym.leaderboard import measure

    monkeypatch.setattr(measure, "commit", lambda: {"id": "f" * 40, "modified": False})
    run("evaluate", "silent", "--suite", "tiny-v0")
    path = Path("runs/out/tiny-v0/silent.json")
    done = run("submit", path, "--check", "--replay", "3")
    assert done.exit_code == 0, done.stderr
    assert "is in order" in done.stdout
    assert not Path("runs/tiny-v0").exists()
    run("submit", path)
    filed = Path("runs/tiny-v0/silent.json")
    assert read_record(filed) == read_record(path)
    before = filed.read_bytes()
    run("evaluate", "silent", "--suite", "tiny-v0", "--fresh")
    twice = run("submit", path)
    assert twice.exit_code == 2
    assert f"{filed} is there already: remove it first" in " ".join(twice.stderr.split())
    assert filed.read_bytes() == before
    assert run("submit", path, "--check").exit_code == 0
    filed.unlink()
    assert run("submit", path).exit_code == 0
    assert read_record(filed) == read_record(path)
    better = json.loads(path.read_text())
    better["results"]["reward"]["mean"] = 0.9
    path.write_text(json.dumps(better))
    wrong = run("submit", path, "--check")
    assert wrong.exit_code == 2
    assert "Wrong: these results do not follow from the raw scores: reward" in wrong.stderr


def test_progress_is_for_terminals_only(run) -> None:
    assert run("evaluate", "silent", "--suite", "tiny-v0").stderr == ""


def test_runs_go_where_the_readme_says() -> None:
    assert Path("runs/out") == arena.RUNS
    assert "runs/out/" in (ROOT / ".gitignore").read_text().split()
