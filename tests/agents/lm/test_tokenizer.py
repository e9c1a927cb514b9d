import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from proactive_agents.lm import prompt
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.tokenizer import END, PAD, train_tokenizer
from proactive_gym.vocabulary import DOMAINS


def encode(tokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False).input_ids


def back(tokenizer, text: str) -> str:
    return tokenizer.decode(encode(tokenizer, text))


def test_it_has_the_size_that_was_asked_for(tokenizer) -> None:
    assert len(tokenizer) == 1500
    assert max(tokenizer.get_vocab().values()) == 1499
    with_few_words = train_tokenizer(["a few words"], 1500)
    assert 256 + len(prompt.phrases()) < len(with_few_words) < 1500


def test_every_phrase_is_one_token_wherever_it_stands(tokenizer) -> None:
    phrases = prompt.phrases()
    ids = [encode(tokenizer, phrase) for phrase in phrases]
    assert {len(i) for i in ids} == {1}
    assert len({i[0] for i in ids}) == len(phrases)
    for phrase, own in zip(phrases, ids, strict=True):
        assert back(tokenizer, phrase) == phrase
        assert own[0] in encode(tokenizer, f"Words before{phrase} and after.")


def test_replies_and_markers_are_single_tokens_after_a_moment(tokenizer) -> None:
    text = f"work: A file.\nTue 14h, at a break,{prompt.MARKER} now, act, brief, formal: Done."
    pieces = [tokenizer.decode([i]) for i in encode(tokenizer, text)]
    assert pieces[0] == "work:"
    at = pieces.index(prompt.MARKER)
    assert pieces[at - 2 : at + 5] == [
        "\nTue 14h,",
        " at a break,",
        prompt.MARKER,
        " now,",
        " act,",
        " brief,",
        " formal:",
    ]


def test_situations_and_messages_come_back(tokenizer) -> None:
    """Also those that it was not trained on."""
    for s in training_situations()[::7]:
        texts = [m for act in s.messages for length in act for m in length]
        for text in [prompt.noticed(s.domain, s.situation), *texts]:
            assert back(tokenizer, text) == text


@given(st.text(), st.sampled_from(prompt.phrases()), st.sampled_from(DOMAINS))
def test_any_text_comes_back(tokenizer_of_one_word, text, phrase, domain) -> None:
    whole = f"{domain}: {text}{phrase} {text}"
    assert back(tokenizer_of_one_word, whole) == whole


@pytest.fixture(scope="module")
def tokenizer_of_one_word() -> PreTrainedTokenizerFast:
    """It has met nothing, so that it can rely on bytes alone."""
    return train_tokenizer(["word"], 1000)


def test_padding_and_end_are_special(tokenizer) -> None:
    assert (tokenizer.pad_token, tokenizer.eos_token) == (PAD, END)
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    ids = [*encode(tokenizer, " Done."), tokenizer.eos_token_id, tokenizer.pad_token_id]
    assert tokenizer.decode(ids, skip_special_tokens=True) == " Done."
    assert tokenizer.bos_token_id is None


def test_the_same_texts_make_the_same_tokenizer(tokenizer, seen_scenarios) -> None:
    texts = [s.situation for s in seen_scenarios]
    made = [train_tokenizer(texts, 1200).get_vocab() for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] != tokenizer.get_vocab()
