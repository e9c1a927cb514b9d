"""A folder in which a long run keeps what is finished, so that a killed one can go on.

`run.json` says what the run is; each finished part is a file of its own, written whole, whose name
holds a digest of it. A torn part, or one of another run, counts as unfinished. It knows nothing of
what the parts mean.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import ChangedRunError
from proactive_gym.files import whole_file

_TORN = (OSError, BadZipFile, zlib.error, ValueError, TypeError, KeyError, EOFError, RuntimeError)
"""What NumPy raises on files that are missing, torn or no archive (NotImplementedError is a
RuntimeError)."""

_RUN = "run.json"
Arrays = dict[str, NDArray[np.float64]]


class Journal:
    """What is finished of one run.

    Args:
        folder: Of the run; made if it is missing.
        about: What the run is, as JSON's types: whatever can move its results.

    Raises:
        ChangedRunError: The folder holds a run of something else; nothing is touched.
        OSError: The folder cannot be made or written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.folder = folder
        path = folder / _RUN
        now = json.loads(json.dumps(about))
        before = begun(folder)
        if before is not None and before != now:
            changed = sorted(k for k in {*before, *now} if before.get(k) != now.get(k))
            raise ChangedRunError(
                f"{folder} holds a run with other {', '.join(changed)}: finish it as it was begun, "
                "or begin anew with --fresh"
            )
        self._digest = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:8]
        if before is None:
            with whole_file(path) as part:
                part.write_text(json.dumps(now, indent=1, ensure_ascii=False), encoding="utf-8")

    def part(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """A part, from its file if it is finished, else made and kept.

        Args:
            name: Of the part, which becomes a file name.
            make: Computes it.

        Raises:
            OSError: It cannot be written.
        """
        path = self.folder / f"{name}-{self._digest}.npz"
        done = _read_part(path)
        if done is not None:
            return done
        made = make()
        with whole_file(path) as file, file.open("wb") as stream:
            np.savez(stream, **made)  # type: ignore[arg-type]
        return made


def begun(folder: Path) -> dict[str, Any] | None:
    """What the run of a folder is, None if none was begun there."""
    try:
        found = json.loads((folder / _RUN).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _read_part(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return dict(file)
    except _TORN:
        return None
