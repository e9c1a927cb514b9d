"""A causal language model that rates and speaks replies: the embedded one, or any other.

What a prompt's beginning costs (what was noticed) is paid once for all moments that share it, and
all replies' words are rated in one pass (`proactive_agents.lm.tree`). Weights are never changed
here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging

from proactive_agents.language import folder_of
from proactive_agents.lm import embedded, prompt
from proactive_agents.lm.devices import check_device
from proactive_agents.lm.head import Head
from proactive_agents.lm.recent import Recent
from proactive_agents.lm.tree import Tree
from proactive_gym.errors import CheckpointError

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


class Prompt(NamedTuple):
    """What is read: `start`, which many prompts share, and what differs."""

    start: str
    rest: str


@dataclass(frozen=True, eq=False)
class _Start:
    """The computation of a prompt's beginning: keys and values by layer, (T, heads, size) each."""

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
        self.words = [self.encode([self._word(p, w) for w in part]) for p, part in _parts()]
        self.first = [torch.tensor([ids[0] for ids in part]) for part in self.words]
        for part, ids in zip(prompt.REPLY, self.first, strict=True):
            if len(set(ids.tolist())) < len(part):
                raise CheckpointError(
                    f"the tokenizer begins several of {', '.join(part)} with the same token: "
                    "another model is needed"
                )
        self.tree = Tree(self.words)
        self._starts: Recent[_Start] = Recent(self._start)

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
        starts = [self._starts(p.start) for p in prompts]
        lengths = torch.tensor([s.length for s in starts])
        rows = self.tree.after(self.encode([p.rest for p in prompts]), lengths)
        cache, real = self._joined(starts, lengths)
        past = real[:, None, :].expand(-1, rows.sees.shape[1], -1)
        bias = self._bias(torch.cat([past, rows.sees], dim=2))
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
                input_ids=rows.ids.to(self.device),
                attention_mask=bias,
                position_ids=rows.position.to(self.device),
                past_key_values=cache,
                use_cache=True,
            )
        finally:
            handle.remove()
        return found[0][:, rows.ends.to(self.device)]

    @cached_property
    def head(self) -> Head:
        """The logits of the words of replies, of activations after the last layer."""
        out = self.model.get_output_embeddings()
        cap = getattr(self.model.config.get_text_config(), "final_logit_softcapping", None)
        return Head(self.norm, out.weight, out.bias, self.first, cap or 0.0)

    # ------------------------------------------------------------------ speaking

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of texts, without those that begin or end one."""
        ids: list[list[int]] = self.tokenizer(list(texts), add_special_tokens=False).input_ids
        return ids

    def start_ids(self, text: str) -> list[int]:
        """Tokens of a prompt's beginning; a chat template has put its own first token there."""
        first = None if self.chat else self.tokenizer.bos_token_id
        (ids,) = self.encode([text])
        return ids if first is None else [first, *ids]

    def prompt_ids(self, shown: Prompt) -> list[int]:
        """Tokens of a prompt."""
        return [*self.start_ids(shown.start), *self.encode([shown.rest])[0]]

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

    def _word(self, part: int, word: str) -> str:
        """A reply's word as this model writes it: a chat turn begins without a space."""
        return word.lstrip() if self.chat and not self.trained_here and part == 0 else word

    def _start(self, text: str) -> _Start:
        """The computation of a beginning."""
        ids = self.start_ids(text)
        given = torch.tensor([ids], device=self.device)
        past = self.model.base_model(input_ids=given, use_cache=True).past_key_values
        keys = [layer.keys[0].transpose(0, 1) for layer in past.layers]
        values = [layer.values[0].transpose(0, 1) for layer in past.layers]
        return _Start(keys, values, len(ids))

    def _joined(self, starts: Sequence[_Start], lengths: Tensor) -> tuple[DynamicCache, Tensor]:
        """One cache for all rows, padded on the left, and which of it is real, (n, T)."""

        def padded(of: Iterable[Tensor]) -> Tensor:
            return pad_sequence(list(of), batch_first=True, padding_side="left").transpose(1, 2)

        data = [
            (padded(s.keys[layer] for s in starts), padded(s.values[layer] for s in starts))
            for layer in range(len(starts[0].keys))
        ]
        longest = int(lengths.max())
        real = torch.arange(longest) >= (longest - lengths)[:, None]
        return DynamicCache(ddp_cache_data=data), real

    def _bias(self, visible: Tensor) -> Tensor:
        """An additive attention mask, (n, 1, T, past + T)."""
        kind = self.model.dtype
        hidden = torch.zeros(visible.shape, dtype=kind)
        return hidden.masked_fill_(~visible, torch.finfo(kind).min)[:, None].to(self.device)


def _parts() -> list[tuple[int, tuple[str, ...]]]:
    return list(enumerate(prompt.REPLY))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
