"""The same action always: silence, a fixed habit, or the best of the 48 on the population."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from proactive_agents import checkpoint
from proactive_agents.insight import true_rewards
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.arguments import check_ranges
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import AUTONOMY, TIMINGS, TONES, VERBOSITY

SILENT = ("silent", "notify", "brief", "casual")
_WORDS = (TIMINGS, AUTONOMY, VERBOSITY, TONES)
_TRAINING_DAY = 41
"""Salt of the training people's days on which the best fixed action is chosen."""


class Fixed(Memoryless):
    """One action in every moment.

    Args:
        action: Its four words: timing, autonomy, verbosity, tone.

    Raises:
        InvalidOptionError: A word is not one of the action's.
    """

    def __init__(self, action: tuple[str, ...] = SILENT) -> None:
        if len(action) != len(_WORDS) or any(
            word not in words for word, words in zip(action, _WORDS, strict=True)
        ):
            raise InvalidOptionError(f"an action is four words such as {SILENT}, not {action!r}")
        self.action = tuple(action)
        self.codes = np.array([w.index(a) for w, a in zip(_WORDS, action, strict=True)])

    def act(self, observations: Observations) -> Actions:
        """The action, for each person."""
        return np.tile(self.codes, (len(observations["moment"]), 1))


class BestFixed(Fixed):
    """The action of the highest expected reward over a day of the population."""

    NAME = "best-fixed"

    @classmethod
    def from_checkpoint(cls, path: Path) -> Self:
        """The action that was chosen; raises as `checkpoint.read`."""
        arrays, _ = checkpoint.read(path, cls.NAME)
        return cls.of_codes(arrays["action"])

    @classmethod
    def of_codes(cls, codes: np.ndarray) -> Self:
        """From the action's four codes."""
        return cls(tuple(words[code] for words, code in zip(_WORDS, codes, strict=True)))

    def save(self, path: Path, about: Any) -> None:
        """Write the action; raises as `checkpoint.write`."""
        checkpoint.write(path, self.NAME, {"action": self.codes}, about)


@dataclass(frozen=True)
class Arguments:
    """How the action is chosen.

    Attributes:
        seed: Of the training people's days.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        check_ranges(self, seed=(0, 1_000_000))


def train(
    arguments: Arguments, report: Callable[[dict[str, float]], None] = lambda figures: None
) -> BestFixed:
    """Choose the action on one day of everyone in the population, with the seen scenarios."""
    options = Options(people="population", sessions=1, scenarios="seen")
    found = best_fixed(options, derive(_TRAINING_DAY, arguments.seed)[0])
    report({"progress": 1.0})
    return found


def best_fixed(options: Options, key: Any = _TRAINING_DAY) -> BestFixed:
    """The action of the highest expected reward on the first day of `options.people`.

    It is chosen at the trust and the rest of a day's beginning, not over whole lives.

    Args:
        options: The training people and their world.
        key: Of their days.
    """
    people = options.pool()
    engine = Engine(options, len(people))
    engine.reset(engine.everyone, derive(key, engine.everyone), engine.everyone)
    best = true_rewards(engine, slice(None)).mean(axis=(0, 1)).argmax()
    return BestFixed.of_codes(ACTIONS[best])
