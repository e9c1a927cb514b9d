"""The situations that were written for training: their form, and that none gives a test away."""

import re

import numpy as np
import pytest

from proactive_agents.lm.situations import PATH, training_situations, training_table
from proactive_gym.data.records import load_splits
from proactive_gym.language.topic import text_stems
from proactive_gym.vocabulary import AUTONOMY, DOMAINS, TONES, VERBOSITY
from proactive_gym.world import load_scenarios

NEAREST = 0.34
"""Cosine of TF-IDF vectors from which two situations count as close."""
CONTRACTION = re.compile(
    r"n['\u2019]t\b|\w['\u2019](?:re|ve|ll|d|m)\b|\b(?:gonna|wanna|gotta)\b"
    r"|\b(?:it|that|this|here|there|what|who|where|when|how|he|she|let)['\u2019]s\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def own():
    return load_scenarios(PATH)


def messages(scenario) -> dict[tuple[str, str, str], str]:
    return {
        (a, v, t): scenario.message(a, v, t) for a in AUTONOMY for v in VERBOSITY for t in TONES
    }


def cosines(first: list[str], second: list[str]) -> np.ndarray:
    """Of the TF-IDF vectors of every pair of texts; rarity is that among all of them."""
    stems = [set(text_stems(text)) for text in [*first, *second]]
    rows = {stem: row for row, stem in enumerate(sorted(set().union(*stems)))}
    held = np.zeros((len(stems), len(rows)))
    for text, own in enumerate(stems):
        held[text, [rows[stem] for stem in own]] = 1
    vectors = held * np.log(len(stems) / held.sum(axis=0))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[: len(first)] @ vectors[len(first) :].T


def test_there_are_many_in_every_domain(own) -> None:
    assert len(own) >= 800
    counts = [sum(s.domain == domain for s in own) for domain in DOMAINS]
    assert min(counts) >= 40


def test_none_has_the_id_or_the_words_of_a_packaged_scenario(own) -> None:
    packaged = load_scenarios()
    for name in ("id", "situation"):
        values = [getattr(s, name) for s in own]
        assert len(set(values)) == len(values)
        assert set(values).isdisjoint(getattr(s, name) for s in packaged)
    said = {m for s in packaged for m in messages(s).values()}
    assert said.isdisjoint(m for s in own for m in messages(s).values())


def test_each_has_sixteen_messages(own) -> None:
    for s in own:
        found = messages(s)
        assert len(set(found.values())) == 16, s.id
        for message in found.values():
            assert message == " ".join(message.split()), s.id
            assert message, s.id


def test_messages_have_the_length_that_they_stand_for(own) -> None:
    for s in own:
        for (_, verbosity, _), message in messages(s).items():
            count = len(message.split())
            assert count <= 12 if verbosity == "brief" else 23 <= count <= 39, (s.id, message)


def test_formal_messages_have_no_contractions(own) -> None:
    for s in own:
        for (_, _, tone), message in messages(s).items():
            assert tone == "casual" or not CONTRACTION.search(message), (s.id, message)


def test_contractions_are_found() -> None:
    for text in ("It's late.", "You don't.", "We\u2019ll see.", "I'd go", "Let's go"):
        assert CONTRACTION.search(text)
    for text in ("Tomorrow's bus", "the users' lists", "your mother\u2019s card"):
        assert not CONTRACTION.search(text)
    casual = [m for s in load_scenarios(PATH) for m in s.messages[0][1]]
    assert sum(bool(CONTRACTION.search(m)) for m in casual) > len(casual) / 5


def test_none_is_close_to_one_that_is_kept_back(own) -> None:
    """Rarity is that among all situations, packaged ones first."""
    packaged, kept_back = load_scenarios(), set(load_splits().scenarios_unseen)
    near = cosines([s.situation for s in packaged], [s.situation for s in own])
    back = np.array([s.id in kept_back for s in packaged])
    assert back.any()
    closest = np.unravel_index((near * back[:, None]).argmax(), near.shape)
    assert near[closest] < NEAREST, (packaged[closest[0]].id, own[closest[1]].id)


def test_closeness_is_noticed() -> None:
    texts = [s.situation for s in load_scenarios()]
    again = texts[3].replace("The user's", "A user's")
    near = cosines(texts, [again, texts[5]])
    assert near[3, 0] > 0.9
    assert near[5, 1] == pytest.approx(1)


def test_training_knows_all_but_the_scenarios_that_are_kept_back(own) -> None:
    splits, situations = load_splits(), training_situations()
    ids = [s.id for s in situations]
    assert set(ids).isdisjoint(splits.scenarios_unseen)
    assert set(ids) == {*splits.scenarios_seen, *(s.id for s in own)}
    assert len(set(ids)) == len(ids)
    assert situations[len(splits.scenarios_seen) :] == own


def test_the_table_is_that_of_the_situations() -> None:
    situations, table = training_situations(), training_table()
    assert len(table) == len(situations)
    assert table.seen.all()
    assert [DOMAINS[d] for d in table.domain] == [s.domain for s in situations]
    assert table.benefit.tolist() == [s.benefit for s in situations]
    assert training_table() is table
