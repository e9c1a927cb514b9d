"""GRPO: of the replies that are sampled to a prompt, those that are rewarded more win."""

from dataclasses import dataclass

from trl import GRPOConfig, GRPOTrainer

from proactive_baselines.rlhf import online
from proactive_baselines.rlhf.shared import Report, Tuned


@dataclass(frozen=True)
class Arguments(online.Online):
    """How it is trained; see `Online`."""

    algo: str = "grpo"


def train(arguments: Arguments, report: Report = lambda figures: None) -> Tuned:
    """Train against a reward model, or against people; see `online.train`."""
    return online.train(GRPOTrainer, GRPOConfig, arguments, report)
