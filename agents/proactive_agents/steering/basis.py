"""The basis: a direction for each dimension, and what coefficients a stranger may have.

A direction is added to the activations after the model's last layer, at the position from which
the words of its part of the reply are rated. The prior is normal: its mean is linear in what the
device knows of the person.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents import checkpoint
from proactive_agents.steering.dimensions import DIMENSIONS, PARTS
from proactive_gym.errors import CheckpointError
from proactive_gym.files import whole_file

Floats = NDArray[np.float32]

NAME = "steering-basis"
PATH = Path(__file__).with_name("basis.safetensors")
VIEWS = ("none", "demographics", "survey")


@dataclass(frozen=True, eq=False)
class Prior:
    """Coefficients of a stranger: normal, with mean `[1, known] @ weights`.

    Attributes:
        weights: (1 + features, K).
        covariance: (K, K).
    """

    weights: Floats
    covariance: Floats

    def mean(self, known: NDArray[np.floating]) -> Floats:
        """Expected coefficients of n people, (n, K), from what is known of them, (n, features)."""
        return self.weights[0] + known.astype(np.float32) @ self.weights[1:]


@dataclass(frozen=True, eq=False)
class Basis:
    """Directions of the K dimensions.

    Attributes:
        directions: (K, width), for a coefficient of 1 and an open gate.
        contexts: (K, width), soft gates: a dimension acts 1 + context . activation as strongly;
            zero for none. Activations are divided by their root mean square.
        priors: By what the device knows, one of `VIEWS`.
        residual: Variance of a person's reward around what their coefficients explain.
        about: How it was made; JSON's types.
    """

    directions: Floats
    contexts: Floats
    priors: Mapping[str, Prior]
    residual: float
    about: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path = PATH) -> Self:
        """Read a basis; the packaged one by default.

        Raises:
            CheckpointError: No such file, a torn one, or one of other dimensions.
        """
        arrays, about = checkpoint.read(path, NAME)
        names = [d.name for d in DIMENSIONS]
        if about.get("dimensions") != names:
            raise CheckpointError(
                f"{path} has the dimensions {about.get('dimensions')}, not {names}: "
                "train it again with `proactive-gym train steering`"
            )
        try:
            priors = {
                view: Prior(arrays[f"prior.{view}.weights"], arrays[f"prior.{view}.covariance"])
                for view in VIEWS
            }
            return cls(arrays["directions"], arrays["contexts"], priors, about["residual"], about)
        except KeyError as error:
            raise CheckpointError(
                f"{path} lacks {error}: train it again with `proactive-gym train steering`"
            ) from error

    def save(self, path: Path, about: Any = None) -> None:
        """Write it, and beside it a manifest that can be read; raises as `checkpoint.write`."""
        told = {
            **self.about,
            **(about or {}),
            "dimensions": [d.name for d in DIMENSIONS],
            "residual": self.residual,
        }
        arrays = self._arrays
        checkpoint.write(path, NAME, arrays, told)
        manifest = told | {
            "arrays": {name: list(array.shape) for name, array in arrays.items()},
            "parts": {d.name: PARTS[d.part] for d in DIMENSIONS},
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        with whole_file(path.with_suffix(".json")) as part:
            part.write_text(text + "\n", encoding="utf-8")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its numbers: what is believed of people is told in these directions alone."""
        digest = hashlib.sha256(np.float64(self.residual).tobytes())
        for name, array in sorted(self._arrays.items()):
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def _arrays(self) -> dict[str, Floats]:
        """All of its arrays, by the names that they have on the disk."""
        arrays = {"directions": self.directions, "contexts": self.contexts}
        for view, prior in self.priors.items():
            arrays[f"prior.{view}.weights"] = prior.weights
            arrays[f"prior.{view}.covariance"] = prior.covariance
        return arrays

    def with_prior(self, view: str, covariance: Floats) -> "Basis":
        """The same with another covariance of one prior."""
        changed = replace(self.priors[view], covariance=covariance)
        return replace(self, priors={**self.priors, view: changed})
