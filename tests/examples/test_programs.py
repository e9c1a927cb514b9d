"""The short programs run as their docstrings say, and what they print is so."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = ("ten_lines", "train_ppo", "steer_your_model", "my_agent")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """`program("train_ppo")`: the module, under its own name, as if run from its folder."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(EXAMPLES)

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    yield load
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_short_and_say_how_to_run_them(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert f"`python examples/{name}.py" in text.split('"""')[1]


def test_the_rule_of_ten_lines_shows_a_day_and_its_reward() -> None:
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "ten_lines.py"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("noticed") == 20
    said = re.search(r"(p\d{4}) was satisfied by ([+-]\d\.\d\d) a moment", ran.stdout)
    assert said
    from proactive_gym.personas import Population

    assert said[1] in Population.load().split("validation").ids
    asked = re.search(r"satisfaction (\d\.\d), trust", ran.stdout)
    assert asked
    # The day's question is answered from the day's mean reward.
    assert float(asked[1]) == pytest.approx(1 + 3 * (float(said[2]) + 1), abs=0.07)


def test_ppo_is_better_than_chance_on_strangers_after_some_seconds(program, capsys) -> None:
    pytest.importorskip("stable_baselines3")
    import torch

    with torch.random.fork_rng():
        found = program("train_ppo").main(["--steps", "20000"])
    assert list(found) == ["silent", "random", "worthwhile", "PPO"]
    assert found["PPO"].low > found["random"].high
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    assert f"{found['PPO'].mean:+.3f}" in lines[-1]


def test_steering_moves_decisions_the_way_that_the_words_said(program, capsys) -> None:
    pytest.importorskip("transformers")
    module = program("steer_your_model")
    shares = module.main(["--moments", "12"])
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(module.STRENGTHS)))
    silent = shares[:, 0]
    assert silent[0] > silent[-1] + 0.5
    assert (np.diff(silent) <= 0).all()
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [float(row.split()[0]) for row in rows] == list(module.STRENGTHS)


def test_unsteered_rows_decide_as_the_plain_model_does(program, capsys) -> None:
    pytest.importorskip("transformers")
    import gymnasium as gym

    from proactive_agents.lm.agent import prompts_of
    from proactive_agents.lm.model import LanguageModel
    from proactive_agents.lm.observed import moments_of, situations_of
    from proactive_agents.lm.worth import tree_logits
    from proactive_gym.envs.reading import Seen

    module = program("steer_your_model")
    shares = module.main(["--moments", "12"])
    seen, _ = gym.make_vec("ProactiveAssist-v0", num_envs=12).reset(seed=0)
    model = LanguageModel.load("population")
    prompts = prompts_of(model, moments_of(Seen.of(seen)), situations_of(seen))
    plain = tree_logits(model, model.states(prompts))[0][:, 0].argmax(dim=1).numpy()
    expected = np.bincount(plain, minlength=3) / 12
    assert shares[module.STRENGTHS.index(0.0)] == pytest.approx(expected)


def test_an_agent_of_ones_own_is_measured_and_ranked(
    program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
) -> None:
    from proactive_gym.evaluation import suites
    from proactive_gym.leaderboard.record import read_record

    tiny = suites.Suite("tiny-v0", "validation", (0,), (0,), sessions=2, points=5)
    monkeypatch.setattr(suites, "SUITES", {**suites.SUITES, tiny.name: tiny})
    monkeypatch.chdir(tmp_path)
    module = program("my_agent")
    records = module.main("tiny-v0")
    reward = {record.agent: record.results["reward"].mean for record in records}
    assert reward["my_agent:Polite"] > reward["silent"]
    folder = tmp_path / "runs" / "out" / "my_agent" / "tiny-v0"
    mine = read_record(folder / "my_agent-Polite.json")
    assert mine.runs[0].frozen is not None
    board = (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert re.search(r"^\| \d+ \| my\\?_agent:Polite \|", board, re.MULTILINE)
    assert "my_agent:Polite" in capsys.readouterr().out


def test_the_agent_keeps_people_apart_and_learns_from_harsh_words(program) -> None:
    import gymnasium as gym

    from proactive_gym.vocabulary import REACTIONS

    agent = program("my_agent").Polite()
    seen, _ = gym.make_vec("ProactiveAssist-v0", num_envs=50).reset(seed=0)
    agent.begin(np.arange(50, dtype=np.uint64))
    spoken = agent.act(seen)[:, 0] > 0
    harsh = np.where(np.arange(50) < 25, REACTIONS.index("complain"), REACTIONS.index("thumbs_up"))
    agent.observe(harsh)
    change = (agent.bar - 2.0).sum(axis=1)
    assert (change[:25][spoken[:25]] > 0).all()
    assert (change[25:][spoken[25:]] < 0).all()
    assert (change[~spoken] == 0).all()
    other = program("my_agent").Polite()
    other.begin(np.arange(50, dtype=np.uint64))
    other.load(agent.state())
    assert (other.act(seen) == agent.act(seen)).all()
