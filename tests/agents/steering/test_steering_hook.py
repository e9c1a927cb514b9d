"""Steering any causal language model while it runs."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from proactive_agents.steering.hook import Handle, steered
from proactive_gym.errors import InvalidOptionError

WIDTH = 32
SIZES = {
    "vocab_size": 60,
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 64,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": 0,
}
GPT2_SIZES = {"vocab_size": 60, "n_embd": WIDTH, "n_layer": 3, "n_head": 4, "n_positions": 64}
GPT2_SIZES |= {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
MODELS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SIZES)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2_SIZES)),
    "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**SIZES, head_dim=8)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**SIZES, head_dim=8)),
    "phi": lambda: PhiForCausalLM(PhiConfig(**SIZES)),
}
ROWS, PROMPT = 3, 8
COLUMNS = torch.tensor([[5, 7, 8, 10], [7, 8, 9, 11], [6, 6, 9, 40]])
"""Where the parts begin: one of the last row is empty, one never begins."""


def drawn(*shape: int, seed: int = 0, size: float = 2.0) -> torch.Tensor:
    return size * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


ADDED = drawn(ROWS, 4, WIDTH)
IDS = torch.randint(1, 60, (ROWS, 12), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", params=MODELS)
def model(request, randomised):
    torch.manual_seed(0)
    return randomised(MODELS[request.param]())


def layers(model) -> torch.nn.ModuleList:
    return model.transformer.h if hasattr(model, "transformer") else model.model.layers


@torch.inference_mode()
def run(model, ids, **options):
    """Logits (n, T, words) and the cache."""
    out = model(input_ids=ids, use_cache=True, **options)
    return out.logits, out.past_key_values


@torch.inference_mode()
def spoken(model, ids, mask=None, steps: int = 6):
    mask = torch.ones_like(ids) if mask is None else mask
    return model.generate(
        input_ids=ids, attention_mask=mask, max_new_tokens=steps, do_sample=False, pad_token_id=0
    )


def same_bits(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Unlike `torch.equal`, this tells -0.0 from 0.0."""
    return torch.equal(first.view(torch.int32), second.view(torch.int32))


def same_cache(first, second, length: int) -> bool:
    pairs = zip(first.layers, second.layers, strict=True)
    return all(
        same_bits(getattr(a, side)[:, :, :length], getattr(b, side)[:, :, :length])
        for a, b in pairs
        for side in ("keys", "values")
    )


# ------------------------------------------------------------------ what is added


class Echo(torch.nn.Module):
    """Returns what it is given; in a tuple, with more behind it, if it is told to."""

    def __init__(self, tupled: bool = False, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1, dtype=dtype))
        self.tupled = tupled

    def forward(self, hidden):
        return (hidden, "more") if self.tupled else hidden


@st.composite
def passes(draw):
    """Columns (n, parts), a length, and where the sequence is cut into passes."""
    rows, parts, length = (draw(st.integers(1, most)) for most in (3, 4, 9))
    column = st.lists(st.integers(0, 11), min_size=parts, max_size=parts).map(sorted)
    columns = draw(st.lists(column, min_size=rows, max_size=rows))
    cuts = draw(st.sets(st.integers(1, length - 1))) if length > 1 else set()
    return torch.tensor(columns), length, [0, *sorted(cuts), length]


@given(passes(), st.booleans())
def test_each_part_is_added_from_its_column_until_the_next_however_it_is_fed(given_passes, tupled):
    columns, length, cuts = given_passes
    rows, parts = columns.shape
    hidden, added = drawn(rows, length, 5), drawn(rows, parts, 5, seed=1)
    expected = hidden.clone()
    for row in range(rows):
        for at in range(length):
            begun = [p for p in range(parts) if columns[row, p] <= at]
            if begun:
                expected[row, at] += added[row, begun[-1]]
    echo, found = Echo(tupled), []
    with steered(echo, added, columns) as handle:
        for start, end in pairwise(cuts):
            out = echo(hidden[:, start:end])
            assert not tupled or out[1] == "more"
            found.append(out[0] if tupled else out)
        assert handle.seen == length
    assert same_bits(torch.cat(found, dim=1), expected)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_zeros_leave_every_bit_negative_zeros_too(zero):
    hidden = drawn(2, 6, 4)
    hidden[:, ::2, ::2] = -0.0
    hidden[:, 1, 1] = 0.0
    added = torch.full((2, 1, 4), zero)
    columns = torch.zeros(2, 1, dtype=torch.long)
    echo = Echo()
    with steered(echo, added, columns):
        assert same_bits(echo(hidden), hidden)
    added[:, :, 3] = 1.0
    with steered(echo, added, columns):
        moved = echo(hidden)
    assert same_bits(moved[..., :3].contiguous(), hidden[..., :3].contiguous())
    assert (moved[..., 3] != hidden[..., 3]).all()


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_model_that_is_steered_by_nothing_is_the_plain_model(model, zero):
    plain, cache = run(model, IDS)
    reply = spoken(model, IDS)
    for layer in layers(model):
        with steered(layer, torch.full_like(ADDED, zero), COLUMNS):
            found, own = run(model, IDS)
        assert same_bits(found, plain)
        assert same_cache(own, cache, IDS.shape[1])
        with steered(layer, torch.full_like(ADDED, zero), COLUMNS):
            assert torch.equal(spoken(model, IDS), reply)


