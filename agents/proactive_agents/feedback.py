"""What a visible reaction says of how much the person liked what was done: one map for all agents.

A softmax gives the chance of each reaction to words, and a logistic model the chance that a missed
need is voiced after silence, as functions of the reward that was to be expected and of what was
done and estimated. Read backwards, a reaction is a noisy measurement of that reward: `measure`
gives its score and Fisher information at the reward that an agent expected, which is all that an
extended Kalman filter needs. After silence nothing is mostly seen, and tells little.

It is fitted on the population's simulated people by `python -m proactive_baselines.fit_feedback`,
shared by all agents that adapt, and knows neither the person nor ratings. Acceptance is not
approval: the fitted map says how much it is worth.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Actions, Reactions
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError
from proactive_gym.vocabulary import AUTONOMY, REACTIONS, TIMINGS

Array = NDArray[np.float64]

PATH = Path(__file__).with_name("feedback.json")
SPOKEN = REACTIONS[2:]
"""Reactions to words, in the order of the softmax."""
INPUTS = (
    "1",
    "reward",
    "reward²",
    "hold",
    "ask",
    "act",
    "act·reward",
    "detailed",
    "formal",
    "benefit",
    "urgency",
    "stakes",
)
"""What the chances depend on; after silence those of the action are zero."""
NONE, WISH = REACTIONS.index("none"), REACTIONS.index("wish")
NOTHING = (NONE, REACTIONS.index("ignore"))
"""Reactions that are none."""
_IGNORED = SPOKEN.index("ignore")
_SILENT, _HOLD = TIMINGS.index("silent"), TIMINGS.index("hold")
_ASK, _ACT = AUTONOMY.index("ask"), AUTONOMY.index("act")


@dataclass(frozen=True, eq=False)
class Measurement:
    """What reactions say of the rewards that were expected, each (N,).

    Attributes:
        score: Derivative of the log-likelihood by the reward.
        information: Fisher information on the reward; 0 where nothing was learnt.
        unseen: Chance that nothing was to be seen: words ignored, no wish voiced after silence; 1
            where nothing was learnt.
    """

    score: Array
    information: Array
    unseen: Array

    def weighed(self, weight: NDArray[np.floating]) -> "Measurement":
        """The same, if it was one with a chance of `weight`, (N,), and nothing otherwise."""
        return Measurement(self.score * weight, self.information * weight, self.unseen)


@dataclass(frozen=True, eq=False)
class Feedback:
    """The fitted map.

    Attributes:
        spoken: (len(INPUTS), len(SPOKEN)), logits of the reactions to words.
        wish: (len(INPUTS),), log-odds that a wish is voiced after silence.
        provenance: Command, versions, seed.
    """

    spoken: Array
    wish: Array
    provenance: dict[str, Any]

    @classmethod
    def load(cls, path: Path = PATH) -> Self:
        """Read the map; the packaged one by default.

        Raises:
            CheckpointError: The file is missing, torn or made for other inputs.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            by_reaction = [[found["spoken"][r][i] for r in SPOKEN] for i in INPUTS]
            wish = [found["wish"][i] for i in INPUTS]
            return cls(np.array(by_reaction, float), np.array(wish, float), found["provenance"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path} holds no feedback map of this version ({error}): "
                "run `python -m proactive_baselines.fit_feedback`"
            ) from error

    def measure(
        self, seen: Seen, actions: Actions, reactions: Reactions, expected: Array
    ) -> Measurement:
        """Read reactions as measurements of the expected reward.

        Args:
            seen: The moments in which was acted, (N,).
            actions: What was done, (N, 4).
            reactions: What the devices saw, (N,).
            expected: The rewards that were expected of the actions, (N,).

        Returns:
            Nothing is learnt where the assistant was muted or off, nor of words that never arrived.
        """
        x, slope = inputs(seen, actions, expected)
        spoke = actions[:, 0] != _SILENT
        logits, by_reward = x @ self.spoken, slope @ self.spoken
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        mean = (chance * by_reward).sum(axis=1)
        column = np.clip(reactions - 2, 0, None)
        score = by_reward[np.arange(len(column)), column] - mean
        information = (chance * by_reward**2).sum(axis=1) - mean**2
        wished = 1 / (1 + np.exp(-(x @ self.wish)))
        by_wish = slope @ self.wish
        score = np.where(spoke, score, by_wish * ((reactions == WISH) - wished))
        information = np.where(spoke, information, by_wish**2 * wished * (1 - wished))
        told = ~(seen.muted | seen.off) & ~(spoke & (reactions <= WISH))
        unseen = np.where(spoke, chance[:, _IGNORED], 1 - wished)
        return Measurement(score * told, information * told, np.where(told, unseen, 1.0))


@cache
def shared() -> Feedback:
    """The packaged map, read once."""
    return Feedback.load()


def inputs(seen: Seen, actions: Actions, reward: Array) -> tuple[Array, Array]:
    """`INPUTS` of n moments and their derivatives by the reward, each (n, len(INPUTS))."""
    timing, autonomy, verbosity, tone = actions.T
    spoke = (timing != _SILENT) * 1.0
    act = spoke * (autonomy == _ACT)
    zero, one = np.zeros(len(reward)), np.ones(len(reward))
    columns = {
        "1": one,
        "reward": reward,
        "reward²": reward**2,
        "hold": (timing == _HOLD) * 1.0,
        "ask": spoke * (autonomy == _ASK),
        "act": act,
        "act·reward": act * reward,
        "detailed": spoke * verbosity,
        "formal": spoke * tone,
        "benefit": seen.benefit / 2.5 - 1,
        "urgency": (seen.urgency - 3) / 2,
        "stakes": (seen.stakes - 3) / 2,
    }
    slopes = {"reward": one, "reward²": 2 * reward, "act·reward": act}
    x = np.column_stack([columns[name] for name in INPUTS])
    return x, np.column_stack([slopes.get(name, zero) for name in INPUTS])
