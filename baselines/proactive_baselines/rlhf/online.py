"""What RLOO and GRPO share: replies are sampled, and rewarded by a reward model or by people."""

from dataclasses import dataclass, fields
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, cast

from proactive_baselines.arguments import check_ranges
from proactive_baselines.rlhf import reward
from proactive_baselines.rlhf.rewards import ByModel, ByPeople, moments
from proactive_baselines.rlhf.shared import (
    Common,
    Report,
    Tuned,
    asked,
    beginning,
    run,
    settings,
    style_of,
)
from proactive_gym.errors import InvalidOptionError

JUDGES = ("model", "people")
_JUDGING = 0.4  # share of the progress that training the reward model is


@dataclass(frozen=True)
class Online(Common):
    """What both are told; see `Common`.

    Attributes:
        judge: Who rewards: "model", a reward model that is trained first, or "people".
        judge_steps: Updates of the reward model.
        judge_checks: Comparisons of validation people on which it is checked.
        generations: Replies sampled to a prompt; the batch is a multiple of them.
        beta: How dear it is to leave the model where training began.
        temperature: Of sampling.
        longest: Tokens of a reply, at most.

    Raises:
        InvalidOptionError: A number that is out of range, or an unknown judge.
    """

    learning_rate: float = 3e-4
    judge: str = "model"
    judge_steps: int = 300
    judge_checks: int = 2000
    generations: int = 8
    beta: float = 0.02
    temperature: float = 1.0
    longest: int = 48

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        super().__post_init__()
        check_ranges(
            self,
            judge_steps=(1, float("inf")),
            judge_checks=(1, float("inf")),
            generations=(2, float("inf")),
            beta=(0, float("inf")),
            temperature=(1e-3, 10),
            longest=(6, 1024),
        )
        if self.judge not in JUDGES:
            raise InvalidOptionError(f"judge must be {' or '.join(JUDGES)}, not {self.judge!r}")
        if self.batch % self.generations:
            raise InvalidOptionError(
                f"batch must be a multiple of generations, {self.generations}, not {self.batch}"
            )


def train(trainer: Any, config: Any, arguments: Online, report: Report) -> Tuned:
    """Train by sampled replies and their rewards.

    Args:
        trainer: Class of TRL's trainer.
        config: Class of its configuration.
        arguments: How.
        report: Told `progress` (0-1) and what TRL logs: reward, KL, lengths of replies.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """
    begins, judge = 0.0, cast(ByPeople | ByModel, ByPeople())
    if arguments.judge == "model":
        begins = _JUDGING
        judge = ByModel(_judge(arguments, report))
    read, own = beginning(arguments)
    found = asked(read, islice(moments(arguments.seed, style_of(read)), arguments.rows))
    with TemporaryDirectory() as folder:
        given = settings(
            config,
            arguments,
            folder,
            num_generations=arguments.generations,
            max_completion_length=arguments.longest,
            beta=arguments.beta,
            temperature=arguments.temperature,
        )
        made = trainer(
            read.model,
            reward_funcs=judge,
            args=given,
            train_dataset=found,
            processing_class=read.tokenizer,
            peft_config=own,
        )
        return Tuned(run(made, report, begins))


def _judge(arguments: Online, report: Report) -> reward.Judge:
    """The reward model, trained from the same beginning."""
    shared = {f.name: getattr(arguments, f.name) for f in fields(Common) if f.name != "algo"}
    shared |= {"steps": arguments.judge_steps, "learning_rate": reward.Arguments().learning_rate}
    own = reward.Arguments(**shared, checks=arguments.judge_checks)

    def heard(figures: dict[str, float]) -> None:
        told = {f"judge/{k}": v for k, v in figures.items() if k != "progress"}
        report({**told, "progress": _JUDGING * figures["progress"]})

    return reward.train(own, heard)
