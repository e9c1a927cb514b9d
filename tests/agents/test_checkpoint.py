import json
import pickle
import struct
from hashlib import sha256

import numpy as np
import pytest
from safetensors.numpy import save

from proactive_agents import checkpoint
from proactive_baselines.fixed import BestFixed
from proactive_gym.errors import CheckpointError

ABOUT = {"seconds": 1.5, "curve": [{"progress": 1.0}], "words": "été"}


def arrays():
    rng = np.random.default_rng(0)
    return {
        "weights": rng.normal(size=(5, 3)).astype(np.float32),
        "bias": rng.normal(size=3),
        "codes": np.array([1, 3, 0], np.int64),
        "turned": np.arange(6.0).reshape(2, 3).T,
        "none": np.zeros((0, 4), np.float32),
    }


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "deep" / "down" / "w.safetensors"
    checkpoint.write(path, "toy", arrays(), ABOUT)
    return path


def test_what_is_written_is_read_to_the_bit(path):
    found, about = checkpoint.read(path, "toy")
    assert about == ABOUT
    assert found.keys() == arrays().keys()
    for name, array in arrays().items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert np.array_equal(found[name], array)


def test_the_same_weights_are_the_same_file(path, tmp_path):
    again = tmp_path / "again.safetensors"
    checkpoint.write(again, "toy", arrays(), dict(reversed(ABOUT.items())))
    assert again.read_bytes() == path.read_bytes()
    assert checkpoint.digest(again) == checkpoint.digest(path)
    assert checkpoint.digest(path) == sha256(path.read_bytes()).hexdigest()
    checkpoint.write(again, "toy", arrays() | {"bias": np.zeros(3)}, ABOUT)
    assert checkpoint.digest(again) != checkpoint.digest(path)


def test_another_agents_weights_are_refused(path):
    with pytest.raises(CheckpointError, match="holds weights of 'toy', not of 'ppo'"):
        checkpoint.read(path, "ppo")
    with pytest.raises(CheckpointError, match="not of 'best-fixed'"):
        BestFixed.from_checkpoint(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.safetensors is not there: train"):
        checkpoint.read(tmp_path / "none.safetensors", "toy")
    with pytest.raises(CheckpointError, match=r"none\.safetensors cannot be read"):
        checkpoint.digest(tmp_path / "none.safetensors")


@pytest.mark.parametrize("kept", [0, 4, 8, 40, -1])
def test_a_torn_file_is_named(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"w\.safetensors is no checkpoint .* or is torn"):
        checkpoint.read(path, "toy")


class Trap:
    """Unpickling one of these would be noticed."""

    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Trap()),
        pickle.dumps({"agent": "toy", "about": {}}),
        b"a note of something else",
        save(arrays()),
        save(arrays(), metadata={"proactive_gym": "no json"}),
        save(arrays(), metadata={"other": "{}"}),
    ],
    ids=["trap", "pickle", "note", "bare", "no json", "other"],
)
def test_files_of_another_kind_are_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is no checkpoint of this project"):
        checkpoint.read(path, "toy")


@pytest.mark.parametrize(
    "header",
    [
        "[1]",
        '"toy"',
        "null",
        "3",
        "{}",
        '{"agent": "toy"}',
        '{"about": {}}',
        '{"agent": "toy", "about": null}',
        '{"agent": "toy", "about": 3}',
        '{"agent": "toy", "about": "words"}',
    ],
)
def test_a_header_of_another_form_is_refused(path, header):
    """Whoever asks: what is no checkpoint cannot be another agent's."""
    path.write_bytes(save(arrays(), metadata={"proactive_gym": header}))
    for agent in ("toy", "ppo"):
        with pytest.raises(CheckpointError, match="is no checkpoint of this project, or is torn"):
            checkpoint.read(path, agent)


def test_numbers_that_numpy_does_not_know_are_refused(path):
    told = {"proactive_gym": json.dumps({"agent": "toy", "about": {}})}
    array = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
    header = json.dumps({"__metadata__": told, "w": array}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(CheckpointError, match="checkpoint"):
        checkpoint.read(path, "toy")


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        checkpoint.read(tmp_path, "toy")


def test_a_failed_write_leaves_what_was_there(path):
    before = path.read_bytes()
    with pytest.raises(TypeError):
        checkpoint.write(path, "toy", arrays(), {"about": object()})
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_agent_comes_back_from_its_file(tmp_path):
    path = tmp_path / "best.safetensors"
    BestFixed(("hold", "ask", "detailed", "formal")).save(path, {"seed": 0})
    assert BestFixed.from_checkpoint(path).action == ("hold", "ask", "detailed", "formal")
