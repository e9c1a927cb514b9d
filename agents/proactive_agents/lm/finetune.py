"""Fine-tuning the embedded model to each person: the costly way, for comparison.

Every person has adapters of their own (LoRA, Hu and others 2021, arXiv 2106.09685) on the last
layer's feed-forward block, trained by gradient after every reaction, on it and on some earlier
ones. The loss is the reaction's surprise under the feedback map that all adaptive agents share, at
the reward that the adapted model expects. Adapters of all people are trained side by side.
"""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from proactive_agents.feedback import shared
from proactive_agents.lm import embedded
from proactive_agents.lm.agent import FIRST_SPOKEN, actions_of, prompts_of
from proactive_agents.lm.memory import StateMemory, embedded_memory
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import PATHS, SCALE, WORDS, behaviours
from proactive_agents.protocol import Actions, Observations, Reactions, State
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError
from proactive_gym.streams import Keys, derive, uniforms
from proactive_gym.users.features import PLACE_VALUES

_PROJECTIONS = ("gate_proj", "up_proj", "down_proj")


class FineTunedAgent:
    """Has one set of adapters a person.

    Args:
        rank: Of the adapters.
        learning_rate: Of Adam; chosen on validation people.
        replayed: Earlier reactions that are learnt from again with each new one.
    """

    adapts: ClassVar[bool] = True

    def __init__(self, rank: int = 4, learning_rate: float = 1e-2, replayed: int = 4) -> None:
        self.options: dict[str, Any] = {"profile": "none"}
        self.rank, self.learning_rate, self.replayed = rank, learning_rate, replayed
        self.memory = embedded_before_block(embedded.POPULATION)
        self.model = self.memory.model
        self.feedback = shared()
        layer: Any = self.model.layers[-1]
        self.norm, self.block = layer.post_attention_layernorm, layer.mlp
        self.past: list[tuple[Seen, Actions, Reactions, Tensor, Tensor]] = []

    def begin(self, keys: Keys) -> None:
        """Everyone's adapters begin without effect."""
        self.keys, self.past, self.steps = keys, [], 0
        self.adapters: dict[str, Tensor] = {}
        for number, name in enumerate(_PROJECTIONS):
            out, width = getattr(self.block, name).weight.shape
            drawn = uniforms(derive(keys, number), self.rank * width)
            small = (2 * drawn - 1).reshape(len(keys), self.rank, width) / np.sqrt(width)
            self.adapters[f"{name}.down"] = torch.from_numpy(small.astype(np.float32))
            self.adapters[f"{name}.up"] = torch.zeros(len(keys), out, self.rank)
        self.moments = {n: (torch.zeros_like(a), torch.zeros_like(a)) for n, a in self._each()}

    def act(self, observations: Observations) -> Actions:
        """The likeliest reply under each person's adapters."""
        self.seen = Seen.of(observations)
        moments = moments_of(self.seen)
        states = self.memory(prompts_of(self.model, moments, situations_of(observations)))
        with torch.no_grad():
            logits = self._logits(states)
            plain = [self.model.head.logits(self._plain(states[:, n]), p) for p, n in _PARTS]
            worth = behaviours([z[:, n] for z, (_, n) in zip(logits, _PARTS, strict=True)], plain)
            best = worth.argmax(dim=1).numpy()
        self.done = actions_of(best)
        spoken = np.maximum(best - 1, 0)
        row = torch.arange(len(best))[:, None]
        nodes = torch.stack([torch.tensor(n)[PATHS[spoken, p]] for p, n in _PARTS], dim=1)
        norms = [z.logsumexp(dim=2)[row[:, 0], PATHS[spoken, p]] for p, z in enumerate(plain)]
        self.path = states[row, nodes].clone()
        self.offset = torch.stack(norms[1:]).sum(dim=0).clone()
        return self.done

    def observe(self, reactions: Reactions) -> None:
        """A step of Adam on this reaction and some earlier ones."""
        now = (self.seen, self.done, reactions, self.path, self.offset)
        rng = np.random.default_rng(self.steps)
        size = min(self.replayed, len(self.past))
        again = [self.past[i] for i in rng.choice(len(self.past), size, replace=False)]
        self.past.append(now)
        self.steps += 1
        for _, adapter in self._each():
            adapter.requires_grad_(True)
            adapter.grad = None
        for seen, done, shown, path, offset in (now, *again):
            worth = self._worth(path, offset, done)
            expected = torch.tanh(worth)
            value = expected.detach().numpy().astype(np.float64)
            score = self.feedback.measure(seen, done, shown, value).score
            (-(expected * torch.from_numpy(score.astype(np.float32))).sum()).backward()
        self._step(1 + size)

    def state(self) -> State:
        """Adapters and Adam's moments; earlier reactions are forgotten with the session."""
        if not hasattr(self, "adapters"):
            return {}
        found = {"keys": self.keys, "steps": np.full(len(self.keys), self.steps)}
        for name, adapter in self._each():
            mean, square = self.moments[name]
            found |= {name: adapter.detach().numpy(), f"{name}.1": mean.numpy()}
            found[f"{name}.2"] = square.numpy()
        return {name: array.copy() for name, array in found.items()}

    def load(self, state: State) -> None:
        """Go on from a state.

        Raises:
            CheckpointError: Other arrays, or other shapes.
        """
        if not state:
            return
        if "keys" not in state:
            raise CheckpointError("adapters' state lacks the keys of the lives")
        self.begin(state["keys"])
        wanted = {name: array.shape for name, array in self.state().items()}
        found = {name: array.shape for name, array in state.items()}
        if found != wanted:
            raise CheckpointError(f"adapters' state has arrays {wanted}, not {found}")
        self.steps = int(state["steps"][0]) if len(state["steps"]) else 0
        for name, _ in self._each():
            self.adapters[name] = torch.from_numpy(state[name].copy())
            mean, square = (torch.from_numpy(state[f"{name}.{i}"].copy()) for i in (1, 2))
            self.moments[name] = mean, square

    # ------------------------------------------------------------------ inside

    def _each(self) -> list[tuple[str, Tensor]]:
        return list(self.adapters.items())

    def _plain(self, states: Tensor) -> Tensor:
        return states + self.block(self.norm(states))

    def _adapted(self, states: Tensor) -> Tensor:
        """The last layer's output, (n, nodes, width), under everyone's adapters."""

        def project(name: str, x: Tensor) -> Tensor:
            low = x @ self.adapters[f"{name}.down"].transpose(1, 2)
            added = low @ self.adapters[f"{name}.up"].transpose(1, 2)
            return getattr(self.block, name)(x) + added

        given = self.norm(states)
        inner = self.block.act_fn(project("gate_proj", given)) * project("up_proj", given)
        return states + project("down_proj", inner)

    def _logits(self, states: Tensor) -> list[Tensor]:
        adapted = self._adapted(states)
        return [self.model.head.logits(adapted, part) for part, _ in _PARTS]

    def _worth(self, path: Tensor, offset: Tensor, done: Actions) -> Tensor:
        """Worth of what was done, (n,), along its path of nodes (n, 4, width)."""
        adapted, row = self._adapted(path), torch.arange(len(path))
        code = done @ PLACE_VALUES
        words = WORDS[np.maximum(code - FIRST_SPOKEN, 0)]
        total = -offset
        for part, _ in _PARTS:
            total = total + self.model.head.logits(adapted[:, part], part)[row, words[:, part]]
        silent = self.model.head.logits(adapted[:, 0], 0)[:, 0]
        return SCALE * torch.where(torch.from_numpy(done[:, 0] == 0), silent, total)

    def _step(self, count: int) -> None:
        """One step of Adam for each person's adapters."""
        with torch.no_grad():
            for name, adapter in self._each():
                gradient = adapter.grad / count if adapter.grad is not None else 0.0
                mean, square = self.moments[name]
                mean.mul_(_BETAS[0]).add_(gradient, alpha=1 - _BETAS[0])
                square.mul_(_BETAS[1]).add_(gradient**2, alpha=1 - _BETAS[1])
                rate = self.learning_rate * np.sqrt(1 - _BETAS[1] ** self.steps)
                rate /= 1 - _BETAS[0] ** self.steps
                adapter -= rate * mean / (square.sqrt() + 1e-8)
                adapter.requires_grad_(False)


_PARTS = list(enumerate(NODES_OF))
_BETAS = (0.9, 0.999)


def embedded_before_block(name: str) -> StateMemory:
    """States before the last layer's feed-forward block, remembered as others are."""
    model = embedded_memory(name).model
    layer: Any = model.layers[-1]
    return StateMemory(model, before=layer.post_attention_layernorm)
