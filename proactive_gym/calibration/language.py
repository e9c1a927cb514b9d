"""Fit the reader and the embedding, write `reader.npz` and the report of how well they do.

Run `python -m proactive_gym.calibration.language`. Fitted on `scenarios_seen` and the population's
own words alone; every figure of the report is on `scenarios_unseen` unless it says otherwise.
Deterministic; takes well under a minute.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.data.records import load_judgments, load_splits
from proactive_gym.errors import MissingExtraError
from proactive_gym.language.corruptions import CORRUPTIONS
from proactive_gym.language.embedding import DIMENSIONS, Embedding, embedding_from
from proactive_gym.language.facets import BUCKETS, count_words, hashed_features
from proactive_gym.language.ngrams import NgramModel
from proactive_gym.language.parameters import PARAMETERS_PATH, pack_ngrams
from proactive_gym.language.quality import (
    Message,
    cheat_acceptance,
    copy_acceptance,
    facet_accuracy,
    load_paraphrases,
    paraphrase_figures,
    prose_rejected,
    soundness_errors,
    source_of,
    topic_errors,
    written_messages,
)
from proactive_gym.language.reader import Reader, reader_from
from proactive_gym.language.soundness import features as soundness_features
from proactive_gym.language.soundness import with_products
from proactive_gym.language.text import is_word, normalise, tokens, word_classes
from proactive_gym.language.topic import TopicIndex, text_stems
from proactive_gym.personas.population import Population
from proactive_gym.world.scenarios import Scenario, load_scenarios

try:
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
except ImportError as error:
    raise MissingExtraError(
        "fitting needs scikit-learn: pip install 'proactive-gym[calibrate]'"
    ) from error

REPORT_PATH = Path(__file__).parents[2] / "docs" / "calibration" / "language.json"

SOUND_FALSE_REJECTION = 0.02
TOPIC_FALSE_REJECTION = 0.04
"""Shares of true messages, cross-validated on seen scenarios, at which the thresholds are set.

A wrong rejection costs an honest assistant the worst ratings, so it must be rare. For the topic the
share is one of messages whose whole speech act is hidden; of shipped messages none is rejected."""

_FACET_COMMON_IN = 15  # scenarios in which a word must occur to stand for itself
_SOUND_COMMON_IN = 40
_HARD_KINDS = ("shuffled", "stuffed", "salad", "keywords")  # in the fit, each of every message
_EASY_KINDS = tuple(sorted(set(CORRUPTIONS) - set(_HARD_KINDS)))
_FOLDS = 3
_SEED = 2602
_REPLY_WORDS = 5  # shorter replies are no match for a message's length

Arrays = dict[str, NDArray]


@dataclass(frozen=True)
class Corpus:
    """The scenarios with their split, and plain English of the population people."""

    scenarios: tuple[Scenario, ...]
    seen: tuple[int, ...]
    unseen: tuple[int, ...]
    prose: tuple[str, ...]

    @classmethod
    def load(cls) -> "Corpus":
        """Read the packaged data; only population people's words are used."""
        scenarios, splits = load_scenarios(), load_splits()
        names = set(splits.scenarios_seen)
        seen = tuple(i for i, s in enumerate(scenarios) if s.id in names)
        unseen = tuple(i for i, s in enumerate(scenarios) if s.id not in names)
        people = set(splits.population)
        replies = (j.words for j in load_judgments() if j.persona in people)
        bios = (f"{p.bio} {p.routine}" for p in Population.load().split("population"))
        return cls(scenarios, seen, unseen, (*replies, *bios))

    def messages(self, codes: Iterable[int]) -> list[Message]:
        """The written messages of these scenarios."""
        return written_messages(self.scenarios, codes)


def common_words(messages: Iterable[Message], least: int) -> frozenset[str]:
    """Words that occur in the messages of at least `least` scenarios."""
    pairs = {(w, m.scenario) for m in messages for w in tokens(normalise(m.words)) if is_word(w)}
    counts = Counter(word for word, _ in pairs)
    return frozenset(word for word, count in counts.items() if count >= least)


def fit_facets(messages: Sequence[Message]) -> Arrays:
    """Logistic models of autonomy and tone, and the length from which speech is detailed."""
    common = common_words(messages, _FACET_COMMON_IN)
    found = [hashed_features(tokens(normalise(m.words)), common) for m in messages]
    starts = np.cumsum([0, *(len(cells) for cells, _ in found)])
    cells, values = (np.concatenate(column) for column in zip(*found, strict=True))
    rows = csr_array((values, cells, starts), shape=(len(messages), BUCKETS))
    act = LogisticRegression(C=30.0, max_iter=500).fit(rows, [m.autonomy for m in messages])
    tone = LogisticRegression(C=30.0, max_iter=500).fit(rows, [m.tone for m in messages])
    return {
        "facet_common": np.array(sorted(common)),
        "autonomy_weights": act.coef_.T.astype(np.float16),
        "autonomy_bias": act.intercept_.astype(np.float32),
        "tone_weights": tone.coef_[0].astype(np.float16),
        "tone_bias": np.float32(tone.intercept_[0]),
        "detailed_from": np.int64(detailed_from(messages)),
    }


