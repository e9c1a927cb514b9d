"""The population phase for any causal language model: what the 800 liked, by LoRA or in full.

Larger models keep their weights and get adapters on all linear layers (peft); small ones are
trained as they are. The loss is that of the embedded model: the likelihoods of replies' first
words are fitted to the expected rewards of the population. What is saved can be named as a model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from proactive_agents import checkpoint
from proactive_agents.lm import embedded
from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.lives import Lives, live
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.saving import save_model
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.worth import SPOKEN, decision_loss
from proactive_gym.errors import InvalidOptionError

KIND = "adapted-model"
"""As what it is stored."""
SMALL = 20_000_000
"""Up to so many parameters all of them are trained."""
_CLIP = 1.0


@dataclass(frozen=True)
class Arguments:
    """How it is trained.

    Attributes:
        model: An embedded model, a folder or a name on the Hub.
        seed: Of lives, adapters and the order of moments.
        steps: Batches.
        batch: Moments in each.
        learning_rate: Of AdamW, falling along a line.
        rank: Of the adapters.
        device: "cpu" or "cuda".
        dtype: Of the weights: "auto", "float32", "bfloat16" or "float16".

    Raises:
        InvalidOptionError: A number that is out of range.
    """

    model: str = embedded.UNTUNED
    seed: int = 0
    steps: int = 1000
    batch: int = 32
    learning_rate: float = 3e-4
    rank: int = 16
    device: str = "cpu"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for name in ("steps", "batch", "rank"):
            if getattr(self, name) < 1:
                raise InvalidOptionError(f"{name} must be at least 1, not {getattr(self, name)}")


@dataclass(eq=False)
class Adapted:
    """A model after the population phase."""

    model: LanguageModel

    def save(self, folder: Path, about: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Write weights (merged with their adapters), tokenizer and what made them into a folder.

        Args:
            folder: Which is there.
            about: How it came about; JSON's types.

        Raises:
            OSError: They cannot be written.
        """
        network = self.model.model
        merged = network.merge_and_unload() if hasattr(network, "merge_and_unload") else network
        save_model(merged, self.model.tokenizer, folder)
        checkpoint.tell(folder, KIND, about)


def train(
    arguments: Arguments, report: Callable[[dict[str, float]], None] = lambda figures: None
) -> Adapted:
    """Fine-tune a model on what the population liked.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and `reward_error` now and then.

    Raises:
        CheckpointError: The model cannot be read.
    """
    torch.manual_seed(arguments.seed)
    read = LanguageModel.load(arguments.model, arguments.device, arguments.dtype)
    network = read.model
    if sum(p.numel() for p in network.parameters()) > SMALL:
        lora = LoraConfig(
            r=arguments.rank,
            lora_alpha=2 * arguments.rank,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        network = get_peft_model(network, lora)
    lives = live(arguments.seed + 1, 1, 8)
    rng = np.random.default_rng(arguments.seed)
    learnt = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learnt, arguments.learning_rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, arguments.steps)
    network.train()
    run: list[float] = []
    for step in range(arguments.steps):
        rows = rng.choice(len(lives), arguments.batch, replace=False)
        loss = batch_loss(read, network, lives, rows, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, _CLIP)
        optimiser.step()
        schedule.step()
        run.append(loss.item())
        if step % 20 == 19 or step == arguments.steps - 1:
            error = float(np.mean(run[-20:]))
            report({"progress": (step + 1) / arguments.steps, "reward_error": error})
    made = LanguageModel(network.eval(), read.tokenizer)
    return Adapted(made)


def batch_loss(
    read: LanguageModel, network: Any, lives: Lives, rows: Any, rng: np.random.Generator
) -> Tensor:
    """Decision loss of some moments, each along a reply at random.

    Args:
        read: Makes prompts and tokens.
        network: The model that is trained.
        lives: Of the population.
        rows: Which of their moments.
        rng: Draws the replies.
    """
    situations = training_situations()
    words = [situations[i].situation for i in lives.situation[rows]]
    prompts = prompts_of(read, lives.moments.take(rows), words)
    actions = SPOKEN[rng.integers(len(SPOKEN), size=len(rows))]
    sequences, columns = [], []
    for prompt, action in zip(prompts, actions.tolist(), strict=True):
        ids = read.prompt_ids(prompt)
        at = []
        for part, word in zip(read.words, action, strict=True):
            at.append(len(ids) - 1)
            ids = ids + part[word]
        sequences.append(ids)
        columns.append(at)
    longest = max(map(len, sequences))
    padded = torch.tensor([s + [0] * (longest - len(s)) for s in sequences], device=read.device)
    real = torch.tensor([[1] * len(s) + [0] * (longest - len(s)) for s in sequences])
    logits = network(input_ids=padded, attention_mask=real.to(read.device)).logits
    row = torch.arange(len(rows))
    before = torch.tensor(columns)
    parts = [
        logits[row, before[:, p]][:, first.to(read.device)].float()
        for p, first in enumerate(read.first)
    ]
    rewards = torch.from_numpy(lives.rewards[rows]).to(read.device)
    return decision_loss(parts, torch.from_numpy(actions).to(read.device), rewards)
