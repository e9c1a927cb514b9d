"""An agent's weights on disk: one safetensors file, with what made them as JSON in its header.

Nothing is unpickled, so a file of unknown origin can do no harm. Language models are folders of
Hugging Face instead; beside them lies a file that says what made them.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from proactive_gym.errors import CheckpointError
from proactive_gym.files import whole_file
from proactive_gym.provenance import file_digest

_KEY = "proactive_gym"
ABOUT = "about.json"
"""In a folder of language models: how they came about."""
_OF_A_MODEL = (".safetensors", ".bin", ".json", ".txt", ".model", ".jinja")
"""Files of a folder that can change what its model says."""

Arrays = dict[str, NDArray[Any]]


def write(path: Path, agent: str, arrays: Mapping[str, NDArray[Any]], about: Any) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: The file; missing folders are made.
        agent: Whose weights these are; `read` asks for the same name.
        arrays: The weights.
        about: How they came about: JSON's types.

    Raises:
        OSError: It cannot be written; what stood there before is still there.
    """
    header = json.dumps({"agent": agent, "about": about}, ensure_ascii=False, sort_keys=True)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with whole_file(path) as part:
        part.write_bytes(save(contiguous, metadata={_KEY: header}))


def read(path: Path, agent: str) -> tuple[Arrays, dict[str, Any]]:
    """Arrays and what is known of them.

    Raises:
        CheckpointError: No such file, a torn one, or another agent's weights.
    """
    header, arrays = _open(path)
    if header["agent"] != agent:
        raise CheckpointError(
            f"{path} holds weights of {header['agent']!r}, not of {agent!r}: name that file's "
            "agent, or train this one"
        )
    return arrays, header["about"]


def _open(path: Path) -> tuple[dict[str, Any], Arrays]:
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header = json.loads(metadata[_KEY])
        return {"agent": header["agent"], "about": dict(header["about"])}, arrays
    except FileNotFoundError:
        raise CheckpointError(f"{path} is not there: train the agent first") from None
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of this project, or is torn ({error}): train the agent again"
        ) from error


def tell(folder: Path, kind: str, about: Mapping[str, Any]) -> None:
    """Say in a folder of language models how they came about.

    Args:
        folder: Which is there.
        kind: What it holds; `told` asks for the same.
        about: JSON's types.

    Raises:
        OSError: It cannot be written.
    """
    text = json.dumps({"kind": kind, **about}, indent=1, ensure_ascii=False)
    with whole_file(folder / ABOUT) as part:
        part.write_text(text + "\n", encoding="utf-8")


def told(path: Path, kind: str) -> dict[str, Any]:
    """How a checkpoint, or a folder of language models, came about.

    Raises:
        CheckpointError: Nothing is there, or something else.
    """
    if not path.is_dir():
        return read(path, kind)[1]
    try:
        about = dict(json.loads((path / ABOUT).read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is a folder that holds something else: name another one"
        ) from error
    if about.get("kind") != kind:
        raise CheckpointError(f"{path} holds {about.get('kind')!r}, not {kind!r}: name another one")
    return about


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's language model, which names the weights in records.

    Raises:
        CheckpointError: It is not there.
    """
    try:
        if not path.is_dir():
            return file_digest(path)
        files = [p for p in path.iterdir() if p.suffix in _OF_A_MODEL and p.name != ABOUT]
        lines = [f"{p.name} {file_digest(p)}" for p in sorted(files)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
