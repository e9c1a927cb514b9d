"""`train` for what agents share: toy models that are trained in no time, and the real table."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

from proactive_agents import checkpoint, registry
from proactive_agents.registry import PARTS, Part
from proactive_gym.errors import CheckpointError

TOY = """
from dataclasses import dataclass
from proactive_agents import checkpoint
import numpy as np

runs, wrong = [], []


@dataclass(frozen=True)
class Arguments:
    seed: int = 0
    device: str = "cpu"
    model: str = "untuned"


class Folder:
    def save(self, path, about):
        (path / "model").mkdir()
        (path / "model" / "weights").write_text(str(len(runs)))
        if wrong:
            raise wrong[0]
        checkpoint.tell(path, "toy-models", about)


class File:
    def save(self, path, about):
        checkpoint.write(path, "toy-file", {"weight": np.zeros(len(runs))}, about)


def train(arguments, report):
    runs.append(arguments)
    report({"progress": 1.0, "loss": 0.5})
    return Folder() if arguments.device == "cpu" else File()
"""


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Parts `toys` (a folder, shipped) and `toy` (a file, shipped), in a folder of their own."""
    (tmp_path / "toy_part.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for part in (
        Part("toys", "toy-models", "toy_part", "", folder=True, shipped=tmp_path / "ship"),
        Part("toy", "toy-file", "toy_part", "", folder=False, shipped=tmp_path / "s.safetensors"),
        Part("homeless", "toy-models", "toy_part", "", folder=True),
    ):
        monkeypatch.setitem(registry.PARTS, part.name, part)
    yield import_module("toy_part")
    del sys.modules["toy_part"]


def weights(folder: str | Path) -> str:
    return (Path(folder) / "model" / "weights").read_text()


# ------------------------------------------------------------------ what is trained


@pytest.mark.parametrize("name", ["lm", "steering", "adapt"])
def test_every_part_has_a_trainer_that_stores_what_the_table_says(name: str) -> None:
    pytest.importorskip("peft")
    part, trainer = PARTS[name], import_module(PARTS[name].trainer)
    assert trainer.Arguments().seed == 0
    kind = import_module("proactive_agents.steering.basis").NAME if name == "steering" else None
    assert part.kind == (kind or trainer.KIND)
    if part.shipped:
        assert part.shipped.parents[1].name == "proactive_agents"
        assert (part.shipped.suffix == "") == part.folder


@pytest.mark.parametrize("name", ["lm", "adapt"])
def test_arguments_are_listed_with_the_device(run, name: str) -> None:
    pytest.importorskip("peft")
    done = run("train", name, "--arguments", "--device", "cuda", "--seed", "3", "--set", "steps=9")
    listed = done.stdout.splitlines()
    assert {"seed=3", "steps=9", "device=cuda"} <= set(listed)


