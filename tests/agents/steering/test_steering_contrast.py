"""Contrastive directions, against whole forward passes of one text at a time."""

import copy

import numpy as np
import pytest
import torch

from proactive_agents.lm import prompt
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.tree import NODES, NODES_OF
from proactive_agents.steering.contrast import STATEMENTS, contrasts
from proactive_agents.steering.dimensions import DIMENSIONS, TONE
from proactive_gym.vocabulary import DOMAINS

NAMES = [d.name for d in DIMENSIONS]
SILENT = {"by benefit", "acting by stakes", "silence", "silence by benefit"}
"""Dimensions of which no statement speaks."""


@pytest.fixture(scope="module")
def few(lives, taken):
    """Two moments of each domain, at different hours, in all groups of activities."""
    of = [np.flatnonzero(lives.moments.domain == d) for d in range(len(DOMAINS))]
    chosen = taken(lives, np.concatenate([rows[[0, len(rows) // 2]] for rows in of]))
    assert all((d.gate(chosen.moments) > 0).any() for d in DIMENSIONS)
    return chosen


def words_of(model: LanguageModel, said: str) -> int:
    """The one token of a phrase of a profile."""
    (token,) = model.tokenizer(said, add_special_tokens=False).input_ids
    return token


@pytest.fixture(scope="module")
def alike(tiny) -> LanguageModel:
    """A model to which "casual tone: no" and "casual tone: yes" are the same word."""
    own = LanguageModel(copy.deepcopy(tiny.model), tiny.tokenizer)
    yes, no = (words_of(own, f" casual tone: {level};") for level in ("yes", "no"))
    table = own.model.get_input_embeddings().weight.data
    table[yes] = table[no]
    return own


@pytest.fixture(scope="module")
def shifted(alike) -> LanguageModel:
    """The same, but somebody who says no has been moved by hand."""
    own = LanguageModel(copy.deepcopy(alike.model), alike.tokenizer)
    no = words_of(own, " casual tone: no;")
    noise = torch.Generator().manual_seed(3)
    table = own.model.get_input_embeddings().weight.data
    table[no] += 0.7 * torch.randn(table.shape[1], generator=noise)
    return own


@pytest.fixture(scope="module")
def directions(alike, shifted, few):
    """Of the model before and after the shift."""
    return [contrasts(m, few, training_situations(), moments=1000) for m in (alike, shifted)]


@torch.inference_mode()
def read(model: LanguageModel, few, told: str, part: int, rows) -> torch.Tensor:
    """Mean activation before the part's words, (width,): every text is read whole."""
    found, situations = [], training_situations()
    handle = model.layers[-1].register_forward_hook(
        lambda layer, given, out: found.append(out[:, -1].mean(dim=0))
    )
    for row in rows:
        met = situations[few.situation[row]]
        text = prompt.noticed(met.domain, met.situation)
        text += few.moments.take(np.array([row])).words()[0] + told + prompt.MARKER
        said = [
            "".join(prompt.REPLY[i][word] for i, word in enumerate(NODES[node].words))
            for node in NODES_OF[part]
        ]
        # Each word of a reply is one token, so that all ways to begin it are of one length.
        ids = model.tokenizer([text + reply for reply in said], add_special_tokens=False).input_ids
        model.model(input_ids=torch.tensor(ids), use_cache=False)
    handle.remove()
    return torch.stack(found).mean(dim=0)


def test_statements_are_what_a_profile_can_hold() -> None:
    assert set(STATEMENTS) <= set(NAMES)
    assert set(NAMES) - set(STATEMENTS) == SILENT
    for statements in STATEMENTS.values():
        assert statements
        for name, answer in statements:
            assert name in prompt.STATED
            assert answer in (1, 7)


def test_a_direction_is_what_the_statement_changes(alike, shifted, few, directions) -> None:
    """Where the phrases were one word, the direction of formality is what the shift does."""
    k = NAMES.index("formality")
    before, after = directions
    np.testing.assert_allclose(before[k], 0, atol=1e-6)
    told = prompt.profile({"C3": 1})
    rows = range(len(few))
    change = read(shifted, few, told, TONE, rows) - read(alike, few, told, TONE, rows)
    assert change.norm() > 0.05
    np.testing.assert_allclose(after[k], change.numpy(), atol=1e-4)
    cosine = torch.cosine_similarity(change, torch.from_numpy(after[k]), dim=0)
    assert cosine > 0.9999
    others = [name for name in NAMES if name != "formality"]
    at = [NAMES.index(name) for name in others]
    np.testing.assert_allclose(after[at], before[at], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "high", "low"),
    [
        ("now at move", {"T4": 7}, {"T4": 1}),
        ("acting on money", {"A4": 7}, {"A4": 1}),
        ("acting on health", {"A6": 7}, {"A6": 1}),
        ("domain safety", {"safety": 7}, {"safety": 1}),
    ],
)
def test_it_is_the_mean_difference_in_open_moments(shifted, few, directions, name, high, low):
    """From low to high, at the part's own words, in moments in which the dimension acts."""
    k = NAMES.index(name)
    part, gate = DIMENSIONS[k].part, DIMENSIONS[k].gate(few.moments)
    rows = np.flatnonzero(gate > 0)
    assert 0 < len(rows) < len(few)
    yes, no = (read(shifted, few, prompt.profile(said), part, rows) for said in (high, low))
    np.testing.assert_allclose(directions[1][k], (yes - no).numpy(), atol=1e-4)
    assert (yes - no).abs().max() > 0.01


def test_several_statements_are_told_together_each_with_its_own_answer(shifted, few, directions):
    k = NAMES.index("acting")
    part, rows = DIMENSIONS[k].part, range(len(few))
    yes, no = (
        read(shifted, few, prompt.profile(said), part, rows)
        for said in ({"A1": 7, "A7": 1}, {"A1": 1, "A7": 7})
    )
    np.testing.assert_allclose(directions[1][k], (yes - no).numpy(), atol=1e-4)


def test_a_seed_chooses_the_moments(shifted, few, directions) -> None:
    def of(seed: int) -> np.ndarray:
        return contrasts(shifted, few, training_situations(), moments=1, seed=seed)

    first = of(0)
    np.testing.assert_array_equal(first, of(0))
    assert not np.allclose(first, of(1), atol=1e-3)
    assert not np.allclose(first, directions[1], atol=1e-3)


def test_dimensions_without_statements_have_no_direction(directions) -> None:
    for name, row in zip(NAMES, directions[1], strict=True):
        assert row.any() == (name not in SILENT), name
    assert directions[1].dtype == np.float32
