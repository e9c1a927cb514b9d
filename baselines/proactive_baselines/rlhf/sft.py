"""SFT: language modelling of the replies that people liked."""

from dataclasses import dataclass

from trl import SFTConfig, SFTTrainer

from proactive_baselines.rlhf import offline
from proactive_baselines.rlhf.shared import Common, Report, Tuned


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`."""

    algo: str = "sft"


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on replies that satisfied; see `offline.train`."""
    return offline.train(
        SFTTrainer, SFTConfig, "prompt-completion", arguments, report, completion_only_loss=True
    )
