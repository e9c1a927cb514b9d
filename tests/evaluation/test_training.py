import sys
from dataclasses import asdict, make_dataclass

import pytest

from proactive_agents import checkpoint, registry
from proactive_agents.language import Model
from proactive_agents.registry import Spec, make
from proactive_gym.errors import CheckpointError, InvalidOptionError, UnknownAgentError
from proactive_gym.evaluation import training
from proactive_gym.evaluation.training import arguments_of, kept, train

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


def test_other_code_or_other_people_train_anew(toy, tmp_path, monkeypatch):
    """The digest is of all that can move weights, simulated people's numbers among it."""
    first = train("toy", {}, tmp_path)
    real = training.training_code()
    assert checkpoint.read(first.path, "toy")[1]["made_of"]["code"] == real
    monkeypatch.setattr(training, "training_code", lambda: "other code")
    assert train("toy", {}, tmp_path).path != first.path
    assert len(toy.runs) == 2
    monkeypatch.setattr(training, "training_code", lambda: real)
    assert train("toy", {}, tmp_path) == first
    assert len(toy.runs) == 2


def test_one_may_ask_for_training_anew(toy, tmp_path):
    first = train("toy", {}, tmp_path)
    again = train("toy", {}, tmp_path, fresh=True)
    assert len(toy.runs) == 2
    assert first.path == again.path
    assert make("toy", again.path).weight.tolist() == [0.2]


def test_weights_go_where_one_says(toy, tmp_path):
    out = tmp_path / "mine" / "weights.safetensors"
    assert train("toy", {"seed": 3}, tmp_path, out=out).path == out
    train("toy", {"seed": 3}, tmp_path, out=out)
    assert len(toy.runs) == 1
    train("toy", {"seed": 4}, tmp_path, out=out, fresh=True)
    assert len(toy.runs) == 2
    assert make("toy", out).weight.tolist() == [4.2]
    assert list(tmp_path.glob("*.safetensors")) == []


def test_weights_say_how_they_came_about(toy, tmp_path):
    found = train("toy", {"seed": 5}, tmp_path)
    _, about = checkpoint.read(found.path, "toy")
    assert about["made_of"]["arguments"] == found.arguments
    assert (found.seed, found.arguments["seed"]) == (5, 5)
    assert (about["seconds"], about["curve"]) == (found.seconds, found.curve)
    assert about["commit"] == found.commit == training.commit()
    assert about["versions"] == training.versions()


def test_weights_keep_the_checkout_that_trained_them(toy, tmp_path, monkeypatch):
    """As it was when training began, whatever is committed meanwhile or later."""

    def checkout():
        return {"id": f"{len(toy.runs)}" * 40, "modified": False}

    monkeypatch.setattr(training, "commit", checkout)
    monkeypatch.setattr(training, "training_code", lambda: f"code {len(toy.runs) > 1}")
    first = train("toy", {}, tmp_path)
    assert first.commit == {"id": "0" * 40, "modified": False}
    assert train("toy", {}, tmp_path) == first
    assert (len(toy.runs), checkout()["id"]) == (1, "1" * 40)
    monkeypatch.setattr(training, "commit", lambda: None)
    assert train("toy", {}, tmp_path).commit == first.commit
    assert train("toy", {"seed": 1}, tmp_path).commit is None


def test_kept_weights_are_found_and_nothing_is_trained(toy, tmp_path):
    given = {"rate": 0.1}
    assert kept("toy", given, tmp_path) is None
    found = train("toy", given, tmp_path)
    assert kept("toy", given, tmp_path) == found
    assert kept("toy", {"rate": 0.2}, tmp_path) is None
    torn(found.path)
    assert kept("toy", given, tmp_path) is None
    assert len(toy.runs) == 1


def test_another_model_under_the_same_name_trains_anew(toy, tmp_path, monkeypatch):
    """The digest of code leaves shipped models out, so that of a model has to stand beside it."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"1")
    fields = [("seed", int, 0), ("model", str, str(model))]
    monkeypatch.setattr(toy, "Arguments", make_dataclass("Arguments", fields, frozen=True))
    first = train("toy", {}, tmp_path)
    assert train("toy", {}, tmp_path) == first
    (model / "model.safetensors").write_bytes(b"2")
    assert train("toy", {}, tmp_path).path != first.path
    assert len(toy.runs) == 2


@pytest.mark.parametrize(("part", "reads"), [("lm", False), ("steering", True), ("adapt", True)])
def test_parts_that_read_a_model_say_which(part, reads):
    """Those of the package, whose digest then stands beside that of the code."""
    told = asdict(arguments_of(part, {}))
    assert ("model" in told) == reads
    assert not reads or Model(told["model"]).digest is not None


# ---------------------------------------------------------------- what stands in the way


def torn(path):
    path.write_bytes(path.read_bytes()[:40])


def emptied(path):
    path.write_bytes(b"")


def noted(path):
    path.write_text("what I wanted to say about these weights")


def of_another(path):
    checkpoint.write(path, "ppo", {}, {})


def by_hand(path):
    toy = sys.modules["toy_agent"]
    toy.Toy(toy.np.zeros(1)).save(path, {})


def of_other_arguments(path):
    about = {"made_of": {"arguments": {"seed": 9}, "code": "c"}, "seconds": 1, "curve": []}
    toy = sys.modules["toy_agent"]
    toy.Toy(toy.np.zeros(1)).save(path, {**about, "commit": None})


@pytest.mark.parametrize("spoil", [torn, emptied, noted, of_another, by_hand, of_other_arguments])
def test_kept_weights_that_are_not_whole_or_not_the_same_are_trained_again(spoil, toy, tmp_path):
    path = train("toy", {}, tmp_path).path
    spoil(path)
    again = train("toy", {}, tmp_path)
    assert again.path == path
    assert make("toy", path).weight.tolist() == [0.2]
    assert train("toy", {}, tmp_path) == again
    assert len(toy.runs) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torn, r"mine\.safetensors is no checkpoint of this project, or is torn"),
        (emptied, "is no checkpoint of this project, or is torn"),
        (noted, "is no checkpoint of this project, or is torn"),
        (of_another, "holds weights of 'ppo', not of 'toy'"),
        (by_hand, "mine"),
        (of_other_arguments, "mine"),
    ],
)
def test_what_else_stands_in_a_file_that_one_names_is_not_written_over(
    content, message, toy, tmp_path
):
    out = tmp_path / "mine.safetensors"
    train("toy", {}, tmp_path, out=out)
    content(out)
    before = out.read_bytes()
    with pytest.raises(CheckpointError, match=message):
        train("toy", {}, tmp_path, out=out)
    assert out.read_bytes() == before
    assert len(toy.runs) == 1
    train("toy", {}, tmp_path, out=out, fresh=True)
    assert make("toy", out).weight.tolist() == [0.2]
