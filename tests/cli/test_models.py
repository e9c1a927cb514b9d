"""`evaluate`, `simulate` and `play` with another language model than the embedded one."""

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from proactive_agents.checkpoint import digest
from proactive_agents.language import Model
from proactive_agents.registry import check_model, make, stem
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.evaluation import suites
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard.check import replayed
from proactive_gym.leaderboard.record import read_record

TINY = Suite("tiny-v0", "validation", (0,), (0,), sessions=1, points=2)
SPEAKING = ("lm-untuned", "lm-direct", "lm-population")
STEERED = ("steering", "steering-none", "steering-survey", "steering-oracle")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs go into a folder of the test's own, on a suite that takes a moment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(suites, "SUITES", {**suites.SUITES, TINY.name: TINY})
    return tmp_path


# ------------------------------------------------------------------ agents


@pytest.mark.parametrize("name", [*SPEAKING, *STEERED])
def test_agents_with_a_language_model_take_another(name: str, tiny) -> None:
    basis = tiny.basis if name in STEERED else None
    agent = make(name, model=Model(str(tiny.folder), basis=basis))
    assert agent.memory.model.model.config.hidden_size == 32
    assert agent.memory is make(name, model=Model(str(tiny.folder), basis=basis)).memory


def test_precision_and_place_of_the_model_can_be_chosen(tiny) -> None:
    import torch

    here = Model(str(tiny.folder), dtype="bfloat16", basis=tiny.basis)
    agent = make("steering", model=here)
    assert agent.memory.model.model.dtype == torch.bfloat16
    rows = torch.randn(2, 1, 32)
    assert agent.memory.model.head.logits(rows, 0).dtype == torch.float32


@pytest.mark.parametrize("name", ["silent", "ppo", "oracle-full", "population"])
@pytest.mark.parametrize("model", [Model("any"), Model(device="cuda"), Model(basis=Path("b"))])
def test_agents_without_one_refuse_it(name: str, model: Model) -> None:
    with pytest.raises(InvalidOptionError, match=f"{name} has no language model .* lm-untuned"):
        check_model(name, model)


def test_an_agent_that_is_not_steered_takes_no_directions(tiny) -> None:
    with pytest.raises(InvalidOptionError, match="lm-direct is not steered"):
        make("lm-direct", model=Model(str(tiny.folder), basis=tiny.basis))


def test_another_model_needs_directions_of_its_own(tiny) -> None:
    with pytest.raises(
        CheckpointError, match=r"train steering --set model=.*model`, and give them"
    ):
        make("steering", model=Model(str(tiny.folder)))


def test_directions_of_another_width_are_refused(tiny, drawn_basis, elsewhere: Path) -> None:
    drawn_basis(64).save(elsewhere / "wide.safetensors")
    model = Model(str(tiny.folder), basis=elsewhere / "wide.safetensors")
    with pytest.raises(CheckpointError, match=r"of width 64, and this one has width 32: .*train"):
        make("steering", model=model)


@pytest.mark.parametrize(
    ("model", "label"),
    [
        (Model("Some/Model-1.5B"), "Model-1.5B"),
        (Model("some/odd name:7"), "odd-name-7"),
        (Model("m", basis=Path("x/b.safetensors")), "m+b"),
        (Model(basis=Path("x/b.safetensors")), "b"),
        (Model(device="cuda"), "cuda-auto"),
        (Model("."), "lives"),
    ],
    ids=str,
)
def test_records_of_models_have_names_of_their_own(model, label, elsewhere, monkeypatch) -> None:
    (elsewhere / "lives").mkdir()
    monkeypatch.chdir(elsewhere / "lives")
    assert stem("steering", model) == f"steering@{label}"
    assert stem("steering") == "steering"


# ------------------------------------------------------------------ evaluate


@pytest.fixture
def measured(run, tiny) -> Path:
    """The record of the steering agent with another model."""
    done = run("evaluate", "steering", "--suite", "tiny-v0", *tiny.words)
    assert done.exit_code == 0, done.output
    path = Path("runs/out/tiny-v0/steering@model+basis.json")
    assert f"Record: {path}" in done.stdout
    return path


def test_a_record_tells_which_model_was_used(measured: Path, tiny) -> None:
    record = read_record(measured)
    assert record.made_of.model.model_dump() == {
        "label": "model+basis",
        "name": str(tiny.folder),
        "digest": digest(tiny.folder),
        "device": "cpu",
        "dtype": "auto",
        "basis": str(tiny.basis),
        "basis_digest": digest(tiny.basis),
    }
    assert (record.agent, record.name) == ("steering", "steering@model+basis")
    assert shlex.split(record.command)[5:] == [str(word) for word in tiny.words]


def test_the_recorded_command_finds_the_record_again(run, measured: Path) -> None:
    before = measured.read_bytes()
    assert run(*shlex.split(read_record(measured).command)[1:]).exit_code == 0
    assert measured.read_bytes() == before


def test_it_is_played_again_with_its_model(measured: Path, tiny, elsewhere, run) -> None:
    record = read_record(measured)
    assert replayed(record, 2) == []
    changed = record.made_of.model.model_copy(update={"digest": "0" * 64})
    other = record.made_of.model_copy(update={"model": changed})
    (sentence,) = replayed(record.model_copy(update={"made_of": other}), 2)
    assert "is not what it was" in sentence


