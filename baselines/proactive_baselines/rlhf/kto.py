"""KTO: replies that people liked become likelier, others less so; no pairs are needed."""

from dataclasses import dataclass

from trl import KTOConfig, KTOTrainer

from proactive_baselines.rlhf import offline
from proactive_baselines.rlhf.shared import Common, Report, Tuned


@dataclass(frozen=True)
class Arguments(Common):
    """How it is trained; see `Common`.

    Attributes:
        beta: How dear it is to leave the model where training began.
    """

    algo: str = "kto"
    beta: float = 0.1


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train on replies that are each liked or not; see `offline.train`."""
    return offline.train(
        KTOTrainer, KTOConfig, "unpaired-preference", arguments, report, beta=arguments.beta
    )
