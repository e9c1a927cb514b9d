"""What SFT, DPO and KTO share: training on preference data that is there before."""

from tempfile import TemporaryDirectory
from typing import Any

from proactive_baselines.rlhf.shared import Common, Report, Tuned, beginning, run, settings, table


def train(
    trainer: Any, config: Any, kind: str, arguments: Common, report: Report, **own: Any
) -> Tuned:
    """Train on preference data.

    Args:
        trainer: Class of TRL's trainer.
        config: Class of its configuration.
        kind: Of the data, a key of `formats.KINDS`.
        arguments: How.
        report: Told `progress` (0-1) and what TRL logs.
        own: What this trainer's configuration alone knows.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    read, adapters = beginning(arguments)
    with TemporaryDirectory() as folder:
        made = trainer(
            read.model,
            args=settings(config, arguments, folder, **own),
            train_dataset=table(kind, arguments, read),
            processing_class=read.tokenizer,
            peft_config=adapters,
        )
        return Tuned(run(made, report))