def test_every_row_is_steered_by_its_own_additions_alone(model):
    plain, _ = run(model, IDS)
    for layer in layers(model):
        with steered(layer, ADDED, COLUMNS):
            together, _ = run(model, IDS)
        for row in range(ROWS):
            own = slice(row, row + 1)
            with steered(layer, ADDED[own], COLUMNS[own]):
                alone, _ = run(model, IDS[own])
            torch.testing.assert_close(together[own], alone, rtol=1e-4, atol=1e-5)
            start = int(COLUMNS[row, 0])
            assert (alone[0, start:] - plain[row, start:]).abs().max() > 0.01


def test_the_last_layers_additions_reach_the_logits_through_norm_and_head_alone(model):
    """An independent way: what leaves the last layer, moved by hand, through what follows."""
    kept = []
    layer, base = layers(model)[-1], model.base_model
    norm = base.ln_f if hasattr(base, "ln_f") else getattr(base, "norm", None)
    norm = base.final_layernorm if norm is None else norm
    handle = norm.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
    run(model, IDS)
    handle.remove()
    hidden = kept[0].clone()
    for row in range(ROWS):
        for at in range(IDS.shape[1]):
            part = int((COLUMNS[row] <= at).sum()) - 1
            if part >= 0:
                hidden[row, at] += ADDED[row, part]
    with torch.inference_mode():
        expected = model.get_output_embeddings()(norm(hidden))
    cap = getattr(model.config, "final_logit_softcapping", None)
    expected = cap * torch.tanh(expected / cap) if cap else expected
    with steered(layer, ADDED, COLUMNS):
        found, _ = run(model, IDS)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


# ------------------------------------------------------------------ the past stays clean


def test_nothing_before_the_first_column_changes(model):
    plain, cache = run(model, IDS)
    first = int(COLUMNS.min())
    for layer in layers(model):
        with steered(layer, ADDED, COLUMNS):
            found, own = run(model, IDS)
        for row in range(ROWS):
            begins = int(COLUMNS[row, 0])
            assert same_bits(found[row, :begins], plain[row, :begins])
        assert same_cache(own, cache, first)
    # Above the layer, what follows is steered: the cache must be cropped before the next turn.
    with steered(layers(model)[0], ADDED, COLUMNS):
        _, own = run(model, IDS)
    assert not same_cache(own, cache, IDS.shape[1])


def test_after_the_reply_is_cropped_the_plain_model_goes_on(model):
    turn, length = IDS[:, PROMPT:], PROMPT
    _, clean = run(model, IDS[:, :length])
    expected, _ = run(model, turn, past_key_values=clean)
    # In the last layer the prompt stays clean even where its last tokens are steered; in others
    # the first part begins with the reply.
    for layer, columns in ((-1, COLUMNS), (0, COLUMNS + 3)):
        with steered(layers(model)[layer], ADDED, columns):
            _, cache = run(model, IDS[:, :length])
            run(model, turn, past_key_values=cache)
        cache.crop(-turn.shape[1])
        found, _ = run(model, turn, past_key_values=cache)
        assert same_bits(found, expected)


def test_a_reply_that_is_generated_with_a_cache_is_the_one_without(model):
    columns = torch.tensor([[PROMPT - 1, PROMPT, PROMPT + 2, PROMPT + 3]]).expand(ROWS, -1)
    prompt, plain = IDS[:, :PROMPT], spoken(model, IDS[:, :PROMPT])
    for layer in (layers(model)[-1], layers(model)[1]):
        with steered(layer, ADDED, columns):
            found = spoken(model, prompt)
        ids = prompt
        for _ in range(6):
            with steered(layer, ADDED, columns), torch.inference_mode():
                whole = model(input_ids=ids, use_cache=False).logits
            ids = torch.cat([ids, whole[:, -1:].argmax(dim=2)], dim=1)
        assert torch.equal(found, ids)
        assert not torch.equal(found, plain)
        cache, steps = None, []
        with steered(layer, ADDED, columns):
            for start, end in [(0, PROMPT), *((i, i + 1) for i in range(PROMPT, ids.shape[1] - 1))]:
                given_cache = {"past_key_values": cache} if cache else {}
                logits, cache = run(model, ids[:, start:end], **given_cache)
                steps.append(logits)
        torch.testing.assert_close(torch.cat(steps, dim=1), whole, rtol=1e-4, atol=1e-4)


