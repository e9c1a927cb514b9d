"""Which language model an agent has, where it is not the embedded one.

It only says so: models are read in `proactive_agents.lm`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proactive_agents import checkpoint

EMBEDDED = Path(__file__).with_name("lm") / "embedded"
"""Where the package's own models lie."""


@dataclass(frozen=True)
class Model:
    """A causal language model of Hugging Face.

    Attributes:
        name: A folder or a name on the Hub; None for the agent's own.
        device: Where it runs, such as "cpu" or "cuda".
        dtype: Of its weights: "auto", "float32", "bfloat16" or "float16".
        basis: Directions that were made for it, for an agent that steers.
    """

    name: str | None = None
    device: str = "cpu"
    dtype: str = "auto"
    basis: Path | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What an agent with a language model is made with."""
        given = {"model": self.name, "basis": self.basis}
        here = {"device": self.device, "dtype": self.dtype}
        return here | {name: value for name, value in given.items() if value is not None}

    @property
    def options(self) -> dict[str, Any]:
        """The options of a command line that name it."""
        given = {
            "model": self.name,
            "basis": self.basis,
            "device": None if self.device == Model.device else self.device,
            "dtype": None if self.dtype == Model.dtype else self.dtype,
        }
        return {option: value for option, value in given.items() if value is not None}

    @property
    def label(self) -> str:
        """What records and their files are told apart by: part of a file's name."""
        parts = [] if self.name is None else [(self._folder or Path(self.name)).name]
        parts += [self.basis.stem] if self.basis else []
        words = "+".join(parts) or f"{self.device}-{self.dtype}"
        return re.sub(r"[^\w.+-]+", "-", words)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the model's folder; None if it is none on this machine."""
        return None if self._folder is None else checkpoint.digest(self._folder)

    def described(self) -> dict[str, Any]:
        """What a record tells of it, as JSON's types.

        Raises:
            CheckpointError: The basis is not there.
        """
        return {
            "label": self.label,
            "name": self.name,
            "digest": self.digest,
            "device": self.device,
            "dtype": self.dtype,
            "basis": None if self.basis is None else str(self.basis),
            "basis_digest": None if self.basis is None else checkpoint.digest(self.basis),
        }

    @property
    def _folder(self) -> Path | None:
        return None if self.name is None else folder_of(self.name)


def folder_of(name: str) -> Path | None:
    """Where a model of that name lies on this machine, an embedded one first; None if nowhere."""
    folder = EMBEDDED / name
    if not (folder / "config.json").is_file():
        folder = Path(name)
    return folder.resolve() if folder.is_dir() else None