def detailed_from(messages: Iterable[Message]) -> int:
    """The word count halfway, on a ratio scale, between the longest brief and shortest detailed."""
    counts = [(m.verbosity, count_words(normalise(m.words))) for m in messages]
    longest = max(n for verbosity, n in counts if verbosity == 0)
    shortest = min(n for verbosity, n in counts if verbosity == 1)
    return round((longest * shortest) ** 0.5)


def fit_soundness(corpus: Corpus) -> Arrays:
    """The soundness detector: n-gram models, then a logistic model on cross-fitted features."""
    messages = corpus.messages(corpus.seen)
    common = common_words(messages, _SOUND_COMMON_IN)
    folds = [corpus.seen[f::_FOLDS] for f in range(_FOLDS)]
    parts = [_sound_examples(corpus, common, fold) for fold in folds]
    rows, sound, groups = (np.concatenate(column) for column in zip(*parts, strict=True))
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = with_products((rows - centre) / scale)
    spread = design.std(axis=0) + 1e-9  # unscaled products would slow the fit down
    model = LogisticRegression(C=3.0, max_iter=1_000, tol=1e-3, class_weight="balanced")
    scores = _cross_validated(model, design / spread, sound, groups)
    model.fit(design / spread, sound)
    classes, letters = _ngram_models(corpus, common, corpus.seen)
    return {
        **pack_ngrams("classes", classes),
        **pack_ngrams("letters", letters),
        "soundness_common": np.array(sorted(common)),
        "soundness_centre": centre,
        "soundness_scale": scale,
        "soundness_weights": model.coef_[0] / spread,
        "soundness_bias": np.float64(model.intercept_[0]),
        "soundness_threshold": np.float64(np.quantile(scores[sound], SOUND_FALSE_REJECTION)),
    }


def _ngram_models(
    corpus: Corpus, common: frozenset[str], codes: Iterable[int]
) -> tuple[NgramModel, NgramModel]:
    """Models of word classes and of letters on the messages of `codes` and on plain prose."""
    texts = [
        normalise(words) for words in (*(m.words for m in corpus.messages(codes)), *corpus.prose)
    ]
    classes = NgramModel.fit([word_classes(tokens(t), common) for t in texts])
    return classes, NgramModel.fit([f" {t} " for t in texts])


def _sound_examples(
    corpus: Corpus, common: frozenset[str], codes: Sequence[int]
) -> tuple[NDArray, NDArray, NDArray]:
    """Features of the messages of `codes` and of their corruptions, whether sound, scenario.

    The n-gram models behind the features are fitted without these messages.
    """
    classes, letters = _ngram_models(corpus, common, set(corpus.seen) - set(codes))
    random = Random(_SEED)
    messages = corpus.messages(codes)
    pool = [m.words for m in messages]
    examples: list[tuple[str, bool, int]] = []
    for message in messages:
        source = source_of(message, corpus.scenarios, pool)
        examples.append((message.words, True, message.scenario))
        examples.append((message.words.rstrip(".!?"), True, message.scenario))
        for kind in (*_HARD_KINDS, *random.sample(_EASY_KINDS, 2)):
            examples.append((CORRUPTIONS[kind](source, random), False, message.scenario))
    rows = [soundness_features(normalise(w), classes, letters, common) for w, _, _ in examples]
    return np.array(rows), np.array([e[1] for e in examples]), np.array([e[2] for e in examples])


def fit_topic(corpus: Corpus, index: TopicIndex) -> Arrays:
    """A logistic model of "about this scenario" against other scenarios, half of the same domain.

    The messages of a message's own speech act are hidden from its scenario, as if somebody else
    had written it.
    """
    random = Random(_SEED)
    rows, about, groups = [], [], []
    for message in corpus.messages(corpus.seen):
        features = index.features(text_stems(message.words), (message.scenario, message.autonomy))
        codes = [message.scenario, *_rivals(corpus, message.scenario, random)]
        rows.append(features[codes])
        about += [code == message.scenario for code in codes]
        groups += [message.scenario] * len(codes)
    design, labels = np.concatenate(rows), np.array(about)
    centre, scale = design.mean(axis=0), design.std(axis=0) + 1e-9
    scaled = (design - centre) / scale
    model = LogisticRegression(max_iter=2_000)
    scores = _cross_validated(model, scaled, labels, np.array(groups))
    model.fit(scaled, labels)
    weights = model.coef_[0] / scale
    return {
        "topic_weights": weights,
        "topic_bias": np.float64(model.intercept_[0] - np.sum(weights * centre)),
        "topic_threshold": np.float64(np.quantile(scores[labels], TOPIC_FALSE_REJECTION)),
    }


def _rivals(corpus: Corpus, code: int, random: Random) -> list[int]:
    """Four other seen scenarios, at least two of them of the same domain."""
    others = [c for c in corpus.seen if c != code]
    domain = corpus.scenarios[code].domain
    same = [c for c in others if corpus.scenarios[c].domain == domain]
    return [*random.sample(same, 2), *random.sample(others, 2)]


