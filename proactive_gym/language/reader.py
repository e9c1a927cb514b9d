"""The reader: what a person would take the assistant's words to be.

Autonomy, verbosity and tone are read from the words, never declared; words that are off the topic
or unsound are marked as such. Numpy only; the parameters are fitted by
`proactive_gym.calibration.language`. It says nothing of how a person likes what was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.data.records import load_splits
from proactive_gym.errors import InvalidOptionError
from proactive_gym.language.facets import FacetModel
from proactive_gym.language.parameters import Arrays, load_parameters, unpack_ngrams
from proactive_gym.language.soundness import SoundnessModel, breach
from proactive_gym.language.text import MAX_CHARACTERS, normalise, stems, tokens
from proactive_gym.language.topic import TopicIndex, TopicModel
from proactive_gym.world.scenarios import load_scenarios

_REMEMBERED = 8_192  # texts; a reading costs about a millisecond, and agents repeat themselves


class Reading(NamedTuple):
    """What one utterance was taken to be.

    `autonomy`, `verbosity` and `tone` are codes in the vocabularies; they are a best guess even
    where the words are unsound. The scores are probabilities in [0, 1] among the texts on which
    the detectors were fitted; `soundness_score` is 0 where a rule refused the text.
    """

    autonomy: int
    verbosity: int
    tone: int
    on_topic: bool
    sound: bool
    topic_score: float
    soundness_score: float

    @property
    def acceptable(self) -> bool:
        """On the topic and sound: a message that a person would judge by its content."""
        return self.on_topic and self.sound


@dataclass(frozen=True, eq=False)
class Readings:
    """Readings of N utterances as arrays of shape (N,); fields as in `Reading`."""

    autonomy: NDArray[np.int8]
    verbosity: NDArray[np.int8]
    tone: NDArray[np.int8]
    on_topic: NDArray[np.bool_]
    sound: NDArray[np.bool_]
    topic_score: NDArray[np.float32]
    soundness_score: NDArray[np.float32]


class _Impression(NamedTuple):
    """What can be said of words before it is known what they should be about."""

    autonomy: int
    verbosity: int
    tone: int
    soundness: float
    topics: NDArray[np.float32]  # (S,), probability that they are about each scenario


class Reader:
    """Reads utterances. Stateless but for a memory of recent texts; results do not depend on it."""

    def __init__(
        self, facets: FacetModel, soundness: SoundnessModel, topic: TopicModel, index: TopicIndex
    ) -> None:
        """Put a reader together; `Reader.load` gives the packaged one."""
        self.facets = facets
        self.soundness = soundness
        self.topic = topic
        self.index = index
        self.scenarios = index.support.shape[1]
        self._impression = lru_cache(_REMEMBERED)(self._look)

    @staticmethod
    @cache
    def load() -> "Reader":
        """The packaged reader, built once (about a third of a second).

        Raises:
            DataError: A packaged file is missing or broken.
        """
        return reader_from(load_parameters())

    def read(self, words: str, scenario: int) -> Reading:
        """Read what the assistant said about what it had noticed.

        Args:
            words: What was said, without the timing marker.
            scenario: Code of the scenario that was noticed.

        Raises:
            InvalidOptionError: There is no such scenario.
        """
        if not 0 <= scenario < self.scenarios:
            raise InvalidOptionError(
                f"there is no scenario {scenario}: codes are 0 to {self.scenarios - 1}"
            )
        found = self._impression(words[: MAX_CHARACTERS + 1])  # one more shows that it is too long
        topic_score = float(found.topics[scenario])
        return Reading(
            autonomy=found.autonomy,
            verbosity=found.verbosity,
            tone=found.tone,
            on_topic=topic_score >= self.topic.threshold,
            sound=found.soundness >= self.soundness.threshold,
            topic_score=topic_score,
            soundness_score=found.soundness,
        )

    def read_batch(self, words: Sequence[str], scenarios: Sequence[int]) -> Readings:
        """Read N utterances about N scenarios; each result is that of `read`.

        Raises:
            InvalidOptionError: A scenario does not exist.
            ValueError: The two sequences differ in length.
        """
        read = [self.read(w, int(s)) for w, s in zip(words, scenarios, strict=True)]
        columns = list(zip(*read, strict=True)) or [()] * len(Reading._fields)
        kinds = (np.int8, np.int8, np.int8, np.bool_, np.bool_, np.float32, np.float32)
        return Readings(*(np.array(c, dtype=k) for c, k in zip(columns, kinds, strict=True)))

    def _look(self, words: str) -> _Impression:
        normal = normalise(words)
        refused = breach(words, normal) is not None
        features = self.index.features(stems(tokens(normal)))
        return _Impression(
            *self.facets.read(normal),
            0.0 if refused else self.soundness.score(normal),
            self.topic.scores(features).astype(np.float32),
        )


def reader_from(arrays: Arrays) -> Reader:
    """A reader of the packaged scenarios with the parameters in `arrays`.

    Raises:
        DataError: A packaged data file is broken.
    """
    scenarios = load_scenarios()
    seen = set(load_splits().scenarios_seen)
    index = TopicIndex.of(scenarios, [i for i, s in enumerate(scenarios) if s.id in seen])
    return Reader(facets_from(arrays), soundness_from(arrays), topic_from(arrays), index)


def facets_from(arrays: Arrays) -> FacetModel:
    """The facet models stored in `arrays`."""
    return FacetModel(
        common=frozenset(arrays["facet_common"].tolist()),
        autonomy_weights=arrays["autonomy_weights"].astype(np.float32),
        autonomy_bias=arrays["autonomy_bias"],
        tone_weights=arrays["tone_weights"].astype(np.float32),
        tone_bias=float(arrays["tone_bias"]),
        detailed_from=int(arrays["detailed_from"]),
    )


def soundness_from(arrays: Arrays) -> SoundnessModel:
    """The soundness detector stored in `arrays`."""
    return SoundnessModel(
        classes=unpack_ngrams("classes", arrays),
        letters=unpack_ngrams("letters", arrays),
        common=frozenset(arrays["soundness_common"].tolist()),
        centre=arrays["soundness_centre"],
        scale=arrays["soundness_scale"],
        weights=arrays["soundness_weights"],
        bias=float(arrays["soundness_bias"]),
        threshold=float(arrays["soundness_threshold"]),
    )


def topic_from(arrays: Arrays) -> TopicModel:
    """The topic model stored in `arrays`."""
    return TopicModel(
        weights=arrays["topic_weights"],
        bias=float(arrays["topic_bias"]),
        threshold=float(arrays["topic_threshold"]),
    )
