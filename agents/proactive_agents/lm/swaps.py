"""Other words in the place of a situation's own, in the situation and its messages alike.

A small model that has seen a thousand situations speaks of these, whatever it is told. Where the
words that a message shares with its situation are exchanged for others, again and other ones in
each row, the only way to foresee a message is to read the situation. What such rows say is often
odd; a part of the rows is left as it is.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from proactive_gym.world import Scenario

_WORD = re.compile(r"[A-Za-z]{4,}")
_ENDINGS = ("ing", "ed", "ly", "s", "er", "")
_COMMON = 0.03
"""Words in the messages of more than this share of the situations stay: any message may hold them,
whatever it is about."""


class Swaps:
    """Exchanges words.

    Args:
        situations: Whose words are exchanged for one another.
    """

    def __init__(self, situations: Sequence[Scenario]) -> None:
        said = [_said(s) for s in situations]
        among = Counter(word for words in said for word in words)
        common = {word for word, count in among.items() if count > _COMMON * len(said)}
        self._own = [_shared(s, w - common) for s, w in zip(situations, said, strict=True)]
        pool: dict[tuple[str, bool], set[str]] = {}
        for words in self._own:
            for word in words:
                pool.setdefault(_class(word), set()).add(word)
        self._pool = {key: sorted(words) for key, words in pool.items()}

    def draw(self, rng: np.random.Generator, situation: int, share: float) -> dict[str, str]:
        """Which words of a situation to exchange for which, each with the chance `share`."""
        found = {}
        for word in self._own[situation]:
            if rng.random() < share:
                among = self._pool[_class(word)]
                found[word] = among[int(rng.integers(len(among)))]
        return found


def exchanged(text: str, swaps: dict[str, str]) -> str:
    """A text with its words exchanged; a capital stays one."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        if word in swaps:
            return swaps[word]
        new = swaps.get(word.lower())
        return word if new is None else new[:1].upper() + new[1:]

    return _WORD.sub(other, text) if swaps else text


def _said(situation: Scenario) -> set[str]:
    """Words of its messages, in lower case."""
    messages = (m for act in situation.messages for length in act for m in length)
    return {word.lower() for m in messages for word in _WORD.findall(m)}


def _shared(situation: Scenario, said: set[str]) -> list[str]:
    """Words of the situation that are among `said`, in the order of first use."""
    return [w for w in dict.fromkeys(_WORD.findall(situation.situation)) if w.lower() in said]


def _class(word: str) -> tuple[str, bool]:
    return next(e for e in _ENDINGS if word.endswith(e)), word[0].isupper()
