"""Activations of moments that were met before: they do not hang on the person.

Arms that share a model, frozen copies and simulated people of other parameters meet the same
moments, so that the model runs once for all of them.
"""

from collections.abc import Sequence
from functools import cache, partial

import torch
from torch import Tensor

from proactive_agents.lm.llama import reader_of
from proactive_agents.lm.model import LanguageModel, Prompt

_TOGETHER = 512
"""Prompts that the model reads at a time."""
_BYTES = 1 << 30
"""Of memory, at most."""


class StateMemory:
    """Remembers a model's states by prompt, in half precision.

    States are rounded before they are used for the first time, so that what is decided does not
    hang on what is remembered. Their last bits may hang on what was read with them: matrix products
    of other sizes round otherwise.

    Args:
        model: Whose states; its weights are frozen.
        most: Bytes at most; when they are full, everything is forgotten.
        before: A module before which states are read; they are read after the last layer without.
    """

    def __init__(
        self, model: LanguageModel, most: int = _BYTES, before: torch.nn.Module | None = None
    ) -> None:
        self.model = model
        self._read = partial(model.states, before=before) if before else reader_of(model)
        self._most = most
        self._row: dict[Prompt, int] = {}
        self._kept: list[Tensor] = []

    def __call__(self, prompts: Sequence[Prompt]) -> Tensor:
        """States at the points of the tree of replies, float32 (n, nodes, width)."""
        fresh = [p for p in dict.fromkeys(prompts) if p not in self._row]
        if self._full(len(fresh)):
            self._row, self._kept = {}, []
            fresh = list(dict.fromkeys(prompts))
        for start in range(0, len(fresh), _TOGETHER):
            part = fresh[start : start + _TOGETHER]
            states = self._read(part).to(torch.float16).cpu()
            self._row |= {p: len(self._row) + i for i, p in enumerate(part)}
            self._kept += states.unbind()
        return torch.stack([self._kept[self._row[p]] for p in prompts]).to(torch.float32)

    def _full(self, more: int) -> bool:
        if not self._kept:
            return False
        size = self._kept[0].numel() * self._kept[0].element_size()
        return (len(self._kept) + more) * size > self._most


@cache
def embedded_memory(name: str, device: str = "cpu", dtype: str = "auto") -> StateMemory:
    """The memory of an embedded model, or of another one, shared by all agents of this process.

    Args:
        name: As for `LanguageModel.load`, and so are the others.
        device: Where it runs.
        dtype: Of its weights.

    Raises:
        CheckpointError: There is no such model.
        InvalidOptionError: No such device or dtype.
    """
    return StateMemory(LanguageModel.load(name, device, dtype))
