"""The fast way to people's worths, against whole forward passes of the steered model."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

from proactive_agents.lm import prompt
from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.tree import NODES, NODES_OF
from proactive_agents.lm.worth import SCALE, SPOKEN, behaviours
from proactive_agents.steering.dimensions import DIMENSIONS, PART, TIMING, gates
from proactive_agents.steering.hook import steered
from proactive_agents.steering.rating import Rater
from proactive_gym.errors import CheckpointError
from proactive_gym.vocabulary import TIMINGS
from proactive_gym.world import load_scenarios

SIZE = len(DIMENSIONS)
NOW = TIMINGS.index("now")
FOREIGN = {
    "gemma2": lambda: Gemma2ForCausalLM(
        Gemma2Config(
            vocab_size=500,
            hidden_size=48,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            final_logit_softcapping=2.0,
        )
    ),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(vocab_size=500, n_embd=48, n_layer=2, n_head=4)),
}


@pytest.fixture(scope="module")
def foreign() -> PreTrainedTokenizerFast:
    """A tokenizer of another model: words of replies are several tokens long."""
    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet
    )
    texts = [s.situation for s in load_scenarios()[:20]]
    own.train_from_iterator(texts + [w for part in prompt.REPLY for w in part] * 50, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=own, bos_token="<s>", eos_token="</s>")


@pytest.fixture(scope="module", params=["embedded", *FOREIGN])
def model(request, tiny, foreign, randomised) -> LanguageModel:
    if request.param == "embedded":
        return tiny
    torch.manual_seed(1)
    return LanguageModel(randomised(FOREIGN[request.param]()), foreign)


@pytest.fixture(scope="module")
def shown(model, some_lives) -> list[Prompt]:
    """Prompts of three moments, of different lengths."""
    scenarios, rests = load_scenarios(), some_lives.moments.words()
    of, rests = [scenarios[i] for i in (0, 0, 5)], [rests[i] for i in (0, 40, 80)]
    if not model.trained_here:
        pairs = zip(of, rests, (20, 15, 30), strict=True)
        return [Prompt(s.situation[:9], f"{w[:most]}{prompt.MARKER}") for s, w, most in pairs]
    return [model.prompt(s.domain, s.situation, w) for s, w in zip(of, rests, strict=True)]


@pytest.fixture(scope="module")
def gate(some_lives) -> torch.Tensor:
    return torch.from_numpy(gates(some_lives.moments.take(np.array([0, 40, 80]))))


@pytest.fixture(scope="module")
def own_basis(random_basis, model):
    return random_basis(2, model.model.config.hidden_size, soft=0.1)


def coefficients(seed: int = 0, rows: int = 3, size: float = 1.0) -> torch.Tensor:
    return size * torch.randn(rows, SIZE, generator=torch.Generator().manual_seed(seed))


# ------------------------------------------------------------------ whole forward passes


def replies(model: LanguageModel, shown: Prompt) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The 33 replies as tokens, where the parts' words are rated, and the words' first tokens.

    Silence has one part: the columns of the others are beyond the end. How a held reply speaks is
    rated after "now", so that both are one text.
    """
    start = model.prompt_ids(shown)
    rows, columns, said = [[*start, *model.words[0][0]]], [[len(start) - 1]], [[]]
    for action in SPOKEN:
        read, ids, at = (NOW, *action[1:]), list(start), []
        for part, word in enumerate(read):
            at.append(len(ids) - 1)
            ids += model.words[part][word]
        assert ids == model.reply_ids(shown, read)
        rows.append(ids)
        columns.append(at)
        said.append([model.words[0][action[0]][0], *(ids[c + 1] for c in at[1:])])
    longest = max(map(len, rows))
    columns[0] += [longest + 1] * 3
    said[0] = [rows[0][len(start)]] * 4
    ids = torch.tensor([r + [0] * (longest - len(r)) for r in rows])
    return ids, torch.tensor(columns), torch.tensor(said)


@torch.inference_mode()
def brute(model: LanguageModel, basis, shown: Prompt, gate, coefficient) -> torch.Tensor:
    """Worths of the 33 replies to one person, (33,): the model reads each of them whole."""
    ids, columns, said = replies(model, shown)
    kept = []
    handle = model.layers[-1].register_forward_hook(
        lambda layer, given, out: kept.append(out[0] if isinstance(out, tuple) else out)
    )
    plain = model.model(input_ids=ids, use_cache=False).logits
    handle.remove()
    added = torch.zeros(len(ids), 4, kept[0].shape[2])
    for row in range(len(ids)):
        for part in range(4 if row else 1):
            activation = kept[0][row, columns[row, part]]
            unit = activation / activation.square().mean().sqrt()
            for k in np.flatnonzero(part == PART):
                strength = gate[k] * (1 + unit @ torch.from_numpy(basis.contexts[k]))
                direction = torch.from_numpy(basis.directions[k])
                added[row, part] += coefficient[k] * strength * direction
    with steered(model.layers[-1], added, columns):
        logits = model.model(input_ids=ids, use_cache=False).logits
    found = []
    for row in range(len(ids)):
        worth = 0.0
        for part in range(4 if row else 1):
            at = columns[row, part]
            worth += logits[row, at, said[row, part]]
            if part:
                worth -= plain[row, at, model.first[part]].logsumexp(dim=0)
        found.append(SCALE * worth)
    return torch.stack(found)


