"""SFT: language modelling of the replies that people liked."""

from dataclasses import dataclass
from tempfile import TemporaryDirectory

from trl import SFTConfig, SFTTrainer

from proactive_baselines.rlhf.shared import Common, Report, Tuned, beginning, run, settings, table


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`."""

    algo: str = "sft"


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on replies that satisfied.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and what TRL logs.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    read, own = beginning(arguments)
    with TemporaryDirectory() as folder:
        trainer = SFTTrainer(
            read.model,
            args=settings(SFTConfig, arguments, folder, completion_only_loss=True),
            train_dataset=table("prompt-completion", arguments, read),
            processing_class=read.tokenizer,
            peft_config=own,
        )
        return Tuned(run(trainer, report))
