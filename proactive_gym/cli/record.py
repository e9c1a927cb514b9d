"""The record of a ladder: everything needed to check it, to repeat it and to draw it again."""

import json
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym import __version__
from proactive_gym.evaluation.files import whole_file
from proactive_gym.evaluation.ladder import RUNGS, Ladder, Rung
from proactive_gym.evaluation.statistics import Interval

FORMAT = 1
"""Version of the record's layout."""
_DECIMALS = 5
_LIBRARIES = ("numpy", "scipy", "gymnasium")
_ROOT = Path(__file__).resolve().parents[2]


def record_of(ladder: Ladder, ids: tuple[str, ...], command: str) -> dict[str, Any]:
    """A ladder as JSON's types; the same run gives the same record.

    Args:
        ladder: What was played.
        ids: Who was met, in the order of the scores.
        command: What repeats it.
    """
    return {
        "format": FORMAT,
        "kind": "ladder",
        "command": command,
        "settings": dict(ladder.settings),
        "versions": versions(),
        "commit": commit(),
        "people": list(ids),
        "rungs": [_rung(rung) for rung in ladder.rungs],
    }


def _rung(rung: Rung) -> dict[str, Any]:
    lives = rung.lives
    return {
        "name": rung.name,
        "knows": RUNGS[rung.name],
        "reward": _interval(rung.reward),
        "step": None if rung.step is None else _interval(rung.step),
        "spoken": round(rung.spoken, _DECIMALS),
        "trust": round(rung.trust, _DECIMALS),
        "off": round(rung.off, _DECIMALS),
        "harmed": round(rung.harmed, _DECIMALS),
        # By person, in the order of `people`; reward and trust by person and session.
        "scores": {
            "reward": _rounded(lives.reward),
            "trust": _rounded(lives.trust),
            "spoken": _rounded(lives.spoken),
            "off": _rounded(lives.off),
        },
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {name: round(value, _DECIMALS) for name, value in interval._asdict().items()}


def _rounded(values: NDArray[np.float64]) -> list[Any]:
    return np.round(values, _DECIMALS).tolist()


def versions() -> dict[str, str]:
    """Versions of Python, of the package and of the libraries that compute."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "proactive-gym": __version__, **libraries}


def commit() -> dict[str, Any] | None:
    """The checkout that the package runs from, None if it runs from elsewhere.

    Returns:
        `id`, and `modified`: whether the packages differ from that commit.
    """
    # A package installed inside somebody else's checkout must not report their commit.
    top = _git("rev-parse", "--show-toplevel")
    found = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--", "proactive_gym", "baselines")
    if top is None or found is None or Path(top).resolve() != _ROOT:
        return None
    return {"id": found, "modified": bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def save(record: dict[str, Any], path: Path) -> None:
    """Write a record, whole or not at all; each row of numbers stands on one line.

    Raises:
        OSError: The file cannot be written.
    """
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[-\d.,\se]*\]", lambda row: " ".join(row[0].split()), text)
    with whole_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