def test_the_fast_way_and_the_steered_model_rate_alike(model, own_basis, shown, gate) -> None:
    rater, states = Rater.of(model, own_basis), model.states(shown)
    best = set()
    for seed in range(3):
        own = coefficients(seed)
        found = rater(states, gate, own).worth
        assert found.shape == (3, 33)
        rows = zip(shown, gate, own, strict=True)
        expected = torch.stack([brute(model, own_basis, *row) for row in rows])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        assert torch.equal(found.argmax(dim=1), expected.argmax(dim=1))
        best |= set(expected.argmax(dim=1).tolist())
    assert len(best) > 1


def test_nobody_in_particular_is_rated_as_by_the_plain_model(model, own_basis, shown, gate) -> None:
    states = model.states(shown)
    rater = Rater.of(model, own_basis)
    plain = behaviours([model.head.logits(states[:, n], part) for part, n in enumerate(NODES_OF)])
    found = rater(states, gate, torch.zeros(3, SIZE)).worth
    torch.testing.assert_close(found, plain, rtol=1e-5, atol=1e-6)
    moved = rater(states, gate, coefficients()).worth
    assert (moved - plain).abs().max() > 0.1
    # A closed gate is no coefficient.
    shut = rater(states, torch.zeros_like(gate), coefficients()).worth
    torch.testing.assert_close(shut, plain, rtol=1e-5, atol=1e-6)


def test_a_dimension_moves_the_words_of_its_own_part_alone(tiny, basis) -> None:
    """Replies that share a part's words, and those before them, are moved alike by the part."""
    states = tiny.states([tiny.prompt("work", "Hello", "\nTue 14h,")])
    rater, gate = Rater.of(tiny, basis), torch.ones(1, SIZE)
    plain = rater(states, gate, torch.zeros(1, SIZE)).worth
    for part in range(4):
        own = torch.where(torch.from_numpy(part == PART), coefficients(rows=1), 0.0)
        change = (rater(states, gate, own).worth - plain)[0].numpy()
        assert (abs(change[0]) > 1e-3) == (part == TIMING)
        shared = SPOKEN[:, : part + 1]
        for words in np.unique(shared, axis=0):
            alike = change[1:][(shared == words).all(axis=1)]
            assert np.ptp(alike) < 1e-5
            assert abs(alike[0]) > 1e-5
        assert np.ptp(change[1:]) > 1e-3


# ------------------------------------------------------------------ slopes, batches


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_slopes_are_those_of_the_worths(model, own_basis, shown, gate, size) -> None:
    rater, states = Rater.of(model, own_basis), model.states(shown)
    own = coefficients(7, size=size)
    found, step = rater(states, gate, own).slope, 0.02
    assert found.shape == (3, 33, SIZE)
    expected = torch.zeros_like(found)
    for k in range(SIZE):
        moved = step * torch.eye(SIZE)[k]
        up, down = rater(states, gate, own + moved).worth, rater(states, gate, own - moved).worth
        expected[..., k] = (up - down) / (2 * step)
    assert (found - expected).abs().max() < 0.05 * expected.abs().max()
    # Silence has a timing, and nothing else.
    assert not found[:, 0, PART != TIMING].any()
    assert found[:, 0, PART == TIMING].any()


def test_what_is_rated_for_a_person_does_not_hang_on_the_others(model, own_basis, shown, gate):
    rater, states, own = Rater.of(model, own_basis), model.states(shown), coefficients(1)
    together = rater(states, gate, own)
    for row in range(3):
        at = slice(row, row + 1)
        alone = rater(states[at], gate[at], own[at])
        torch.testing.assert_close(alone.worth, together.worth[at], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(alone.slope, together.slope[at], rtol=1e-3, atol=1e-3)
    turned = rater(states.flip(0), gate.flip(0), own.flip(0)).worth.flip(0)
    torch.testing.assert_close(turned, together.worth, rtol=1e-5, atol=1e-5)


def test_silent_activations_do_not_divide_by_zero(tiny, basis) -> None:
    states, gate = torch.zeros(1, len(NODES), basis.directions.shape[1]), torch.ones(1, SIZE)
    rated = Rater.of(tiny, basis)(states, gate, coefficients(rows=1))
    assert torch.isfinite(rated.worth).all()
    assert torch.isfinite(rated.slope).all()


def test_a_basis_for_a_model_of_another_width_is_refused(model, random_basis) -> None:
    with pytest.raises(CheckpointError, match=r"width 40, .* train it again"):
        Rater.of(model, random_basis(width=40))
