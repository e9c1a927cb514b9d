from math import log

import numpy as np
import pytest

from proactive_gym.language.ngrams import NgramModel
from proactive_gym.language.parameters import pack_ngrams, unpack_ngrams


def test_gains_by_hand() -> None:
    model = NgramModel.fit(["ab", "ab", "ac"], order=2, least=1)
    alone = (2 + 0.5) / (6 + 0.5 * 4)  # b was seen twice among six items of three kinds
    after_a = (2 + 4.0 * alone) / (3 + 4.0)
    assert model.gains("ab").tolist() == pytest.approx([log(after_a) - log(alone)])


def test_order_matters() -> None:
    model = NgramModel.fit(["the cat sat on the mat"] * 5)
    assert model.gains("the cat").sum() > model.gains("tac eht").sum()


def test_short_and_unknown_sequences() -> None:
    model = NgramModel.fit(["abab"] * 3)
    assert model.gains("").shape == (0,)
    assert model.gains("a").shape == (0,)
    assert np.all(np.isfinite(model.gains("xyz")))


def test_rare_longest_runs_are_forgotten() -> None:
    model = NgramModel.fit(["abc", "abd", "abc"], order=3, least=2)
    assert len(model.runs[2]) == 1
    assert len(model.runs[1]) == 3


def test_packing_keeps_the_model() -> None:
    model = NgramModel.fit(["hello there", "hello you"])
    again = unpack_ngrams("x", pack_ngrams("x", model))
    assert again.symbols == model.symbols
    assert again.gains("hello you").tolist() == model.gains("hello you").tolist()
