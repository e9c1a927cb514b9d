import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import Pipe, active_children

import numpy as np
import pytest

from proactive_agents import checkpoint
from proactive_gym.evaluation import ahead as module
from proactive_gym.evaluation.ahead import Ahead, training_ahead
from proactive_gym.evaluation.suites import Suite
from proactive_gym.evaluation.training import kept, train

SMALL = {"steps": 1024, "num_envs": 4, "rollout": 8, "batch": 16, "epochs": 1, "width": 8}
LONG = {**SMALL, "steps": 1_000_000_000}
SUITE = Suite("tiny-v0", "validation", (0,), (0, 1), {"ppo": SMALL, "best-fixed": {}})
TWO = ("best-fixed", "silent")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(module, "_cores", lambda: 2)


def refuse(figures):
    pytest.fail("trained again")


# ---------------------------------------------------------------- weights


def test_weights_and_reports_are_those_of_training_in_process(tmp_path, capfd):
    here, there = tmp_path / "here", tmp_path / "there"
    agents = ("silent", "best-fixed", "ppo")
    with training_ahead(agents, SUITE, there) as ahead:
        assert [ahead.trains(agent) for agent in agents] == [False, True, True]
        for agent in agents[1:]:
            for given in SUITE.trainings(agent):
                heard, expected = [], []
                ahead.follow(agent, given, heard.append)
                made = train(agent, given, there, refuse)
                own = train(agent, given, here, expected.append)
                assert heard == expected != []
                assert (made.path.name, made.curve) == (own.path.name, own.curve)
                arrays, about = checkpoint.read(made.path, agent)
                own_arrays, own_about = checkpoint.read(own.path, agent)
                assert about["made_of"] == own_about["made_of"]
                assert arrays.keys() == own_arrays.keys()
                for name, array in arrays.items():
                    assert array.tobytes() == own_arrays[name].tobytes()
    assert len(list(there.iterdir())) == 4
    assert active_children() == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("why", ["alone", "one core", "nothing long", "all there"])
def test_without_need_there_is_no_child(why, tmp_path, monkeypatch):
    agents, suite = TWO, SUITE
    if why == "alone":
        agents = TWO[:1]
    elif why == "one core":
        monkeypatch.setattr(module, "_cores", lambda: 1)
    elif why == "nothing long":
        suite = replace(SUITE, training={})
    else:
        for given in SUITE.trainings("best-fixed"):
            train("best-fixed", given, tmp_path)
    monkeypatch.setattr(module, "get_context", None)
    with training_ahead(agents, suite, tmp_path) as ahead:
        assert not any(map(ahead.trains, agents))
        ahead.follow("best-fixed", suite.trainings("best-fixed")[0], refuse)


def test_weights_that_are_there_are_left_out(tmp_path):
    first, second = SUITE.trainings("best-fixed")
    train("best-fixed", first, tmp_path)
    assert module._missing((*TWO, "best-fixed"), SUITE, tmp_path) == [("best-fixed", second)]


# ---------------------------------------------------------------- what goes wrong


def test_what_fails_in_the_child_fails_again_here(tmp_path, capfd):
    file = tmp_path / "file"
    file.touch()
    given = SUITE.trainings("best-fixed")[0]
    with training_ahead(TWO, SUITE, file) as ahead:
        ahead.follow("best-fixed", given, lambda figures: None)
        with pytest.raises(NotADirectoryError, match="file"):
            train("best-fixed", given, file)
    assert capfd.readouterr() == ("", "")


def test_a_killed_child_leaves_training_to_the_main_process(tmp_path):
    suite = replace(SUITE, training={"ppo": LONG, "best-fixed": {}})
    agents = ("ppo", "best-fixed")
    heard = []

    def kill(figures):
        heard.append(figures)
        active_children()[0].kill()

    with training_ahead(agents, suite, tmp_path) as ahead:
        ahead.follow("ppo", suite.trainings("ppo")[0], kill)
        assert heard
        for agent in agents:
            for given in suite.trainings(agent):
                ahead.follow(agent, given, refuse)
                assert kept(agent, given, tmp_path) is None
        assert train("best-fixed", given, tmp_path).curve
    assert active_children() == []


def test_the_child_leaves_with_the_context(tmp_path):
    suite = replace(SUITE, training={"ppo": LONG})
    found = []

    def stop(figures):
        found.extend(active_children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), training_ahead(("silent", "ppo"), suite, tmp_path) as a:
        a.follow("ppo", suite.trainings("ppo")[0], stop)
    # Not by the signal, which would leave half a file behind, but as by an error.
    assert [child.exitcode for child in found] == [0]
    assert not any(tmp_path.iterdir())


def lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_ctrl_c_ends_both_processes_with_one_sentence(tmp_path):
    words = ["-m", "proactive_gym", "benchmark", "--agents", "ppo,silent"]
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (tmp_path / "runs/out/quick-v0/silent.json").exists():
        assert process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert out == b""
    assert b"The same command goes on" in err
    assert b"Traceback" not in err
    assert not list(tmp_path.rglob("*.part"))
    deadline = time.monotonic() + 10
    while lives(process.pid) and time.monotonic() < deadline:  # the last one ends a moment later
        time.sleep(0.1)
    assert not lives(process.pid)


# ---------------------------------------------------------------- following


@pytest.fixture
def piped():
    """Two jobs, and how to report on them."""
    hears, tells = Pipe(duplex=False)
    yield Ahead([("one", {"seed": 0}), ("two", {"seed": 0})], hears), tells
    hears.close()
    tells.close()


def test_each_job_hears_its_own_reports(piped):
    ahead, tells = piped
    for figures in ({"loss": 1.0}, {"loss": 2.0}, None, {"loss": 3.0}, None):
        tells.send(figures)
    one, two = [], []
    ahead.follow("one", {"seed": 0}, one.append)
    ahead.follow("one", {"seed": 0}, refuse)
    ahead.follow("two", {"seed": 0}, two.append)
    assert (one, two) == ([{"loss": 1.0}, {"loss": 2.0}], [{"loss": 3.0}])


def test_jobs_that_nobody_followed_are_passed_over(piped):
    ahead, tells = piped
    for figures in ({"loss": 1.0}, None, {"loss": 3.0}, None):
        tells.send(figures)
    heard = []
    ahead.follow("two", {"seed": 0}, heard.append)
    assert heard == [{"loss": 3.0}]
    ahead.follow("one", {"seed": 0}, refuse)


def test_what_the_child_does_not_train_is_not_waited_for(piped):
    ahead, _ = piped
    ahead.follow("one", {"seed": 1}, refuse)
    ahead.follow("three", {"seed": 0}, refuse)
    assert not ahead.trains("three")


@pytest.mark.parametrize("half", [b"", b"\0\0\0"])
def test_the_end_of_the_child_is_the_end_of_waiting(piped, half):
    """Also in the middle of a report."""
    ahead, tells = piped
    tells.send({"loss": 1.0})
    os.write(tells.fileno(), half)
    tells.close()
    heard = []
    ahead.follow("one", {"seed": 0}, heard.append)
    ahead.follow("two", {"seed": 0}, refuse)
    assert heard == [{"loss": 1.0}]


def test_hundreds_of_reports_fit_into_the_pipe(piped):
    """A child that nobody listens to yet must not stand still: `standard-v0` has 240."""
    ahead, tells = piped
    for step in range(300):
        tells.send({"progress": step / 300, "steps": 10**9 + step, "reward": np.pi})
    tells.send(None)
    heard = []
    ahead.follow("one", {"seed": 0}, heard.append)
    assert len(heard) == 300
