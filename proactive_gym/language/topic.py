"""Do these words speak of what was noticed? Rarity-weighted overlap, against all scenarios at once.

Words are compared with each scenario's situation, deed and written messages. What counts is less
how much overlaps than whether it overlaps *more than with any other scenario*: that is what a
constant text or a heap of key words cannot do everywhere, however well it covers each.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.language.text import normalise, stems, tokens
from proactive_gym.world.scenarios import Scenario

# A stem in k of the 16 messages supports a scenario by 1 - exp(-k / 1.5).
_SUPPORT = (1.0 - np.exp(-np.arange(17) / 1.5)).astype(np.float32)
_UNKNOWN_WEIGHT = 0.7  # of the rarest known stem's weight: a word that no scenario holds


@dataclass(frozen=True, eq=False)
class TopicIndex:
    """Which stems belong to which scenario. V stems, S scenarios.

    Attributes:
        rows: Row of each stem.
        rarity: Weight of each stem, (V,): log of the inverse share of scenarios that hold it.
        stated: (V, S), 1 where the situation or the deed holds the stem.
        support: (V, S), in [0, 1]: stated, or held by messages.
        messages: (V, S, A), in how many of the messages of each speech act it occurs.
    """

    rows: dict[str, int]
    rarity: NDArray[np.float32]
    stated: NDArray[np.float32]
    support: NDArray[np.float32]
    messages: NDArray[np.uint8]

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], known: Collection[int]) -> "TopicIndex":
        """Index `scenarios`; rarity is measured on the scenario codes in `known` alone."""
        stated = [set(text_stems(f"{s.situation} {s.deed}")) for s in scenarios]
        spoken = [[_message_stems(act) for act in s.messages] for s in scenarios]
        held = [stated[i].union(*(m for act in spoken[i] for m in act)) for i in range(len(stated))]
        rows = {stem: row for row, stem in enumerate(sorted(set().union(*held)))}
        messages = np.zeros((len(rows), len(scenarios), len(spoken[0])), np.uint8)
        mentions = np.zeros((len(rows), len(scenarios)), np.float32)
        for code, acts in enumerate(spoken):
            mentions[[rows[s] for s in stated[code]], code] = 1.0
            for act, texts in enumerate(acts):
                for text in texts:
                    messages[[rows[s] for s in text], code, act] += 1
        support = np.maximum(mentions, _SUPPORT[messages.sum(axis=2)])
        share = np.sum(support[:, sorted(known)] > 0.0, axis=1)
        rarity = np.log((len(known) + 1.0) / (share + 1.0)).astype(np.float32)
        return cls(rows, rarity, mentions, support, messages)

    def features(
        self, found: Sequence[str], hidden: tuple[int, int] | None = None
    ) -> NDArray[np.float64]:
        """Features of a text against every scenario, (S, 6).

        They are the rarity-weighted overlap with what is stated, and its share of the text; the
        same with all support; the rarest stem shared; and the margin over the next best scenario.

        Args:
            found: The text's stems.
            hidden: A scenario and a speech act whose messages are left out of that scenario's
                support, so that a message is not compared with itself or its own variants.
        """
        different = list(dict.fromkeys(found))
        index = [self.rows[s] for s in different if s in self.rows]
        unknown = len(different) - len(index)
        rarity = self.rarity[index][:, None]
        support = self.support[index]
        if hidden is not None:
            support[:, hidden[0]] = self._support_without(index, *hidden)
        weight_unknown = _UNKNOWN_WEIGHT * float(self.rarity.max())
        total = float(np.sum(rarity)) + unknown * weight_unknown + 1e-6
        stated = np.sum(self.stated[index] * rarity, axis=0)
        overlap = np.sum(support * rarity, axis=0)
        rarest = np.max(support * rarity, axis=0, initial=0.0)
        columns = (stated, stated / total, overlap, overlap / total, rarest, _margin(overlap))
        return np.stack(columns, axis=1).astype(np.float64)

    def _support_without(self, index: list[int], scenario: int, act: int) -> NDArray[np.float32]:
        counts = self.messages[index, scenario]
        return np.maximum(self.stated[index, scenario], _SUPPORT[counts.sum(1) - counts[:, act]])


@dataclass(frozen=True)
class TopicModel:
    """A logistic model on `TopicIndex.features`: weights (F,) on raw features, bias, threshold."""

    weights: NDArray[np.float64]
    bias: float
    threshold: float

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that the text is about each scenario, (S,), from features (S, F)."""
        return 1.0 / (1.0 + np.exp(-(np.sum(features * self.weights, axis=1) + self.bias)))


def text_stems(words: str) -> list[str]:
    """The stems of any text, in order."""
    return stems(tokens(normalise(words)))


def _message_stems(act: tuple[tuple[str, ...], ...]) -> list[set[str]]:
    return [set(text_stems(words)) for by_tone in act for words in by_tone]


def _margin(overlap: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each scenario's overlap is above the best of all others', (S,)."""
    ascending = np.sort(overlap)
    best, second = ascending[-1], ascending[-2]
    return overlap - np.where(overlap == best, second, best)