def test_without_a_library_the_extra_is_named(run, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "proactive_agents.lm.train", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = run("train", "lm")
    assert done.exit_code == 2
    assert "needs torch: pip install 'proactive-gym[agents]'" in done.stderr


# ------------------------------------------------------------------ where it goes


def test_a_folder_is_trained_once_and_found_again(run, toy) -> None:
    first = run("train", "toys")
    assert first.exit_code == 0, first.output
    folder = Path(first.stdout.split()[1])
    assert folder.parent == Path("runs/out/models")
    assert folder.name.startswith("toys-")
    assert run("train", "toys").stdout == first.stdout
    assert len(toy.runs) == 1
    run("train", "toys", "--seed", "1")
    assert len(list(folder.parent.iterdir())) == 2
    run("train", "toys", "--fresh")
    assert weights(folder) == "3"
    about = json.loads((folder / checkpoint.ABOUT).read_text())
    assert about["made_of"]["arguments"] == {"seed": 0, "device": "cpu", "model": "untuned"}
    assert about["curve"] == [{"progress": 1.0, "loss": 0.5}]
    assert {"seconds", "versions", "commit"} <= set(about)


def test_a_file_is_trained_once_and_found_again(run, toy) -> None:
    for _ in range(2):
        done = run("train", "toy", "--device", "gpu")
        assert done.exit_code == 0, done.output
    assert len(toy.runs) == 1
    path = Path(done.stdout.split()[1])
    assert (path.parent, path.suffix) == (Path("runs/out/models"), ".safetensors")


def test_a_place_of_ones_own_is_written_over_when_asked(run, toy) -> None:
    for words in ((), ("--seed", "0")):
        assert run("train", "toys", "--out", "mine", *words).exit_code == 0
    assert len(toy.runs) == 1
    done = run("train", "toys", "--out", "mine", "--seed", "1")
    assert done.exit_code == 2
    assert "mine holds other weights of toys: --fresh writes over them" in done.stderr
    assert run("train", "toys", "--out", "mine", "--seed", "1", "--fresh").exit_code == 0
    assert weights("mine") == "2"


def test_a_model_that_has_changed_is_trained_on_again(run, toy) -> None:
    Path("base").mkdir()
    for count, config in ((1, "{}"), (1, "{}"), (2, "{ }")):
        Path("base/config.json").write_text(config)
        assert run("train", "toys", "--set", "model=base").exit_code == 0
        assert len(toy.runs) == count


def test_an_empty_folder_is_a_good_place(run, toy) -> None:
    Path("mine").mkdir()
    assert run("train", "toys", "--out", "mine").exit_code == 0
    assert weights("mine") == "1"


@pytest.mark.parametrize("words", [(), ("--fresh",)], ids=str)
@pytest.mark.parametrize("told", [None, "{", "3", '{"kind": "other"}'], ids=str)
def test_a_folder_of_something_else_is_never_replaced(run, toy, words, told) -> None:
    Path("thesis").mkdir()
    Path("thesis/chapter").write_text("precious")
    if told is not None:
        Path("thesis/about.json").write_text(told)
    done = run("train", "toys", "--out", "thesis", *words)
    assert done.exit_code == 2
    assert "name another one" in done.stderr
    assert Path("thesis/chapter").read_text() == "precious"
    assert toy.runs == []


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr
)
def test_what_goes_wrong_while_writing_leaves_the_old_folder(run, toy, error) -> None:
    run("train", "toys", "--out", "mine")
    toy.wrong.append(error)
    done = run("train", "toys", "--out", "mine", "--fresh")
    assert done.exit_code != 0
    if isinstance(error, OSError):
        assert done.stderr == "Error: cannot use mine: No space left on device\n"
    assert weights("mine") == "1"
    assert {p.name for p in Path("mine").parent.iterdir()} >= {"mine", "toy_part.py"}
    assert list(Path().glob(".*")) == []


def test_a_place_that_cannot_be_written_is_told_before_training(run, toy) -> None:
    done = run("train", "toys", "--out", "toy_part.py/mine")
    assert done.exit_code == 2
    assert "Not a directory" in done.stderr
    assert toy.runs == []


def test_a_files_name_must_end_as_one_of_weights(run, toy) -> None:
    done = run("train", "toy", "--device", "gpu", "--out", "basis.json")
    assert done.exit_code == 2
    assert "name a file that ends in .safetensors" in done.stderr
    assert toy.runs == []


def test_what_is_shipped_is_written_over(run, toy) -> None:
    Path("ship/untuned").mkdir(parents=True)
    Path("ship/README.md").write_text("old")
    for count in (1, 2):
        done = run("train", "toys", "--shipped")
        assert done.exit_code == 0, done.output
        assert weights("ship") == str(count)
    assert not Path("ship/README.md").exists()
    assert run("train", "toy", "--shipped", "--device", "gpu").exit_code == 0
    assert checkpoint.read(Path("s.safetensors"), "toy-file")[0]["weight"].shape == (3,)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("homeless", "--shipped"), "not homeless"),
        (("ppo", "--shipped"), "not ppo"),
        (("toys", "--shipped", "--out", "mine"), "--out names another place"),
        (("silent", "--device", "cuda"), "what agents share is trained as lm, steering, adapt"),
        (("steering", "--device", "cuda"), "steering has no training argument 'device'"),
        (("lm", "--set", "width=33"), "width must be a multiple of 32"),
        (("lm", "--device", "quantum"), "there is no device 'quantum' here"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_one_line(run, toy, words, told) -> None:
    if words[0] in ("lm", "steering"):
        pytest.importorskip("transformers")
    done = run("train", *words)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert toy.runs == []
    assert not list(Path().rglob("*.safetensors"))


# ------------------------------------------------------------------ digests


def test_a_folders_digest_is_that_of_its_model(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    first = checkpoint.digest(folder)
    (folder / "README.md").write_text("a card")
    checkpoint.tell(folder, "toy-models", {"seconds": 3})
    assert checkpoint.digest(folder) == first
    (folder / "config.json").write_text("{ }")
    assert checkpoint.digest(folder) != first
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.digest(tmp_path / "gone")
