import sys
from dataclasses import asdict

import pytest

from proactive_agents import checkpoint, registry
from proactive_agents.registry import Spec, make
from proactive_gym.errors import CheckpointError, InvalidOptionError, UnknownAgentError
from proactive_gym.evaluation import training
from proactive_gym.evaluation.training import arguments_of, train

TOY = """
from dataclasses import dataclass
import numpy as np
from proactive_agents import checkpoint
from proactive_agents.protocol import Memoryless

runs = []


class Toy(Memoryless):
    NAME = "toy"

    def __init__(self, weight):
        self.weight = weight

    @classmethod
    def from_checkpoint(cls, path):
        return cls(checkpoint.read(path, cls.NAME)[0]["weight"])

    def save(self, path, about):
        checkpoint.write(path, self.NAME, {"weight": self.weight}, about)

    def act(self, observations):
        return np.zeros((len(observations["moment"]), 4), int)


@dataclass(frozen=True)
class Arguments:
    seed: int = 0
    rate: float = 0.5
    clip: bool = False
    history: str = "last"


def train(arguments, report):
    runs.append(arguments)
    for step in (1, 2):
        report({"progress": step / 2, "loss": 1 / 3})
    return Toy(np.array([arguments.seed + len(runs) / 10]))
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The module of a toy agent that is trained in no time."""
    (tmp_path / "toy_agent.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    spec = Spec("toy", "toy_agent:Toy", "a toy", trainer="toy_agent")
    monkeypatch.setitem(registry.AGENTS, "toy", spec)
    __import__("toy_agent")
    yield sys.modules["toy_agent"]
    del sys.modules["toy_agent"]


# ---------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("seed", "7", 7),
        ("seed", 7, 7),
        ("rate", "1e-3", 0.001),
        ("rate", 1, 1.0),
        ("clip", "true", True),
        ("clip", "False", False),
        ("clip", True, True),
        ("history", "counts", "counts"),
    ],
)
def test_arguments_are_read_as_the_type_of_their_default(toy, name, given, value):
    found = asdict(arguments_of("toy", {name: given}))
    assert found == {**asdict(toy.Arguments()), name: value}
    assert type(found[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("seed", "seven", "int"),
        ("seed", "2.5", "int"),
        ("seed", 2.5, "int"),
        ("seed", None, "int"),
        ("rate", "fast", "float"),
        ("clip", "perhaps", "bool"),
    ],
)
def test_arguments_of_another_type_are_refused(toy, name, given, kind):
    with pytest.raises(InvalidOptionError, match=f"{name} must be {kind}, not {given!r}"):
        arguments_of("toy", {name: given})


def test_an_argument_that_there_is_not_is_refused(toy):
    with pytest.raises(InvalidOptionError, match=r"no training argument 'speed': there are seed, "):
        arguments_of("toy", {"speed": 1})


@pytest.mark.parametrize("agent", [n for n, s in registry.AGENTS.items() if s.trainer])
def test_every_trained_agent_has_typed_arguments_with_a_seed(agent):
    defaults = asdict(arguments_of(agent, {}))
    assert defaults["seed"] == 0
    assert all(type(value) in (bool, int, float, str) for value in defaults.values())
    read = arguments_of(agent, {name: str(value) for name, value in defaults.items()})
    assert asdict(read) == defaults


def test_what_cannot_be_trained_says_so(tmp_path):
    with pytest.raises(CheckpointError, match="silent has no weights: there is nothing to train"):
        train("silent", {}, tmp_path)
    with pytest.raises(UnknownAgentError, match="no agent 'nobody'"):
        train("nobody", {}, tmp_path)


# ---------------------------------------------------------------- once


def test_the_same_arguments_find_the_same_weights(toy, tmp_path):
    heard = []
    first = train("toy", {"rate": 0.1}, tmp_path, heard.append)
    again = train("toy", {"rate": "0.1", "seed": 0}, tmp_path)
    assert len(toy.runs) == 1
    assert first == again
    assert first.path.parent == tmp_path
    assert first.path.name.startswith("toy-")
    assert heard == [{"progress": 0.5, "loss": 1 / 3}, {"progress": 1.0, "loss": 1 / 3}]
    assert first.curve == [{"progress": p, "loss": 0.333333} for p in (0.5, 1.0)]
    assert first.arguments == {"seed": 0, "rate": 0.1, "clip": False, "history": "last"}
    assert make("toy", first.path).weight.tolist() == [0.1]


def test_other_arguments_train_anew(toy, tmp_path):
    given = [{}, {"seed": 1}, {"rate": 0.1}, {"clip": True}, {"history": "counts"}]
    paths = {train("toy", arguments, tmp_path).path for arguments in given}
    assert len(toy.runs) == len(paths) == len(given)


def test_other_simulated_people_train_anew(toy, tmp_path, monkeypatch):
    first = train("toy", {}, tmp_path)
    monkeypatch.setattr(training, "file_digest", lambda path: "other people")
    assert train("toy", {}, tmp_path).path != first.path
    assert len(toy.runs) == 2


def test_one_may_ask_for_training_anew(toy, tmp_path):
    first = train("toy", {}, tmp_path)
    again = train("toy", {}, tmp_path, fresh=True)
    assert len(toy.runs) == 2
    assert first.path == again.path
    assert make("toy", again.path).weight.tolist() == [0.2]


def test_weights_go_where_one_says_and_replace_those_of_other_arguments(toy, tmp_path):
    out = tmp_path / "mine" / "weights.safetensors"
    assert train("toy", {"seed": 3}, tmp_path, out=out).path == out
    train("toy", {"seed": 3}, tmp_path, out=out)
    assert len(toy.runs) == 1
    train("toy", {"seed": 4}, tmp_path, out=out)
    assert len(toy.runs) == 2
    assert make("toy", out).weight.tolist() == [4.2]
    assert list(tmp_path.glob("*.safetensors")) == []


def test_weights_say_how_they_came_about(toy, tmp_path):
    _, about = checkpoint.read(train("toy", {"seed": 5}, tmp_path).path, "toy")
    assert about["made_of"]["arguments"]["seed"] == 5
    assert {"versions", "commit", "seconds", "curve"} <= set(about)


# ---------------------------------------------------------------- what stands in the way


def test_torn_weights_are_named(toy, tmp_path):
    path = train("toy", {}, tmp_path).path
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(CheckpointError, match=r"toy-.*is torn"):
        train("toy", {}, tmp_path)
    train("toy", {}, tmp_path, fresh=True)
    assert make("toy", path).weight.tolist() == [0.2]


def test_another_agents_weights_are_not_overwritten(toy, tmp_path):
    out = tmp_path / "weights.safetensors"
    checkpoint.write(out, "ppo", {}, {})
    with pytest.raises(CheckpointError, match="holds weights of 'ppo', not of 'toy'"):
        train("toy", {}, tmp_path, out=out)
    assert toy.runs == []


def test_weights_that_were_saved_by_hand_are_no_reason_to_fall_over(toy, tmp_path):
    out = tmp_path / "weights.safetensors"
    toy.Toy(toy.np.zeros(1)).save(out, {})
    train("toy", {}, tmp_path, out=out)
    assert len(toy.runs) == 1
