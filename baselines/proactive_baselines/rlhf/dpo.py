"""DPO: replies that were preferred become likelier than those that were not."""

from dataclasses import dataclass

from trl import DPOConfig, DPOTrainer

from proactive_baselines.rlhf import offline
from proactive_baselines.rlhf.shared import Common, Report, Tuned


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`.

    Attributes:
        beta: How dear it is to leave the model where training began.
    """

    algo: str = "dpo"
    beta: float = 0.1


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on comparisons; see `offline.train`."""
    return offline.train(
        DPOTrainer, DPOConfig, "preference", arguments, report, beta=arguments.beta
    )
