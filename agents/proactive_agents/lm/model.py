"""A causal language model that rates and speaks replies: the embedded one, or any other.

What a prompt's beginning costs (what was noticed) is paid once for all moments that share it, and
all replies' words are rated in one pass: they form a tree of 14 points after each of which a word
of the reply follows, and branches of the tree do not see one another. How to say something is rated
as if it were said now, also for a break. Weights are never changed here.
"""

from collections import OrderedDict
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import pad
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from proactive_agents.language import folder_of
from proactive_agents.lm import embedded, prompt
from proactive_agents.lm.devices import check_device
from proactive_gym.errors import CheckpointError
from proactive_gym.vocabulary import TIMINGS

INSTRUCTIONS = (
    "You are a personal assistant on a phone. You have noticed something and decide whether to "
    "speak up. Answer with one line: silent. or timing, autonomy, length, tone: message, where "
    "timing is now or hold (until the next break), autonomy is notify, suggest, ask or act, "
    "length is brief or detailed, and tone is casual or formal.\n\n"
)
"""Told to models that were not trained on this project's prompts."""
LONGEST_MESSAGE = 64
"""Tokens after which a message is cut."""
UNSPEAKABLE = "I noticed something that may matter to you."
"""Said when nothing at all is generated."""
_REMEMBERED = 1024
"""Beginnings of prompts whose computation is kept."""
_NOW = TIMINGS.index("now")


class Prompt(NamedTuple):
    """What is read: `start`, which many prompts share, and what differs."""

    start: str
    rest: str


class Node(NamedTuple):
    """A point of the tree: `words` were chosen (one of each part so far), after node `parent`."""

    words: tuple[int, ...]
    parent: int


def _nodes() -> tuple[Node, ...]:
    """The turn's beginning, then every way to begin a reply that speaks now, breadth first."""
    found = [Node((), -1)]
    for depth in range(1, len(prompt.REPLY)):
        spoken = [[_NOW], *(range(len(p)) for p in prompt.REPLY[1:depth])]
        at = {node.words: i for i, node in enumerate(found)}
        found += [Node(words, at[words[:-1]]) for words in product(*spoken)]
    return tuple(found)


NODES = _nodes()
"""The 14 points after which a word of the reply follows."""
NODE_AT = {node.words: i for i, node in enumerate(NODES)}
NODES_OF = tuple(
    [i for i, node in enumerate(NODES) if len(node.words) == part]
    for part in range(len(prompt.REPLY))
)
"""Of each part of a reply, the points after which its word follows."""


@dataclass(frozen=True, eq=False)
class _Start:
    """The computation of a prompt's beginning: keys and values by layer, (heads, T, size) each."""

    keys: list[Tensor]
    values: list[Tensor]
    length: int


