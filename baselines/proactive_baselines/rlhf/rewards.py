"""Rewards of replies that a model wrote: by a reward model, or by people of the population.

A reward function of TRL gets prompts, completions and the rows' other columns, and gives one number
to each completion.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from proactive_agents.lm import prompt
from proactive_agents.lm.lives import live
from proactive_agents.lm.situations import training_situations
from proactive_baselines.rlhf.formats import STYLES, Text
from proactive_baselines.rlhf.preferences import Moment
from proactive_baselines.rlhf.reward import Judge
from proactive_gym.streams import derive
from proactive_gym.users.features import PLACE_VALUES
from proactive_gym.vocabulary import DOMAINS

WORST = -1.0
"""Reward of what is no reply: people's worst."""
_SALT = 73  # of the lives
_BEGINNINGS = [[word.strip() for word in part] for part in prompt.REPLY]


class ByModel:
    """Rewards by a reward model, which read replies with their end.

    Args:
        judge: The reward model.
    """

    __name__ = "judge"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __call__(self, prompts: list[Text], completions: list[Text], **_: Any) -> list[float]:
        """One number a completion."""
        pairs = zip(prompts, completions, strict=True)
        return [float(r) for r in self._judge([self._text(p, c) for p, c in pairs])]

    def _text(self, before: Text, reply: Text) -> str:
        tokenizer = self._judge.tokenizer
        if isinstance(before, str):
            return f"{before}{reply}{tokenizer.eos_token}"
        turns = [*before, *reply]
        return str(tokenizer.apply_chat_template(turns, tokenize=False))


class ByPeople:
    """Rewards by the people whose moments the rows are: what they expect to feel, -1 to 1.

    A reply counts as what its first words say. What has no such words, or speaks without a message,
    gets the worst reward.
    """

    __name__ = "people"

    def __call__(
        self, prompts: list[Text], completions: list[Text], felt: list[list[float]], **_: Any
    ) -> list[float]:
        """One number a completion.

        Args:
            prompts: Not looked at.
            completions: (n,).
            felt: (n, 48), what the person would feel at each of `ACTIONS`.
        """
        texts = [c if isinstance(c, str) else str(c[0]["content"]) for c in completions]
        codes = [code_of(text) for text in texts]
        return [WORST if c is None else f[c] for c, f in zip(codes, felt, strict=True)]


def code_of(reply: str) -> int | None:
    """The action that a reply names, its position in `ACTIONS`; None if it names none."""
    rest, action = reply.strip(), []
    for words in _BEGINNINGS:
        found = next((i for i, word in enumerate(words) if rest.startswith(word)), None)
        if found is None:
            return None
        action.append(found)
        rest = rest[len(words[found]) :].lstrip()
        if action == [0]:
            return None if rest else 0
    return int(np.dot(action, PLACE_VALUES)) if rest else None


def moments(seed: int, style: str) -> Iterator[dict[str, Any]]:
    """Rows without end: a prompt, and what the person in it would feel at each action, `felt`.

    Args:
        seed: Of the lives.
        style: Key of `formats.STYLES`.
    """
    situations = training_situations()
    for day in count():
        key = int(derive(derive(_SALT, seed), day).item())
        lives = live(key % 2**31, 1, 1)
        words = lives.moments.words()
        for row in np.random.default_rng(key).permutation(len(lives)):
            s = situations[lives.situation[row]]
            moment = Moment(DOMAINS[lives.moments.domain[row]], s.situation, words[row])
            yield {
                "prompt": STYLES[style].prompt(moment),
                "felt": lives.rewards[row].astype(float).round(4).tolist(),
            }
