"""The record of a ladder: everything needed to check it, to repeat it and to draw it again."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.evaluation.ladder import RUNGS, Ladder, Rung
from proactive_gym.evaluation.statistics import Interval
from proactive_gym.files import whole_file
from proactive_gym.provenance import commit, versions

FORMAT = 1
"""Version of the record's layout."""
_DECIMALS = 5


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


def save(record: dict[str, Any], path: Path) -> None:
    """Write a record, whole or not at all; each row of numbers stands on one line.

    Raises:
        OSError: The file cannot be written.
    """
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[-\d.,\se]*\]", lambda row: " ".join(row[0].split()), text)
    with whole_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
