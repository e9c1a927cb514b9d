"""A long short-term memory before a small network, in NumPy, for playing without torch.

One layer, one step at a time; training lives with the baseline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Observations
from proactive_baselines.network import (
    Floats,
    Layers,
    Network,
    Scaling,
    arrays_of_scaling,
    flatten,
    prepared,
    scaling_of,
)
from proactive_gym.errors import CheckpointError

_CELL = "cell."
_HEAD = "head."
_READS = ("memory",)
"""The one input of the head."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One layer of long short-term memory, with torch's equations and order of gates.

    With g = x W + h U + b split into input, forget, candidate and output (i, f, c', o):
    c <- sigmoid(f) c + sigmoid(i) tanh(c'), h <- sigmoid(o) tanh(c).

    Attributes:
        inputs: W, (inputs, 4 units).
        recurrent: U, (units, 4 units).
        bias: b, (4 units,).
    """

    inputs: Floats
    recurrent: Floats
    bias: Floats

    @property
    def units(self) -> int:
        """How many numbers each of h and c holds."""
        return len(self.recurrent)

    def __call__(self, x: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
        """The next h and c, (N, units) each, for inputs (N, inputs)."""
        gates = x @ self.inputs + hidden @ self.recurrent + self.bias
        enter, keep, candidate, leave = np.split(gates, 4, axis=1)
        cell = _sigmoid(keep) * cell + _sigmoid(enter) * np.tanh(candidate)
        return _sigmoid(leave) * np.tanh(cell), cell

    def fits(self) -> bool:
        """Whether the three arrays belong together."""
        wide = 4 * self.units
        shapes = (self.inputs.shape[1:], self.recurrent.shape[1:], self.bias.shape)
        return shapes == ((wide,),) * 3


@dataclass(frozen=True, eq=False)
class RecurrentNetwork:
    """A cell that reads the named boxes of an observation, and a network that reads its h.

    Attributes:
        boxes: Which boxes are read, side by side in this order.
        cell: What remembers.
        head: From h to the outputs; its only box is "memory".
        scaling: As in `Network`, of the boxes.
    """

    boxes: tuple[str, ...]
    cell: Cell
    head: Network
    scaling: Scaling | None = None

    def __call__(
        self, observations: Observations, hidden: Floats, cell: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Outputs (N, outputs) and the next h and c, (N, units) each.

        Raises:
            CheckpointError: The observations are not those that the weights were made for.
        """
        x = flatten(observations, self.boxes)
        x = prepared(x, self.boxes, len(self.cell.inputs), self.scaling)
        hidden, cell = self.cell(x, hidden, cell)
        return self.head.forward(hidden), hidden, cell

    def arrays(self) -> dict[str, Floats]:
        """The weights by name, as a checkpoint stores them."""
        return {
            **{_CELL + name: array for name, array in vars(self.cell).items()},
            **{_HEAD + name: array for name, array in self.head.arrays().items()},
            **arrays_of_scaling(self.scaling),
        }

    def about(self) -> dict[str, Any]:
        """The rest, as a checkpoint's header stores it."""
        return {"boxes": list(self.boxes), "activation": self.head.activation}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """From `arrays` and `about`.

        Raises:
            CheckpointError: They do not make a network with a memory.
        """
        head = Network.of(_below(arrays, _HEAD), {**about, "boxes": _READS})
        try:
            cell = Cell(**_below(arrays, _CELL))
            made = cls(tuple(about["boxes"]), cell, head, scaling_of(arrays))
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"the checkpoint holds no memory: {error}") from error
        if not cell.fits() or len(head.layers[0][0]) != cell.units:
            shapes = {name: array.shape for name, array in arrays.items()}
            raise CheckpointError(f"the checkpoint's memory does not fit together: {shapes}")
        return made


def head_of(layers: Layers) -> Network:
    """A network that reads a cell's h, with tanh between its layers."""
    return Network(_READS, layers, "tanh")


def _below(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): array for n, array in arrays.items() if n.startswith(prefix)}


def _sigmoid(x: Floats) -> Floats:
    # By tanh, which does not overflow.
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1))
