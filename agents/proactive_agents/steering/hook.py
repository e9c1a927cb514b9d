"""Steering any causal language model while it runs: a context manager on one of its layers.

    with steered(model, layer, added, columns) as handle:
        model.generate(...)

Each row of a batch has its own additions, one for each part of the reply, from the position at
which the assistant's turn begins; everything before stays as it is, and so do the keys and values
that the prompt leaves in a cache. Additions of zero leave every bit as it is. What the reply itself
leaves in a cache above the layer is steered: crop it before the next turn (findings of arXiv
2605.10664 on steering and caches).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from proactive_gym.errors import InvalidOptionError


class Handle:
    """A hook that can be taken off; `seen` counts the tokens that have passed.

    Args:
        layer: Whose output is changed.
        added: (n, parts, width), what is added at each part.
        columns: (n, parts), the position in the sequence, padding included, at which each part
            begins; ascending. A part lasts until the next begins, the last one until the end.
    """

    def __init__(self, layer: torch.nn.Module, added: Tensor, columns: Tensor) -> None:
        self.seen = 0
        self._added = added
        self._columns = columns
        self._begun = int(columns.max())
        self._last = added[:, -1:], added[:, -1:] != 0
        self._handle = layer.register_forward_hook(self._add)

    def remove(self) -> None:
        """Take the hook off; doing so twice is no fault."""
        self._handle.remove()

    def _add(self, layer: torch.nn.Module, given: Any, out: Any) -> Any:
        hidden = out[0] if isinstance(out, tuple) else out
        if len(hidden) != len(self._added):
            raise InvalidOptionError(
                f"{len(self._added)} rows have coefficients, but the batch holds {len(hidden)}"
            )
        if hidden.shape[2] != self._added.shape[2]:
            raise InvalidOptionError(
                f"directions have width {self._added.shape[2]}, but the layer {hidden.shape[2]}"
            )
        added, acts = self._at(self.seen, hidden.shape[1])
        self.seen += hidden.shape[1]
        steered = torch.where(acts, hidden + added, hidden)
        return (steered, *out[1:]) if isinstance(out, tuple) else steered

    def _at(self, first: int, count: int) -> tuple[Tensor, Tensor]:
        """What is added to `count` tokens from the position `first` on, and where that is not 0."""
        if first >= self._begun:
            return self._last  # token by token, most of the time
        columns = self._columns
        at = first + torch.arange(count, device=columns.device)
        part = (at[None, :, None] >= columns[:, None, :]).sum(dim=2) - 1
        row = torch.arange(len(columns), device=columns.device)[:, None]
        added = self._added[row, part.clamp(min=0)]
        return added, (part >= 0)[..., None] & (added != 0)


@contextmanager
def steered(layer: torch.nn.Module, added: Tensor, columns: Tensor) -> Iterator[Handle]:
    """Steer what runs inside the block.

    Args:
        layer: A layer of the decoder, such as `LanguageModel.layers[-1]`.
        added: As for `Handle`; cast to the layer's device and kind of number.
        columns: As for `Handle`.

    Raises:
        InvalidOptionError: Shapes that do not go together, or numbers that are not finite.
    """
    if added.dim() != 3 or columns.shape != added.shape[:2] or not added.shape[1]:
        raise InvalidOptionError(
            "added must be (n, parts, width) and columns (n, parts), "
            f"not {tuple(added.shape)} and {tuple(columns.shape)}"
        )
    weight = next(layer.parameters())
    cast = added.to(weight.device, weight.dtype)
    if not torch.isfinite(cast).all():
        raise InvalidOptionError(f"coefficients and directions must be finite in {weight.dtype}")
    handle = Handle(layer, cast, columns.to(weight.device))
    try:
        yield handle
    finally:
        handle.remove()
