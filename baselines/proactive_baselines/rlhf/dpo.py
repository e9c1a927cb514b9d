"""DPO: replies that were preferred become likelier than those that were not."""

from dataclasses import dataclass
from tempfile import TemporaryDirectory

from trl import DPOConfig, DPOTrainer

from proactive_baselines.rlhf.shared import Common, Report, Tuned, beginning, run, settings, table


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`.

    Attributes:
        beta: How dear it is to leave the model where training began.
    """

    algo: str = "dpo"
    beta: float = 0.1


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on comparisons.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and what TRL logs.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    read, own = beginning(arguments)
    with TemporaryDirectory() as folder:
        trainer = DPOTrainer(
            read.model,
            args=settings(DPOConfig, arguments, folder, beta=arguments.beta),
            train_dataset=table("preference", arguments, read),
            processing_class=read.tokenizer,
            peft_config=own,
        )
        return Tuned(run(trainer, report))