def test_changed_weights_are_another_run(run, tiny, elsewhere: Path) -> None:
    shutil.copytree(tiny.folder, "copy")
    words = ("evaluate", "lm-direct", "--suite", "tiny-v0", "--model", "copy")
    assert run(*words).exit_code == 0
    path = Path("runs/out/tiny-v0/lm-direct@copy.json")
    path.unlink()
    config = Path("copy/generation_config.json")
    config.write_text(config.read_text() + "\n")
    done = run(*words)
    assert done.exit_code == 2
    assert "holds a run with other model" in done.stderr


def test_both_models_of_an_agent_stand_in_one_table(run, tiny) -> None:
    shutil.copytree(tiny.folder, "copy")
    for model in ("copy", tiny.folder):
        run("evaluate", "lm-direct", "--suite", "tiny-v0", "--model", model)
    done = run("leaderboard", "runs/out/tiny-v0")
    assert done.exit_code == 0, done.output
    assert "lm-direct@copy" in done.stdout
    assert "lm-direct@model" in done.stdout


def test_runs_with_an_agents_own_model_are_told_as_they_were_before(run) -> None:
    assert run("evaluate", "silent", "--suite", "tiny-v0").exit_code == 0
    assert read_record(Path("runs/out/tiny-v0/silent.json")).made_of.model is None
    assert "model" not in json.loads(Path("runs/out/tiny-v0/silent/run.json").read_text())


def test_an_agent_that_takes_none_is_refused_before_it_is_trained(run) -> None:
    done = run("evaluate", "ppo", "--suite", "tiny-v0", "--model", "any")
    assert done.exit_code == 2
    assert "ppo has no language model" in done.stderr
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "./empty"), "./empty cannot be read as a causal language model"),
        (("--device", "quantum"), "there is no device 'quantum' here"),
        (("--dtype", "float12"), "dtype must be one of auto, float32"),
    ],
    ids=str,
)
def test_models_that_are_not_there_are_told_in_one_line(run, words, told) -> None:
    pytest.importorskip("transformers")
    Path("empty").mkdir()
    done = run("evaluate", "lm-direct", "--suite", "tiny-v0", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


# ------------------------------------------------------------------ simulate, play


def test_lives_are_simulated_with_another_model(run, tiny, elsewhere: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    words = ("--policy", "steering", "--n", "2", "--sessions", "1", "--points", "3", *tiny.words)
    done = run("simulate", *words, "--out", "a")
    assert done.exit_code == 0, done.output
    run("simulate", *words, "--out", "b")
    assert Path("a").read_bytes() == Path("b").read_bytes()
    about = json.loads(parquet.read_schema("a").metadata[b"proactive_gym.run"])
    assert about["model"]["digest"] == digest(tiny.folder)
    assert f"--model {tiny.folder} --basis {tiny.basis}" in about["command"]
    assert about["settings"]["model"] == str(tiny.folder)


def test_a_rung_of_the_ladder_takes_no_model(run, tiny) -> None:
    done = run("simulate", "--policy", "survey", "--model", tiny.folder, "--out", "a")
    assert done.exit_code == 2
    assert "survey is a rung of the ladder and has no language model" in done.stderr


@pytest.mark.parametrize("agent", ["lm-direct", "steering"])
def test_a_model_is_watched_as_it_speaks_in_words_of_its_own(run, tiny, agent: str) -> None:
    basis = () if agent == "lm-direct" else ("--basis", tiny.basis)
    words = ("--persona", "p0042", "--seed", "3", "--points", "4", "--sessions", "2")
    done = run("play", *words, "--policy", agent, "--model", tiny.folder, *basis)
    assert done.exit_code == 0, done.output
    assert f'watching the "{agent}" assistant' in done.stdout
    assert done.stdout.count("assistant  ") == 8
    again = run("play", *words, "--policy", agent, "--model", tiny.folder, *basis)
    assert again.stdout == done.stdout


def test_what_is_watched_is_what_is_played(run) -> None:
    """An agent that is no model says what the situations hold, in the life of that seed."""
    words = ("play", "--persona", "p0042", "--seed", "3", "--points", "4")
    always = run(*words, "--policy", "direct-response").stdout.replace("direct-response", "eager")
    assert always == run(*words, "--policy", "eager").stdout


def test_what_is_watched_learns_from_every_reaction(tiny) -> None:
    from proactive_gym.envs.play import play
    from proactive_gym.evaluation.watching import Watched

    class Noting:
        """Counts what it is told."""

        def __init__(self) -> None:
            self.options = {"history": "counts"}
            self.told: list[int] = []

        def begin(self, keys) -> None:
            assert keys.shape == (1,)

        def act(self, observations):
            assert "counts" in observations
            return np.array([[1, 1, 0, 0]])

        def observe(self, reactions) -> None:
            self.told.append(int(reactions[0]))

    agent = Noting()
    watched = Watched(agent)
    play(
        lambda line: None,
        lambda prompt: "",
        persona="p0042",
        seed=3,
        sessions=2,
        points=3,
        policy="noting",
        assistant=watched,
        options=watched.options,
    )
    assert len(agent.told) == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "any"), "considerate has neither weights nor a language model"),
        (("--checkpoint", "any"), "considerate has neither weights nor a language model"),
        (("--policy", "ppo"), "ppo needs its weights"),
        (("--policy", "rude"), "or an agent: no agent 'rude'"),
    ],
    ids=str,
)
def test_who_cannot_be_watched_is_told_in_one_line(run, words, told: str) -> None:
    done = run("play", *words)
    assert done.exit_code == 2
    assert told in done.stderr
