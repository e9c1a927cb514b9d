"""What TRL's trainers share here: their arguments, models, data, reports and results."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback
from transformers.utils import logging

from proactive_agents import checkpoint
from proactive_agents.lm import embedded
from proactive_agents.lm.model import INSTRUCTIONS, LanguageModel
from proactive_baselines.arguments import check_ranges
from proactive_baselines.rlhf.agent import NAME, adapters
from proactive_baselines.rlhf.formats import Row, rows
from proactive_gym.errors import InvalidOptionError

SMALL = 20_000_000
"""Up to so many parameters all of them are trained; larger models get adapters."""
Report = Callable[[dict[str, float]], None]
_LOGS = 20  # reports of a training run


@dataclass(frozen=True)
class Common:
    """What all of them are told.

    Attributes:
        model: Where training begins: an embedded model, a folder or a name on the Hub.
        seed: Of the data, their order and what is sampled.
        rows: How many rows of data.
        steps: Updates.
        batch: Rows, or completions, of an update.
        learning_rate: Largest, of AdamW; it falls along a line.
        rank: Of the adapters that a model of more than `SMALL` parameters gets.
        device: "cpu" or "cuda".
        dtype: Of the weights: "auto", "float32", "bfloat16" or "float16".
        algo: The algorithm; a part of what is told, so that weights are told apart.

    Raises:
        InvalidOptionError: A number that is out of range, or another algorithm.
    """

    model: str = embedded.UNTUNED
    seed: int = 0
    rows: int = 20_000
    steps: int = 300
    batch: int = 64
    learning_rate: float = 1e-3
    rank: int = 16
    device: str = "cpu"
    dtype: str = "auto"
    algo: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.algo != type(self).algo:
            raise InvalidOptionError(f"this is {type(self).algo}: train rlhf-{self.algo} instead")
        whole = dict.fromkeys(("rows", "steps", "batch", "rank"), (1, float("inf")))
        check_ranges(self, **whole, learning_rate=(1e-9, 1.0))


@dataclass(eq=False)
class Tuned:
    """A language model after RLHF.

    Attributes:
        model: The weights; with adapters if it is large.
    """

    model: Any

    def save(self, path: Path, about: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Write what was learnt: all weights of a small model, the adapters of a large one.

        Raises:
            OSError: They cannot be written.
        """
        learnt = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        arrays = {n: p.detach().to("cpu", torch.float16).numpy() for n, p in learnt.items()}
        checkpoint.write(path, NAME, arrays, about)


class _Tell(TrainerCallback):
    """Passes on what a trainer logs, as plain numbers."""

    def __init__(self, report: Report, first: float, last: float) -> None:
        self._report, self._first, self._last = report, first, last

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Called by the trainer."""
        share = state.global_step / max(state.max_steps, 1)
        figures = {k: float(v) for k, v in (logs or {}).items() if isinstance(v, int | float)}
        done = self._first + share * (self._last - self._first)
        self._report({**figures, "progress": done})


def beginning(arguments: Common) -> tuple[LanguageModel, LoraConfig | None]:
    """The model that is trained, and adapters if it is large.

    Raises:
        CheckpointError: It cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    torch.manual_seed(arguments.seed)
    read = LanguageModel.load(arguments.model, arguments.device, arguments.dtype)
    small = read.model.num_parameters() <= SMALL
    return read, None if small else adapters(arguments.rank)


def table(
    kind: str, arguments: Common, read: LanguageModel, split: str = "population", count: int = 0
) -> Dataset:
    """Rows of preference data in a form that the model reads.

    Args:
        kind: One of `formats.KINDS`.
        arguments: Whose seed and number of rows.
        read: The model.
        split: Whose preferences.
        count: How many rows, if other than `arguments.rows`.
    """
    found = rows(kind, style_of(read), arguments.seed, split)
    made = asked(read, islice(found, count or arguments.rows))
    # Neighbours may be of one moment, and KTO compares replies with those of other prompts.
    return made.shuffle(seed=arguments.seed)


def style_of(read: LanguageModel) -> str:
    """In which style of `formats.STYLES` a model reads."""
    return "conversational" if read.chat else "standard"


def asked(read: LanguageModel, found: Iterable[Row]) -> Dataset:
    """Rows as a dataset, whose prompts ask the model as it is asked when it plays."""
    told = "" if read.chat or read.trained_here else INSTRUCTIONS
    return Dataset.from_list([{**r, "prompt": told + r["prompt"]} if told else r for r in found])


def settings(config: Any, arguments: Common, folder: str, **own: Any) -> Any:
    """A trainer's configuration.

    Args:
        config: Its class.
        arguments: What is common.
        folder: For what the trainer writes.
        own: What this trainer alone knows.
    """
    logging.disable_progress_bar()
    disable_progress_bars()
    return config(
        output_dir=folder,
        max_steps=arguments.steps,
        per_device_train_batch_size=arguments.batch,
        learning_rate=arguments.learning_rate,
        lr_scheduler_type="linear",
        seed=arguments.seed,
        use_cpu=arguments.device == "cpu",
        bf16=arguments.dtype == "bfloat16",
        activation_checkpointing=arguments.device != "cpu",
        logging_steps=max(1, arguments.steps // _LOGS),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **own,
    )


def run(trainer: Any, report: Report, first: float = 0.0, last: float = 1.0) -> Any:
    """Train, and return the model.

    Args:
        trainer: Of TRL.
        report: Told what it logs, with `progress` from `first` to `last`.
        first: Progress at the beginning.
        last: And at the end.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Tell(report, first, last))
    trainer.train()
    return trainer.model.eval()
