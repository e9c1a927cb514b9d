"""KTO: replies that people liked become likelier, others less so; no pairs are needed."""

from dataclasses import dataclass
from tempfile import TemporaryDirectory

from trl import KTOConfig, KTOTrainer

from proactive_baselines.rlhf.shared import Common, Report, Tuned, beginning, run, settings, table


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`.

    Attributes:
        beta: How dear it is to leave the model where training began.
    """

    algo: str = "kto"
    beta: float = 0.1


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on replies that are each liked or not.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and what TRL logs.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    read, own = beginning(arguments)
    with TemporaryDirectory() as folder:
        trainer = KTOTrainer(
            read.model,
            args=settings(KTOConfig, arguments, folder, beta=arguments.beta),
            train_dataset=table("unpaired-preference", arguments, read),
            processing_class=read.tokenizer,
            peft_config=own,
        )
        return Tuned(run(trainer, report))
