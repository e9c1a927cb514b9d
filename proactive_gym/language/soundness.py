"""Is it sound English, or shuffled, repeated, scrambled, stuffed, foreign or empty?

A few rules (`breach`) refuse what no model is needed for; the rest is a logistic model on how well
words and letters follow one another. Whether the words fit the scenario is `topic`'s matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from proactive_gym.language.ngrams import NgramModel
from proactive_gym.language.text import MAX_CHARACTERS, is_word, tokens, word_classes

MIN_WORDS = 3
MAX_WORDS = 60
"""The longest scenario message has 38 words: longer speech is several messages in one."""

_WINDOW = 4  # neighbouring items over which the worst stretch of a text is looked for


@dataclass(frozen=True)
class SoundnessModel:
    """Parameters of the detector.

    Attributes:
        classes: How word classes follow one another.
        letters: How characters follow one another.
        common: Words that are a class of their own.
        centre: Feature means, (F,); `scale`: feature deviations, (F,).
        weights: For the features, then for their products, (F + F (F + 1) / 2,).
        bias: Intercept.
        threshold: Least score that passes as sound.
    """

    classes: NgramModel
    letters: NgramModel
    common: frozenset[str]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    threshold: float

    def score(self, normal: str) -> float:
        """Probability, among the classes it was fitted on, that a normalised text is sound."""
        found = features(normal, self.classes, self.letters, self.common)
        design = with_products(((found - self.centre) / self.scale)[None])[0]
        return float(1.0 / (1.0 + np.exp(-(np.sum(design * self.weights) + self.bias))))


def breach(words: str, normal: str) -> str | None:
    """Why a text is unsound whatever a model says, or None.

    Situations are written about "the user"; who speaks so does not speak to the person, but
    copies the prompt. A copy turned to "your ..." is a fair, if wooden, way to notify.

    Args:
        words: The text as it was said.
        normal: Its normal form.
    """
    count = sum(is_word(t) for t in tokens(normal))
    if len(words) > MAX_CHARACTERS or count > MAX_WORDS:
        return "too long"
    if count < MIN_WORDS:
        return "too short"
    if "the user" in normal:
        return "speaks of the user, not to the person"
    return None


def features(
    normal: str, classes: NgramModel, letters: NgramModel, common: frozenset[str]
) -> NDArray[np.float64]:
    """Numbers (F,) by which sound texts differ from corrupted ones; `normal` may be empty."""
    found = tokens(normal)
    return np.array(
        [
            *_fit(classes.gains(word_classes(found, common))),
            *_fit(letters.gains(f" {normal} ")),
            *_shape(found, common),
        ]
    )


def _fit(gains: NDArray[np.float64]) -> list[float]:
    """Mean, worst stretch, lower quartile, share of misfits and growing evidence."""
    values = gains if len(gains) else np.zeros(1)
    width = min(_WINDOW, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    stretches = (sums[width:] - sums[:-width]) / width
    return [
        float(sums[-1]) / len(values),
        float(stretches.min()),
        float(np.sort(values)[len(values) // 4]),
        float(np.mean(values < 0.0)),
        float(sums[-1]) / len(values) ** 0.5,
    ]


def _shape(found: Sequence[str], common: frozenset[str]) -> list[float]:
    """Length, repetition, and what the tokens are made of."""
    words = [t for t in found if is_word(t)]
    count = max(len(words), 1)
    pairs = list(pairwise(words))
    return [
        float(np.log1p(len(words))),
        len(words) / 10.0,
        len(set(words)) / count,
        len(set(pairs)) / max(len(pairs), 1),
        sum(w in common for w in words) / count,
        sum(map(len, words)) / count,
        1.0 - len(words) / max(len(found), 1),
    ]


def with_products(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows (N, F) with all products of two features appended, (N, F + F (F + 1) / 2)."""
    first, second = np.triu_indices(rows.shape[1])
    return np.concatenate([rows, rows[:, first] * rows[:, second]], axis=1)
