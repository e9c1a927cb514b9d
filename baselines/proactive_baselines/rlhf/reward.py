"""The reward model: how much people in general like a reply, learnt from comparisons.

It is the same language model with one number at the end in the place of words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification
from trl import RewardConfig, RewardTrainer

from proactive_agents import checkpoint
from proactive_agents.language import folder_of
from proactive_agents.lm.saving import save_model
from proactive_baselines.rlhf.agent import adapters, merged
from proactive_baselines.rlhf.shared import Common, Report, beginning, run, settings, table

KIND = "reward-model"
"""As what it is stored."""
_BINS = 10  # of the calibration


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`.

    Attributes:
        checks: Comparisons of validation people on which it is checked.
    """

    algo: str = "reward"
    checks: int = 2000


@dataclass(eq=False)
class Judge:
    """A trained reward model.

    Attributes:
        model: Gives one number to a prompt and a reply.
        tokenizer: Of the language model that it was.
        checked: What `check` found.
    """

    model: Any
    tokenizer: Any
    checked: Mapping[str, float]

    def save(self, folder: Path, about: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Write it as a folder of Hugging Face.

        Raises:
            OSError: It cannot be written.
        """
        save_model(merged(self.model), self.tokenizer, folder)
        checkpoint.tell(folder, KIND, {**about, "checked": dict(self.checked)})

    @torch.no_grad()
    def __call__(self, texts: list[str], batch: int = 64) -> np.ndarray:
        """Rewards of prompts with their replies, (n,).

        Args:
            texts: (n,).
            batch: How many are read at a time.
        """
        found = []
        for start in range(0, len(texts), batch):
            given = self.tokenizer(
                texts[start : start + batch],
                return_tensors="pt",
                padding=True,
                add_special_tokens=False,
            )
            found.append(self.model(**given.to(self.model.device)).logits[:, 0].float().cpu())
        return torch.cat(found).numpy()


def train(arguments: Arguments, report: Report = lambda figures: None) -> Judge:
    """Train on comparisons, and check on those of validation people.

    Args:
        arguments: How.
        report: Told `progress` (0-1), what TRL logs, and at the end what `check` found.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    read, own = beginning(arguments)
    model = AutoModelForSequenceClassification.from_pretrained(
        str(folder_of(arguments.model) or arguments.model),
        num_labels=1,
        dtype=read.model.dtype,
        pad_token_id=read.tokenizer.pad_token_id,
    ).to(arguments.device)
    with TemporaryDirectory() as folder:
        trainer = RewardTrainer(
            model,
            args=settings(RewardConfig, arguments, folder, center_rewards_coefficient=0.01),
            train_dataset=table("preference", arguments, read),
            processing_class=read.tokenizer,
            peft_config=own and adapters(arguments.rank, "SEQ_CLS"),
        )
        judge = Judge(run(trainer, report, last=0.99), read.tokenizer, {})
    found = table("preference", arguments, read, "validation", arguments.checks)
    judge.checked = check(judge, found["prompt"], found["chosen"], found["rejected"])
    report({**judge.checked, "progress": 1.0})
    return judge


def check(
    judge: Judge, prompts: list[str], chosen: list[str], rejected: list[str]
) -> dict[str, float]:
    """How well rewards tell which of two replies a person preferred.

    Returns:
        `accuracy`, the share of pairs in the right order; `calibration_error`, the mean distance
        between the chance that the model gives to the first of two replies, in random order, and
        how often that one was preferred, over ten bins weighted by their size.
    """
    end = judge.tokenizer.eos_token
    pairs = list(zip(prompts, chosen, rejected, strict=True))
    better = judge([p + c + end for p, c, _ in pairs])
    worse = judge([p + r + end for p, _, r in pairs])
    margin = np.asarray(better - worse, np.float64)
    first = np.random.default_rng(0).random(len(margin)) < 0.5
    chance = 1 / (1 + np.exp(-np.where(first, margin, -margin)))
    bins = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(chance[bins == b].mean() - first[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return {"accuracy": float((margin > 0).mean()), "calibration_error": float(np.sum(gaps))}
