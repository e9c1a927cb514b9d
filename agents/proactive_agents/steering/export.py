"""What is believed of one person, as a file: to look at, to move, to go on from, to erase.

The file is JSON and holds everything that the device knows of the person beyond what it was told:
a mean and a covariance over the dimensions, what a stranger would have been taken for, and the
chance that the person never answers. No word that was spoken is in it, and no reaction.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import State
from proactive_agents.steering.basis import VIEWS
from proactive_agents.steering.dimensions import DIMENSIONS, of_kinds
from proactive_agents.steering.posterior import Beliefs, packed, unpacked
from proactive_gym.errors import CheckpointError
from proactive_gym.files import whole_file

Floats = NDArray[np.float32]

KIND, FORMAT = "proactive-gym belief", 1
"""What the file says it is, and the version of its layout."""
SIZE = len(DIMENSIONS)
_LARGEST = 1e6
"""No coefficient of a person is anywhere near."""


@dataclass(frozen=True, eq=False)
class Belief:
    """What is believed of one person's K coefficients.

    Attributes:
        person: Whose, such as "p0042".
        days: Lived with the person so far.
        seeds: Of the lives from which it was learnt.
        view: What the device was told of the person at first, one of `basis.VIEWS`.
        basis: Digest of the directions that the coefficients belong to.
        mean: (K,).
        covariance: (K, K).
        prior_mean: (K,), of a stranger of whom the same was told.
        prior_covariance: (K, K).
        never: Chance that the person never answers, 0-1.
    """

    person: str
    days: int
    seeds: tuple[int, ...]
    view: str
    basis: str
    mean: Floats
    covariance: Floats
    prior_mean: Floats
    prior_covariance: Floats
    never: float

    @classmethod
    def of(cls, beliefs: Beliefs, row: int, **about: Any) -> Self:
        """One person's, from what is believed of many.

        Args:
            beliefs: A steering agent's.
            row: Whose.
            about: `person`, `days`, `seeds`, `view` and `basis`.
        """
        return cls(
            **about,
            mean=beliefs.mean[row].astype(np.float32),
            covariance=_symmetric(beliefs.covariance[row]),
            prior_mean=beliefs.prior_mean[row].astype(np.float32),
            prior_covariance=_symmetric(beliefs.prior_covariance),
            never=float(beliefs.never[row]),
        )

    @property
    def state(self) -> State:
        """As the state of an agent that meets this person alone."""
        return {
            "mean": self.mean[None],
            "covariance": packed(self.covariance[None]),
            "stranger": self.prior_mean[None],
            "never": np.array([self.never], np.float32),
        }

    def without(self, kinds: Sequence[str]) -> "Belief":
        """The same, with some kinds of dimensions as in a stranger.

        Raises:
            InvalidOptionError: An unknown kind.
        """
        one = Beliefs(
            self.mean[None].copy(),
            self.covariance[None].copy(),
            self.prior_mean[None],
            self.prior_covariance,
            np.array([self.never]),
        )
        one.reset(of_kinds(kinds), np.array([0]))
        return replace(
            self, mean=one.mean[0], covariance=one.covariance[0], never=float(one.never[0])
        )

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; reading it gives the same numbers to the last bit.

        Raises:
            OSError: It cannot be written.
        """
        told = {
            "kind": KIND,
            "format": FORMAT,
            "person": self.person,
            "days": self.days,
            "seeds": list(self.seeds),
            "view": self.view,
            "basis": self.basis,
            "never_answers": float(str(np.float32(self.never))),
            "dimensions": _NAMES,
            "mean": _plain(self.mean),
            "covariance": _plain(self.covariance),
            "prior": {
                "mean": _plain(self.prior_mean),
                "covariance": _plain(self.prior_covariance),
            },
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        # Each row of numbers on one line.
        text = re.sub(r"\[[-\d.,\se]*\]", lambda row: " ".join(row[0].split()), text)
        with whole_file(path) as part:
            part.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            CheckpointError: It is not there, is torn or something else, or holds numbers that no
                belief can have.
        """
        try:
            text = path.read_text(encoding="utf-8")
            return cls(**_read(json.loads(text, parse_constant=_refused)))
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise CheckpointError(f"{path} is no exported belief, or is torn: {error}") from error


_NAMES = [d.name for d in DIMENSIONS]
_FIELDS = {
    "kind",
    "format",
    "person",
    "days",
    "seeds",
    "view",
    "basis",
    "never_answers",
    "dimensions",
    "mean",
    "covariance",
    "prior",
}


def _symmetric(covariance: NDArray[np.floating]) -> Floats:
    """To the last bit, as an agent's state has it."""
    return unpacked(packed(covariance[None]), SIZE)[0].astype(np.float32)


def _plain(array: Floats) -> Any:
    """Nested lists of the shortest numbers that are read as the same float32."""
    if array.ndim > 1:
        return [_plain(row) for row in array]
    return [float(str(value)) for value in array]


def _refused(word: str) -> Any:
    raise ValueError(f"it holds {word}")


def _read(told: Any) -> dict[str, Any]:
    """The fields of a belief; raises `ValueError` where something is not as it should be."""
    if not isinstance(told, dict) or told.get("kind") != KIND:
        raise ValueError("it does not say that it is one")
    if type(told.get("format")) is not int or told["format"] != FORMAT:
        raise ValueError(f"it has format {told.get('format')!r}, and this version reads {FORMAT}")
    odd = sorted(set(told) ^ _FIELDS)
    if odd:
        raise ValueError(f"it must hold {', '.join(sorted(_FIELDS))}; these differ: {odd}")
    if told["dimensions"] != _NAMES:
        raise ValueError("it has other dimensions than this version")
    if told["view"] not in VIEWS:
        raise ValueError(f"its view must be one of {', '.join(VIEWS)}")
    for name in ("person", "basis"):
        if not isinstance(told[name], str):
            raise ValueError(f"its {name} must be a text")
    seeds = told["seeds"]
    if not isinstance(seeds, list) or not all(map(_count, [told["days"], *seeds])):
        raise ValueError("its days and seeds must be whole numbers")
    never = told["never_answers"]
    if type(never) not in (int, float) or not 0 <= never < 1:
        raise ValueError("its never_answers must be at least 0 and below 1")
    prior = told["prior"]
    if not isinstance(prior, dict) or set(prior) != {"mean", "covariance"}:
        raise ValueError("its prior must hold mean and covariance")
    return {
        **{name: told[name] for name in ("person", "days", "view", "basis")},
        "seeds": tuple(seeds),
        "mean": _numbers(told["mean"], (SIZE,), "mean"),
        "covariance": _covariance(told["covariance"]),
        "prior_mean": _numbers(prior["mean"], (SIZE,), "mean"),
        "prior_covariance": _covariance(prior["covariance"]),
        "never": float(np.float32(never)),
    }


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _numbers(value: Any, shape: tuple[int, ...], name: str) -> Any:
    if not shape:
        if type(value) not in (int, float) or not abs(value) <= _LARGEST:
            raise ValueError(f"its {name} holds {str(value)[:20]!r}")
        return value
    if not isinstance(value, list) or len(value) != shape[0]:
        raise ValueError(f"its {name} must hold {shape[0]} numbers in each row")
    return np.array([_numbers(v, shape[1:], name) for v in value], np.float32)


def _covariance(value: Any) -> Floats:
    found: Floats = _numbers(value, (SIZE, SIZE), "covariance")
    spread = np.linalg.eigvalsh(found.astype(np.float64))
    if (found != found.T).any() or spread[0] < -1e-3 * spread[-1] or (np.diag(found) <= 0).any():
        raise ValueError("its covariance is none")
    return found
