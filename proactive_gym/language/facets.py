"""Which speech act, length and tone are these words? Linear models on hashed runs of words.

The verdict is read from the words alone, not from the scenario or from what the speaker intended.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.language.text import hashed_runs, is_word, tokens, word_classes

BUCKETS = 1 << 13
_LONGEST_RUN = 3


@dataclass(frozen=True)
class FacetModel:
    """Parameters of the three facets.

    Attributes:
        common: Words that stand for themselves; others count by their shape only, because a
            scenario's own nouns say nothing about how it is spoken of.
        autonomy_weights: (BUCKETS, 4); `autonomy_bias`: (4,).
        tone_weights: (BUCKETS,), positive for formal; `tone_bias`: intercept.
        detailed_from: Number of words from which speech counts as detailed.
    """

    common: frozenset[str]
    autonomy_weights: NDArray[np.float32]
    autonomy_bias: NDArray[np.float32]
    tone_weights: NDArray[np.float32]
    tone_bias: float
    detailed_from: int

    def read(self, normal: str) -> tuple[int, int, int]:
        """Autonomy, verbosity and tone codes of a normalised text."""
        cells, values = hashed_features(tokens(normal), self.common)
        acts = np.sum(self.autonomy_weights[cells] * values[:, None], axis=0) + self.autonomy_bias
        formal = float(np.sum(self.tone_weights[cells] * values)) + self.tone_bias
        detailed = count_words(normal) >= self.detailed_from
        return int(np.argmax(acts)), int(detailed), int(formal > 0.0)


def count_words(normal: str) -> int:
    """Number of words and numbers in a normalised text."""
    return sum(is_word(t) or t.isdigit() for t in tokens(normal))


def hashed_features(
    found: Iterable[str], common: frozenset[str]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Cells, (K,), and values, (K,), of the runs of 1 to 3 word classes; values have length 1."""
    runs = hashed_runs(word_classes(found, common), _LONGEST_RUN)
    cells, counts = np.unique([run % BUCKETS for _, _, run in runs], return_counts=True)
    values = np.sqrt(counts)
    return cells.astype(np.intp), (values / np.sqrt(np.sum(values**2))).astype(np.float32)
