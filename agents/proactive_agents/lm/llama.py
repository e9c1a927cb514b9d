"""The pass of small Llamas, which the embedded models are, without what all other models need.

transformers serves any architecture, and spends as long on that as on the arithmetic of a model of
a million weights. Here queries, keys and values are one product, norms are folded into the weights
behind them, and the last layer is computed for the points of the tree alone. Weights are copied:
what reads with this is frozen.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention, silu
from transformers import LlamaForCausalLM

from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.recent import Recent
from proactive_agents.lm.tree import NODES

_LARGEST = 50_000_000
"""Weights of the models that are read here: they are kept twice."""
_TOGETHER = 64
"""Prompts that are read at a time: more do not fit near the processor."""
_HIDDEN = -1e30
"""Added to the score of what is not seen."""


def reader_of(model: LanguageModel) -> Callable[[Sequence[Prompt]], Tensor]:
    """The fastest way to a frozen model's states: a `LlamaReader`, or `model.states`."""
    return LlamaReader(model) if _small_llama(model.model) else model.states


def _small_llama(model: Any) -> bool:
    config = model.config
    return (
        type(model) is LlamaForCausalLM
        and model.device.type == "cpu"
        and model.dtype == torch.float32
        and model.num_parameters() <= _LARGEST
        and config.num_key_value_heads == config.num_attention_heads
        and config.rope_parameters["rope_type"] == "default"
        and config.hidden_act == "silu"
        and not (config.attention_bias or config.mlp_bias)
    )


class _Layer:
    """One layer's weights, each norm folded into what follows it."""

    def __init__(self, layer: Any, heads: int) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        before, between = layer.input_layernorm.weight, layer.post_attention_layernorm.weight

        def paired(weight: Tensor) -> Tensor:
            """Rows so ordered that the two numbers that a position rotates are neighbours."""
            halves = weight.unflatten(0, (heads, 2, -1))
            return halves.transpose(1, 2).reshape(weight.shape)

        turned = [paired(attention.q_proj.weight), paired(attention.k_proj.weight)]
        self.attends = (torch.cat([*turned, attention.v_proj.weight]) * before).detach()
        self.out = attention.o_proj.weight.detach().clone()
        self.gates = (torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]) * between).detach()
        self.down = mlp.down_proj.weight.detach().clone()


class LlamaReader:
    """Reads the states of a small Llama: those of `LanguageModel.states`, but for rounding.

    Args:
        model: For which `reader_of` makes one.
    """

    def __init__(self, model: LanguageModel) -> None:
        whole = model.model
        config = whole.config
        self._heads, self._eps = config.num_attention_heads, config.rms_norm_eps
        self._layers = [_Layer(layer, self._heads) for layer in model.layers]
        self._embedding = whole.get_input_embeddings().weight.detach().clone()
        self._rotary = whole.model.rotary_emb
        self._model = model
        self._starts: Recent[Tensor] = Recent(self._start)

    @torch.no_grad()
    def __call__(self, prompts: Sequence[Prompt]) -> Tensor:
        """Activations after the last layer at the points of the tree, (n, len(NODES), width)."""
        starts = [self._starts(p.start) for p in prompts]
        rests = self._model.encode([p.rest for p in prompts])
        found = torch.empty(len(prompts), len(NODES), self._embedding.shape[1])
        for rows in torch.tensor([s.shape[2] for s in starts]).argsort().split(_TOGETHER):
            some = rows.tolist()
            found[rows] = self._read([starts[i] for i in some], [rests[i] for i in some])
        return found

    def _read(self, starts: list[Tensor], rests: list[list[int]]) -> Tensor:
        lengths = torch.tensor([s.shape[2] for s in starts])
        longest = int(lengths.max())
        rows = self._model.tree.after(rests, lengths)
        n, size = rows.ids.shape
        past = starts[0].new_zeros(*starts[0].shape[:2], n, longest + size, starts[0].shape[3])
        for row, start in enumerate(starts):
            past[:, :, row, longest - start.shape[2] : longest] = start
        real = torch.arange(longest) >= (longest - lengths)[:, None]
        sees = torch.cat([real[:, None].expand(-1, size, -1), rows.sees], dim=2)
        bias = torch.zeros(sees.shape).masked_fill_(~sees, _HIDDEN)
        return self._pass(rows.ids, rows.position, bias[:, None], past, rows.ends)

    @torch.no_grad()
    def _start(self, text: str) -> Tensor:
        """Keys and values of a prompt's beginning, (layers, 2, T, heads * size)."""
        ids = torch.tensor([self._model.start_ids(text)])
        size = ids.shape[1]
        past = torch.zeros(len(self._layers), 2, 1, size, self._embedding.shape[1])
        bias = torch.full((size, size), _HIDDEN).triu(1)[None, None]
        self._pass(ids, torch.arange(size)[None], bias, past, torch.arange(size)[-1:])
        return past[:, :, 0]

    def _pass(
        self, ids: Tensor, position: Tensor, bias: Tensor, past: Tensor, ends: Tensor
    ) -> Tensor:
        """States after the last layer at the columns `ends`, (n, len(ends), width).

        Args:
            ids: (n, T).
            position: (n, T).
            bias: Of attention, (n, 1, T, P + T).
            past: Keys and values of P tokens, and room for T more, (layers, 2, n, P + T, width).
            ends: Columns, which are all that the last layer computes.
        """
        count = ids.shape[1]
        hidden = self._embedding[ids]
        turns = self._turns(hidden, position)
        for at, layer in enumerate(self._layers):
            own = linear(self._normed(hidden), layer.attends).unflatten(2, (3, self._heads, -1))
            query = _turned(own[:, :, 0], turns)
            past[at, 0, :, -count:] = _turned(own[:, :, 1], turns).flatten(2)
            past[at, 1, :, -count:] = own[:, :, 2].flatten(2)
            if at == len(self._layers) - 1:
                hidden, query, bias = hidden[:, ends], query[:, ends], bias[:, :, ends]
            keys, values = (p.unflatten(2, (self._heads, -1)).transpose(1, 2) for p in past[at])
            seen = scaled_dot_product_attention(query.transpose(1, 2), keys, values, bias)
            hidden.add_(linear(seen.transpose(1, 2).flatten(2), layer.out))
            gate, up = linear(self._normed(hidden), layer.gates).chunk(2, dim=2)
            hidden.add_(linear(silu(gate).mul_(up), layer.down))
        return hidden

    def _normed(self, hidden: Tensor) -> Tensor:
        size = torch.linalg.vector_norm(hidden, dim=2, keepdim=True)
        return hidden * (size.square_().div_(hidden.shape[2]).add_(self._eps)).rsqrt_()

    def _turns(self, hidden: Tensor, position: Tensor) -> Tensor:
        """By how much each position rotates pairs of numbers, complex (n, T, 1, size / 2)."""
        cosine, sine = self._rotary(hidden, position)
        half = cosine.shape[2] // 2
        return torch.complex(cosine[..., :half], sine[..., :half])[:, :, None]


def _turned(pairs: Tensor, turns: Tensor) -> Tensor:
    """Pairs of numbers (n, T, heads, size) rotated by their positions."""
    return torch.view_as_real(torch.view_as_complex(pairs.unflatten(3, (-1, 2))) * turns).flatten(3)