class LanguageModel:
    """Rates the words of replies, and speaks.

    Args:
        model: A causal language model of transformers.
        tokenizer: Its tokenizer. With a chat template, prompts are a user's turn.

    Raises:
        CheckpointError: Two words of one part of a reply begin with the same token, so that the
            model cannot tell them apart at once.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        own = tokenizer.convert_tokens_to_ids(prompt.MARKER)
        self.trained_here = own is not None and own != tokenizer.unk_token_id
        self.chat = bool(getattr(tokenizer, "chat_template", None))
        self.words = [[self._encode(self._word(p, w)) for w in part] for p, part in _parts()]
        self.first = [torch.tensor([ids[0] for ids in part]) for part in self.words]
        for part, ids in zip(prompt.REPLY, self.first, strict=True):
            if len(set(ids.tolist())) < len(part):
                raise CheckpointError(
                    f"the tokenizer begins several of {', '.join(part)} with the same token: "
                    "another model is needed"
                )
        self._starts: OrderedDict[str, _Start] = OrderedDict()

    @classmethod
    def load(cls, name: str, device: str = "cpu", dtype: str = "auto") -> "LanguageModel":
        """A model by name.

        Args:
            name: "untuned" or "population" (embedded), a folder, or a name on the Hugging Face Hub.
            device: Such as "cpu" or "cuda".
            dtype: "auto" (as stored; float32 on a CPU), "float32", "bfloat16" or "float16".

        Raises:
            CheckpointError: It cannot be read as a causal language model.
            InvalidOptionError: No such device or dtype.
        """
        check_device(device, dtype)
        logging.disable_progress_bar()
        source = str(folder_of(name) or name)
        wanted = "float32" if dtype == "auto" and device == "cpu" else dtype
        try:
            tokenizer = AutoTokenizer.from_pretrained(source)
            model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=wanted)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(
                f"{name} cannot be read as a causal language model: {_first_line(error)}; name "
                f"{embedded.UNTUNED}, {embedded.POPULATION}, a folder or a model on the Hub"
            ) from error
        return cls(model.to(device), tokenizer)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.device

    @cached_property
    def layers(self) -> torch.nn.ModuleList:
        """The decoder's layers, in order."""
        wanted = self.model.config.get_text_config().num_hidden_layers
        for module in self.model.modules():
            if isinstance(module, torch.nn.ModuleList) and len(module) == wanted:
                return module
        raise CheckpointError(f"{type(self.model).__name__} has no list of {wanted} layers")

    @cached_property
    def norm(self) -> torch.nn.Module:
        """What stands between the last layer and the words' logits."""
        for module in self.model.modules():
            children = list(module.children())
            if self.layers in children:
                after = children[children.index(self.layers) + 1 :]
                norms = [m for m in after if [p.dim() for p in m.parameters()][:1] == [1]]
                if norms:
                    return norms[0]
        raise CheckpointError(f"{type(self.model).__name__} has no norm after its layers")

    def prompt(self, domain: str, situation: str, rest: str) -> Prompt:
        """A prompt of this model's form.

        Args:
            domain: Of the situation.
            situation: What was noticed.
            rest: The moment, and what else is told, as in `proactive_agents.lm.prompt`.
        """
        start = prompt.noticed(domain, situation)
        if self.trained_here:
            return Prompt(start, rest + prompt.MARKER)
        if not self.chat:
            return Prompt(INSTRUCTIONS + start, rest + prompt.MARKER)
        turns = [{"role": "user", "content": INSTRUCTIONS + start + rest}]
        whole = self.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        end = whole.index(start) + len(start)
        return Prompt(whole[:end], whole[end:])

    # ------------------------------------------------------------------ rating replies

    @torch.no_grad()
    def states(self, prompts: Sequence[Prompt], before: torch.nn.Module | None = None) -> Tensor:
        """Activations at the points of the tree, (n, len(NODES), width).

        Args:
            prompts: (n,).
            before: A module before which they are read; after the last layer without.
        """
        starts = [self._start(p.start) for p in prompts]
        rests = [self._encode(p.rest) for p in prompts]
        cache, mask = self._joined(starts)
        ids, position, sees, ends = self._tree(rests, [s.length for s in starts])
        past = mask[:, None, :].expand(-1, sees.shape[1], -1)
        bias = self._bias(torch.cat([past, sees], dim=2))
        found: list[Tensor] = []

        def keep(module: Any, given: Any, out: Any = None) -> None:
            kept = given if out is None else out
            found.append(kept[0] if isinstance(kept, tuple) else kept)

        if before is None:
            handle = self.layers[-1].register_forward_hook(keep)
        else:
            handle = before.register_forward_pre_hook(keep)
        try:
            self.model.base_model(
                input_ids=ids,
                attention_mask=bias,
                position_ids=position,
                past_key_values=cache,
                use_cache=True,
            )
        finally:
            handle.remove()
        return found[0].gather(1, ends[..., None].expand(-1, -1, found[0].shape[2]))

    def logits(self, states: Tensor, part: int) -> Tensor:
        """Logits of the words of a part of the reply, (..., words).

        Computed in float32 on the CPU, wherever and in whatever precision the model itself runs.

        Args:
            states: Activations after the last layer, (..., width).
            part: 0 timing, 1 autonomy, 2 verbosity, 3 tone.
        """
        norm, rows = self._head
        found = torch.nn.functional.linear(norm(states.to("cpu", torch.float32)), *rows[part])
        cap = getattr(self.model.config.get_text_config(), "final_logit_softcapping", None)
        return found if not cap else cap * torch.tanh(found / cap)

    # ------------------------------------------------------------------ speaking

    def prompt_ids(self, shown: Prompt) -> list[int]:
        """Tokens of a prompt."""
        return [*self._start_ids(shown.start), *self._encode(shown.rest)]

    def reply_ids(self, shown: Prompt, action: Sequence[int]) -> list[int]:
        """Tokens of a prompt and of the first words of a reply to it."""
        words = [t for part, word in zip(self.words, action, strict=True) for t in part[word]]
        return self.prompt_ids(shown) + words

    @torch.no_grad()
    def speak(self, prompts: Sequence[Prompt], actions: Sequence[Sequence[int]]) -> list[str]:
        """Messages, generated greedily after the replies' first words.

        Args:
            prompts: (n,).
            actions: (n, 4), none of them silent.
        """
        rows = [self.reply_ids(p, a) for p, a in zip(prompts, actions, strict=True)]
        longest = max(map(len, rows))
        empty = self.tokenizer.pad_token_id
        empty = self.tokenizer.eos_token_id if empty is None else empty
        ids = torch.tensor([[empty] * (longest - len(r)) + r for r in rows], device=self.device)
        mask = torch.tensor(
            [[0] * (longest - len(r)) + [1] * len(r) for r in rows], device=self.device
        )
        out = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=LONGEST_MESSAGE,
            do_sample=False,
            pad_token_id=empty,
        )
        texts = self.tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
        return [text.strip().split("\n")[0] or UNSPEAKABLE for text in texts]

    # ------------------------------------------------------------------ inside

    @cached_property
    def _head(self) -> tuple[Any, list[tuple[Any, Any]]]:
        """The last norm, and the words' weights and biases by part of the reply."""
        head = self.model.get_output_embeddings()
        norm = deepcopy(self.norm).to("cpu", torch.float32)

        def rows(of: Tensor | None, ids: Tensor) -> Tensor | None:
            return None if of is None else of.detach()[ids.to(of.device)].to("cpu", torch.float32)

        return norm, [(rows(head.weight, ids), rows(head.bias, ids)) for ids in self.first]

    def _word(self, part: int, word: str) -> str:
        """A reply's word as this model writes it: a chat turn begins without a space."""
        return word.lstrip() if self.chat and not self.trained_here and part == 0 else word

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids

    def _start_ids(self, text: str) -> list[int]:
        """Tokens of a beginning; a chat template has put its own first token there."""
        first = None if self.chat else self.tokenizer.bos_token_id
        return self._encode(text) if first is None else [first, *self._encode(text)]

    def _start(self, text: str) -> _Start:
        """The computation of a beginning, from memory if it was met before."""
        if text in self._starts:
            self._starts.move_to_end(text)
            return self._starts[text]
        ids = self._start_ids(text)
        given = torch.tensor([ids], device=self.device)
        past = self.model.base_model(input_ids=given, use_cache=True).past_key_values
        keys = [layer.keys[0] for layer in past.layers]
        made = _Start(keys, [layer.values[0] for layer in past.layers], len(ids))
        self._starts[text] = made
        if len(self._starts) > _REMEMBERED:
            self._starts.popitem(last=False)
        return made

    def _joined(self, starts: Sequence[_Start]) -> tuple[DynamicCache, Tensor]:
        """One cache for all rows, padded on the left, and which of it is real, (n, T)."""
        lengths = torch.tensor([s.length for s in starts])
        longest = int(lengths.max())
        distinct = list({id(s): s for s in starts}.values())
        at = {id(s): i for i, s in enumerate(distinct)}
        rows = torch.tensor([at[id(s)] for s in starts], device=self.device)
        data = []
        for layer in range(len(distinct[0].keys)):
            pair = []
            for side in ("keys", "values"):
                parts = [getattr(s, side)[layer] for s in distinct]
                padded = [pad(p, (0, 0, longest - p.shape[1], 0)) for p in parts]
                pair.append(torch.stack(padded).index_select(0, rows))
            data.append(tuple(pair))
        mask = torch.arange(longest) >= (longest - lengths)[:, None]
        return DynamicCache(ddp_cache_data=data), mask.to(self.device)

    def _tree(
        self, rests: Sequence[list[int]], lengths: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tokens, positions, what each sees (n, T, T), and where the nodes' last tokens are."""
        longest = max(map(len, rests))
        ids, depth, sees, ends = self._branches
        size = len(ids)
        rest = torch.tensor([[0] * (longest - len(r)) + r for r in rests])
        real = torch.arange(longest) >= (longest - torch.tensor([len(r) for r in rests]))[:, None]
        own = real[:, None, :] & torch.ones(longest, longest, dtype=torch.bool).tril()
        shape = (len(rests), longest + size, longest + size)
        visible = torch.zeros(shape, dtype=torch.bool)
        visible[:, :longest, :longest] = own
        visible[:, longest:, :longest] = real[:, None, :]
        visible[:, longest:, longest:] = sees
        first = torch.tensor(lengths)[:, None]
        position = (real.cumsum(1) - 1).clamp(min=0) + first
        last = position[:, -1:]
        where = torch.cat([torch.tensor([longest - 1]), ends + longest])
        return (
            torch.cat([rest, ids.expand(len(rests), -1)], dim=1).to(self.device),
            torch.cat([position, last + depth], dim=1).to(self.device),
            visible.to(self.device),
            where.expand(len(rests), -1).to(self.device),
        )

    @cached_property
    def _branches(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The tree below the turn's beginning: tokens, depths, who sees whom, nodes' ends."""
        ids: list[int] = []
        spans: list[list[int]] = [[]]
        depths: list[int] = []
        for node in NODES[1:]:
            above = spans[node.parent]
            tokens = self.words[len(node.words) - 1][node.words[-1]]
            own = list(range(len(ids), len(ids) + len(tokens)))
            depths += [len(above) + i + 1 for i in range(len(tokens))]
            ids += tokens
            spans.append([*above, *own])
        sees = torch.zeros(len(ids), len(ids), dtype=torch.bool)
        for span in spans:
            for i, token in enumerate(span):
                sees[token, span[: i + 1]] = True
        ends = torch.tensor([span[-1] for span in spans[1:]])
        return torch.tensor(ids), torch.tensor(depths), sees, ends

    def _bias(self, visible: Tensor) -> Tensor:
        """An additive attention mask, (n, 1, T, past + T)."""
        kind = self.model.dtype
        zero = torch.zeros(visible.shape, dtype=kind, device=visible.device)
        return zero.masked_fill(~visible, torch.finfo(kind).min)[:, None]


def _parts() -> list[tuple[int, tuple[str, ...]]]:
    return list(enumerate(prompt.REPLY))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