def _cross_validated(
    model: LogisticRegression, rows: NDArray, labels: NDArray, groups: NDArray
) -> NDArray:
    folds = GroupKFold(3)
    method = "predict_proba"
    return cross_val_predict(model, rows, labels, groups=groups, cv=folds, method=method)[:, 1]


def fit_embedding(corpus: Corpus) -> Arrays:
    """Latent semantic analysis of the seen scenarios, standardised over their situations.

    A scenario's document is its situation, deed and messages: with the situations alone, words
    share too few documents (on unseen scenarios, a linear reading of the domain from the embedding
    is right for 20 % instead of 38 %, and of the benefit has r = 0.42 instead of 0.50).
    """
    held = [set(text_stems(_document(corpus, code))) for code in corpus.seen]
    counts = Counter(stem for stems_of_one in held for stem in stems_of_one)
    vocabulary = sorted(stem for stem, count in counts.items() if count >= 2)
    shares = np.array([counts[stem] for stem in vocabulary], np.float32)
    rarity = np.log((len(held) + 1.0) / (shares + 1.0)).astype(np.float32)
    documents = np.array([[stem in one for stem in vocabulary] for one in held]) * rarity
    documents = documents / np.maximum(np.linalg.norm(documents, axis=1, keepdims=True), 1e-6)
    _, _, directions = np.linalg.svd(documents.astype(np.float64), full_matrices=False)
    directions = directions[:DIMENSIONS].T
    heaviest = np.argmax(np.abs(directions), axis=0)
    directions = directions * np.sign(directions[heaviest, np.arange(DIMENSIONS)])
    arrays: Arrays = {
        "embedding_stems": np.array(vocabulary),
        "embedding_rarity": rarity,
        "embedding_directions": directions.astype(np.float16),
        "embedding_centre": np.zeros(DIMENSIONS, np.float32),
        "embedding_scale": np.ones(DIMENSIONS, np.float32),
    }
    raw = _project_all(embedding_from(arrays), corpus)
    arrays["embedding_centre"] = raw[list(corpus.seen)].mean(axis=0)
    arrays["embedding_scale"] = raw[list(corpus.seen)].std(axis=0)
    arrays["situation_embeddings"] = (raw - arrays["embedding_centre"]) / arrays["embedding_scale"]
    return arrays


def _document(corpus: Corpus, code: int) -> str:
    scenario = corpus.scenarios[code]
    messages = (m.words for m in corpus.messages([code]))
    return " ".join((scenario.situation, scenario.deed, *messages))


def _project_all(embedding: Embedding, corpus: Corpus) -> NDArray[np.float32]:
    return np.stack([embedding.project(s.situation) for s in corpus.scenarios])


def fit() -> Arrays:
    """All parameters by name, as `reader.npz` holds them."""
    corpus = Corpus.load()
    index = TopicIndex.of(corpus.scenarios, corpus.seen)
    return {
        **fit_facets(corpus.messages(corpus.seen)),
        **fit_soundness(corpus),
        **fit_topic(corpus, index),
        **fit_embedding(corpus),
    }


def report(reader: Reader, corpus: Corpus) -> dict[str, Any]:
    """Every figure of how well the reader reads, as `docs/calibration/language.json` holds it."""
    unseen = corpus.messages(corpus.unseen)
    splits = load_splits()
    outside = set(splits.validation)
    replies = [j.words for j in load_judgments() if j.persona in outside]
    return {
        "measured_on": {
            "unseen_scenarios": len(corpus.unseen),
            "unseen_messages": len(unseen),
            "validation_replies": sum(len(r.split()) >= _REPLY_WORDS for r in replies),
        },
        "accuracy": facet_accuracy(reader, unseen),
        "topic": topic_errors(reader, unseen, corpus.scenarios),
        "soundness": {
            **soundness_errors(reader, unseen, corpus.scenarios),
            "rejected_validation_replies": prose_rejected(
                reader, (r for r in replies if len(r.split()) >= _REPLY_WORDS)
            ),
        },
        "paraphrases": paraphrase_figures(reader, load_paraphrases(corpus.scenarios)),
        "accuracy_seen": facet_accuracy(reader, corpus.messages(corpus.seen)),
        "cheats": cheat_acceptance(reader),
        "copies": copy_acceptance(reader, corpus.scenarios),
    }


def save(arrays: Arrays, path: Path) -> None:
    """Write `arrays` as an archive that is byte for byte the same for the same arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980: numpy would write today's date
            entry.compress_type = zipfile.ZIP_DEFLATED
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=False)
            archive.writestr(entry, buffer.getvalue())


def main() -> None:
    """Fit, write the parameters and the report, and print the report."""
    arrays = fit()
    save(arrays, PARAMETERS_PATH)
    figures = report(reader_from(arrays), Corpus.load())
    REPORT_PATH.parent.mkdir(parents=True, exist_ok=True)
    REPORT_PATH.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"{PARAMETERS_PATH.name}: {PARAMETERS_PATH.stat().st_size / 1000:.0f} kB")
    for title, values in figures.items():
        print(f"\n{title}")
        for name, value in values.items():
            print(f"  {name:32} {value}")


if __name__ == "__main__":
    main()