def test_columns_count_the_padding(model):
    """A short prompt, padded on the left, speaks as it does alone."""
    short, added = IDS[:1, :PROMPT], ADDED[:1]
    columns = torch.tensor([[PROMPT - 2, PROMPT, PROMPT + 1, PROMPT + 3]])
    layer = layers(model)[-1]
    with steered(layer, added, columns):
        alone = spoken(model, short)
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), short], dim=1)
    mask = torch.tensor([[0] * 3 + [1] * PROMPT])
    both = torch.cat([padded, IDS[1:2, : PROMPT + 3]])
    with steered(layer, torch.cat([added, ADDED[1:2]]), torch.cat([columns + 3, columns + 5])):
        found = spoken(model, both, torch.cat([mask, torch.ones_like(mask)]))
    assert torch.equal(found[0, 3:], alone[0])


# ------------------------------------------------------------------ taking it off


def test_the_block_leaves_no_trace(model):
    plain, _ = run(model, IDS)
    layer = layers(model)[1]
    with steered(layer, ADDED, COLUMNS):
        moved, _ = run(model, IDS)
    assert not same_bits(moved, plain)
    assert same_bits(run(model, IDS)[0], plain)
    with pytest.raises(IndexError), steered(layer, ADDED, COLUMNS):
        run(model, IDS + 1000)
    assert same_bits(run(model, IDS)[0], plain)
    assert not layer._forward_hooks


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_hooks_come_off_in_any_order_and_twice(model, order):
    layer = layers(model)[-1]
    several = [drawn(ROWS, 4, WIDTH, seed=seed) for seed in range(3)]
    plain, _ = run(model, IDS)
    expected = []
    for gone in (1, 2):
        with steered(layer, sum(several[i] for i in order[gone:]), COLUMNS):
            expected.append(run(model, IDS)[0])
    handles = [Handle(layer, added, COLUMNS) for added in several]
    for gone, without in zip(order, [*expected, plain], strict=True):
        handles[gone].remove()
        handles[gone].remove()
        for handle in handles:
            handle.seen = 0
        torch.testing.assert_close(run(model, IDS)[0], without, rtol=1e-4, atol=1e-5)
    assert same_bits(run(model, IDS)[0], plain)


def test_nested_blocks_add_up_and_end_one_by_one(model):
    low, high = layers(model)[0], layers(model)[-1]
    with steered(low, ADDED, COLUMNS):
        expected, _ = run(model, IDS)
    with steered(low, ADDED, COLUMNS) as outer:
        with steered(high, ADDED, COLUMNS) as inner:
            both, _ = run(model, IDS)
            inner.remove()
        outer.seen = 0
        found, _ = run(model, IDS)
    assert same_bits(found, expected)
    assert not torch.allclose(both, expected)


# ------------------------------------------------------------------ what is refused


def refused(layer, added, columns, words: str) -> None:
    with pytest.raises(InvalidOptionError, match=words), steered(layer, added, columns):
        pytest.fail("the block was entered")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_refused(model, value):
    plain, _ = run(model, IDS)
    added = ADDED.clone()
    added[1, 2, 3] = value
    refused(layers(model)[1], added, COLUMNS, "finite")
    assert same_bits(run(model, IDS)[0], plain)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_numbers_that_the_layer_cannot_hold_are_refused(dtype):
    added = torch.full((1, 1, 4), 1e5 if dtype == torch.float16 else 1e300, dtype=torch.float64)
    columns = torch.zeros(1, 1, dtype=torch.long)
    refused(Echo(dtype=dtype), added, columns, "finite")


@pytest.mark.parametrize(
    ("added", "columns"),
    [
        (ADDED[:, 0], COLUMNS[:, 0]),
        (ADDED, COLUMNS[:, :3]),
        (ADDED, COLUMNS[:2]),
        (ADDED[:, :0], COLUMNS[:, :0]),
        (ADDED[None], COLUMNS),
    ],
    ids=["no parts", "fewer columns", "fewer rows", "none", "more"],
)
def test_shapes_that_do_not_go_together_are_refused(model, added, columns):
    plain, _ = run(model, IDS)
    refused(layers(model)[1], added, columns, "must be")
    assert same_bits(run(model, IDS)[0], plain)


@pytest.mark.parametrize(
    ("rows", "width", "words"),
    [(2, WIDTH, "2 rows have"), (1, WIDTH, "1 rows have"), (3, 1, "width 1"), (3, 31, "width 31")],
)
def test_another_batch_or_width_is_refused_and_leaves_the_model_plain(model, rows, width, words):
    plain, _ = run(model, IDS)
    layer = layers(model)[-1]
    with (
        pytest.raises(InvalidOptionError, match=words),
        steered(layer, ADDED[:rows, :, :width], COLUMNS[:rows]),
    ):
        run(model, IDS)
    assert same_bits(run(model, IDS)[0], plain)
