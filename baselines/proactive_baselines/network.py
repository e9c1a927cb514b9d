"""A small multilayer perceptron in NumPy, so that playing needs no deep-learning library.

Trained policies are stored as its layers. Training lives with each baseline.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Observations
from proactive_gym.errors import CheckpointError

Floats = NDArray[np.float32]
Layers = tuple[tuple[Floats, Floats], ...]
"""Weights (inputs, outputs) and biases (outputs,) of each layer."""
Scaling = tuple[Floats, Floats]
"""Mean and standard deviation of each input."""
ACTIVATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "relu": lambda x: np.maximum(x, 0, out=x),
    "tanh": lambda x: np.tanh(x, out=x),
}

CLIP = np.float32(10)
"""As stable-baselines3's VecNormalize clips."""
_SCALING = ("mean", "spread")


@dataclass(frozen=True, eq=False)
class Network:
    """y = W_k f(... f(W_1 x + b_1) ...) + b_k on the named boxes of an observation, side by side.

    Attributes:
        boxes: Which boxes are read, in this order.
        layers: Weights (inputs, outputs) and biases (outputs,) of each layer.
        activation: Name in `ACTIVATIONS`.
        scaling: Mean and standard deviation (inputs,) by which inputs are normalised, and then
            clipped to +-`CLIP`; None if they are taken as they are.
    """

    boxes: tuple[str, ...]
    layers: Layers
    activation: str
    scaling: Scaling | None = None

    def __call__(self, observations: Observations) -> Floats:
        """Outputs, (N, outputs).

        Raises:
            CheckpointError: The observations are not those that the weights were made for.
        """
        return self.forward(flatten(observations, self.boxes))

    def forward(self, x: Floats) -> Floats:
        """Outputs for flat inputs (N, inputs)."""
        activate = ACTIVATIONS[self.activation]
        x = prepared(x, self.boxes, self.layers[0][0].shape[0], self.scaling)
        for weight, bias in self.layers[:-1]:
            x = activate(x @ weight + bias)
        weight, bias = self.layers[-1]
        return x @ weight + bias

    def arrays(self) -> dict[str, Floats]:
        """The layers by name, as a checkpoint stores them."""
        found = {
            f"{kind}.{i}": array
            for i, layer in enumerate(self.layers)
            for kind, array in zip(("weight", "bias"), layer, strict=True)
        }
        return found | arrays_of_scaling(self.scaling)

    def about(self) -> dict[str, Any]:
        """The rest, as a checkpoint's header stores it."""
        return {"boxes": list(self.boxes), "activation": self.activation}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """From `arrays` and `about`.

        Raises:
            CheckpointError: They do not make a network.
        """
        count = sum(name.startswith("weight.") for name in arrays)
        try:
            layers = tuple((arrays[f"weight.{i}"], arrays[f"bias.{i}"]) for i in range(count))
            made = cls(tuple(about["boxes"]), layers, about["activation"], scaling_of(arrays))
        except KeyError as error:
            raise CheckpointError(f"the checkpoint holds no network: {error} is missing") from error
        widths = [layer[0].shape for layer in layers]
        chained = all(a[1] == b[0] for a, b in pairwise(widths))
        if not layers or not chained or made.activation not in ACTIVATIONS:
            raise CheckpointError(f"the checkpoint's layers do not fit together: {widths}")
        return made


def flatten(observations: Observations, boxes: Sequence[str]) -> Floats:
    """The named boxes side by side, (N, features).

    Raises:
        CheckpointError: A box is missing.
    """
    missing = [name for name in boxes if name not in observations]
    if missing:
        raise CheckpointError(
            f"the observation has no {missing[0]!r}: use the profile and history that the agent "
            "was trained with"
        )
    return np.concatenate([observations[name] for name in boxes], axis=1)


def prepared(x: Floats, boxes: Sequence[str], inputs: int, scaling: Scaling | None) -> Floats:
    """Flat inputs as the first layer takes them, (N, inputs).

    Args:
        x: The boxes side by side.
        boxes: Their names, for the message.
        inputs: How many numbers the weights read.
        scaling: See `Network`.

    Raises:
        CheckpointError: Another number of inputs.
    """
    if x.shape[1] != inputs:
        raise CheckpointError(
            f"these weights read {inputs} numbers from {', '.join(boxes)}, but the "
            f"observation has {x.shape[1]}: use the profile and history they were trained with"
        )
    if scaling is None:
        return x
    mean, spread = scaling
    return np.clip((x - mean) / spread, -CLIP, CLIP)


def arrays_of_scaling(scaling: Scaling | None) -> dict[str, Floats]:
    """The scaling by name, as a checkpoint stores it; empty if there is none."""
    return {} if scaling is None else dict(zip(_SCALING, scaling, strict=True))


def scaling_of(arrays: Mapping[str, NDArray[Any]]) -> Scaling | None:
    """The scaling from `arrays_of_scaling`.

    Raises:
        KeyError: Only half of it is there.
    """
    return (arrays[_SCALING[0]], arrays[_SCALING[1]]) if _SCALING[0] in arrays else None
