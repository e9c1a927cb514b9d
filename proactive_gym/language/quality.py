"""How well a reader reads: accuracies, wrong rejections and wrong acceptances.

Pure measurement on the packaged scenarios, used by the fitting code's report and by the tests.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from proactive_gym.data.records import Row, read_jsonl
from proactive_gym.language.cheats import CHEAT_TEXTS
from proactive_gym.language.corruptions import CORRUPTIONS, Source
from proactive_gym.language.reader import Reader
from proactive_gym.language.topic import text_stems
from proactive_gym.vocabulary import AUTONOMY
from proactive_gym.world.scenarios import Scenario

Figures = dict[str, float]

COPIES: dict[str, Callable[[Scenario], str]] = {
    "situation": lambda s: s.situation,
    "situation_announced": lambda s: f"I noticed this: {s.situation}",
    "situation_to_your": lambda s: s.situation.replace("The user's", "Your"),
    "shall_i_deed": lambda s: f"Shall I {s.deed}?",
    "situation_and_deed": lambda s: COPIES["situation_to_your"](s) + f" Shall I {s.deed}?",
}
"""Texts made of the prompt without understanding it. The first two speak of "the user" and are
refused; the others are fair, if wooden, ways to notify and to ask, and are meant to pass."""


class Paraphrase(NamedTuple):
    """Words about an unseen scenario, written without looking at its messages."""

    scenario: int
    autonomy: int
    words: str


class Message(NamedTuple):
    """One written message and the way of speaking it was written for (codes)."""

    scenario: int
    autonomy: int
    verbosity: int
    tone: int
    words: str


def written_messages(scenarios: Sequence[Scenario], codes: Iterable[int]) -> list[Message]:
    """The 16 messages of each of the scenarios with these codes."""
    return [
        Message(code, a, v, t, words)
        for code in codes
        for a, by_length in enumerate(scenarios[code].messages)
        for v, by_tone in enumerate(by_length)
        for t, words in enumerate(by_tone)
    ]


def load_paraphrases(scenarios: Sequence[Scenario]) -> tuple[Paraphrase, ...]:
    """The packaged paraphrases; nothing was fitted on them.

    Raises:
        DataError: A line is broken, or names an unknown scenario.
    """
    codes = {s.id: code for code, s in enumerate(scenarios)}

    def parse(row: Row) -> Paraphrase:
        scenario = codes[row.choice("scenario", tuple(codes))]
        autonomy = AUTONOMY.index(row.choice("autonomy", AUTONOMY))
        return Paraphrase(scenario, autonomy, row.text("words"))

    return read_jsonl(Path(__file__).parent / "paraphrases.jsonl", parse)


def paraphrase_figures(reader: Reader, paraphrases: Sequence[Paraphrase]) -> Figures:
    """How paraphrases fare: on the topic, sound, both, and autonomy as meant."""
    pairs = [(reader.read(p.words, p.scenario), p) for p in paraphrases]
    return {
        "on_topic": _share(r.on_topic for r, _ in pairs),
        "sound": _share(r.sound for r, _ in pairs),
        "acceptable": _share(r.acceptable for r, _ in pairs),
        "autonomy": _share(r.autonomy == p.autonomy for r, p in pairs),
    }


def source_of(message: Message, scenarios: Sequence[Scenario], pool: Sequence[str]) -> Source:
    """What corruptions of a message may draw on."""
    siblings = [m.words for m in written_messages(scenarios, [message.scenario])]
    return Source(message.words, siblings, scenarios[message.scenario].situation, pool)


def facet_accuracy(reader: Reader, messages: Sequence[Message]) -> Figures:
    """Share of messages read as they were meant, by facet and for all three at once."""
    read = [reader.read(m.words, m.scenario) for m in messages]
    pairs = list(zip(read, messages, strict=True))
    return {
        "autonomy": _share(r.autonomy == m.autonomy for r, m in pairs),
        "verbosity": _share(r.verbosity == m.verbosity for r, m in pairs),
        "tone": _share(r.tone == m.tone for r, m in pairs),
        "all_three": _share(r[:3] == m[1:4] for r, m in pairs),
    }


def topic_errors(
    reader: Reader, messages: Sequence[Message], scenarios: Sequence[Scenario]
) -> Figures:
    """Own messages rejected, and messages accepted by other scenarios.

    `rejected_rewritten` hides the message's whole speech act from its scenario, which stands for
    somebody else's words about it. `rejected_verbatim` is the reader as shipped.
    """
    verbatim, rewritten, same, other = [], [], [], []
    domains = np.array([s.domain for s in scenarios])
    for message in messages:
        stems = text_stems(message.words)
        passed = reader.topic.scores(reader.index.features(stems)) >= reader.topic.threshold
        features = reader.index.features(stems, (message.scenario, message.autonomy))
        rewritten.append(reader.topic.scores(features)[message.scenario] < reader.topic.threshold)
        verbatim.append(not passed[message.scenario])
        alike = domains == domains[message.scenario]
        other.append(np.mean(passed[~alike]))
        alike[message.scenario] = False
        same.append(np.mean(passed[alike]))
    return {
        "rejected_verbatim": _share(verbatim),
        "rejected_rewritten": _share(rewritten),
        "accepted_by_same_domain": _share(same),
        "accepted_by_other_domains": _share(other),
    }


def soundness_errors(
    reader: Reader, messages: Sequence[Message], scenarios: Sequence[Scenario], seed: int = 1
) -> Figures:
    """True messages rejected, and corruptions accepted, by kind."""
    random = Random(seed)
    pool = [m.words for m in messages]
    sources = [source_of(m, scenarios, pool) for m in messages]
    rejected = _share(not _sound(reader, m.words) for m in messages)
    unfinished = _share(not _sound(reader, m.words.rstrip(".!?")) for m in messages)
    accepted = {
        f"accepted_{kind}": _share(_sound(reader, spoil(s, random)) for s in sources)
        for kind, spoil in CORRUPTIONS.items()
    }
    return {"rejected_true": rejected, "rejected_without_full_stop": unfinished, **accepted}


def prose_rejected(reader: Reader, texts: Iterable[str]) -> float:
    """Share of sound texts that are no assistant's messages and are rejected as unsound."""
    return _share(not _sound(reader, text) for text in texts)


def cheat_acceptance(reader: Reader) -> Figures:
    """Share of all scenarios for which each of `CHEAT_TEXTS` is on the topic and sound."""
    return {
        name: _share(reader.read(words, code).acceptable for code in range(reader.scenarios))
        for name, words in CHEAT_TEXTS.items()
    }


def copy_acceptance(reader: Reader, scenarios: Sequence[Scenario]) -> Figures:
    """Share of scenarios for which each of `COPIES` is on the topic and sound."""
    return {
        name: _share(reader.read(make(s), code).acceptable for code, s in enumerate(scenarios))
        for name, make in COPIES.items()
    }


def _sound(reader: Reader, words: str) -> bool:
    return reader.read(words, 0).sound


def _share(flags: Iterable[bool | np.floating]) -> float:
    """The mean, rounded so that the report is the same on every machine."""
    return round(float(np.mean(list(flags))), 4)
