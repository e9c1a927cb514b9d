"""Logits and slopes in closed form, against the modules and their gradients."""

import pytest
import torch
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from proactive_agents.lm.head import Head
from proactive_gym.errors import CheckpointError

WIDTH, VOCABULARY = 24, 30
FIRST = [torch.tensor([3, 9, 12]), torch.tensor([1, 2, 4, 8]), torch.tensor([5, 6])]


def shaken(norm: torch.nn.Module) -> torch.nn.Module:
    for weight in norm.parameters():
        weight.data += 0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    return norm


NORMS = {
    "llama": lambda: shaken(LlamaRMSNorm(WIDTH, eps=1e-2)),
    "gemma": lambda: shaken(GemmaRMSNorm(WIDTH)),
    "layer norm": lambda: shaken(torch.nn.LayerNorm(WIDTH, eps=1e-2)),
    "torch": lambda: shaken(torch.nn.RMSNorm(WIDTH, eps=1e-5)),
}


@pytest.fixture(params=NORMS)
def norm(request) -> torch.nn.Module:
    return NORMS[request.param]()


@pytest.fixture
def drawn():
    noise = torch.Generator().manual_seed(2)
    return [
        torch.randn(*shape, generator=noise)
        for shape in ((VOCABULARY, WIDTH), (VOCABULARY,), (5, 3, WIDTH), (4, WIDTH))
    ]


def expected(norm, rows, bias, cap, states, part):
    logits = torch.nn.functional.linear(norm(states), rows, bias)
    return (cap * torch.tanh(logits / cap) if cap else logits)[..., FIRST[part]]


@pytest.mark.parametrize("cap", [0.0, 3.0])
@pytest.mark.parametrize("biased", [False, True])
def test_logits_are_the_modules(norm, drawn, cap, biased) -> None:
    rows, bias, states, _ = drawn
    bias = bias if biased else None
    head = Head(norm, rows, bias, FIRST, cap)
    for part in range(len(FIRST)):
        wanted = expected(norm, rows, bias, cap, states, part)
        torch.testing.assert_close(head.logits(states, part), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cap", [0.0, 3.0])
def test_slopes_are_the_gradients(norm, drawn, cap) -> None:
    rows, bias, states, directions = drawn
    head = Head(norm, rows, bias, FIRST, cap)
    for part in range(len(FIRST)):
        logits, slopes = head.sloped(states, part, directions)
        torch.testing.assert_close(logits, head.logits(states, part))
        assert slopes.shape == (5, 3, len(FIRST[part]), 4)
        for at in ((0, 0), (4, 2)):
            gradients = torch.autograd.functional.jacobian(
                lambda x, part=part: expected(norm, rows, bias, cap, x, part), states[at]
            )
            torch.testing.assert_close(slopes[at], gradients @ directions.T, rtol=1e-3, atol=1e-4)


def test_halves_are_read_in_single_precision(drawn) -> None:
    rows, _, states, _ = drawn
    head = Head(NORMS["llama"]().to(torch.bfloat16), rows.to(torch.bfloat16), None, FIRST, 0.0)
    assert head.logits(states.to(torch.bfloat16), 0).dtype == torch.float32


def test_a_norm_of_another_form_is_refused(drawn) -> None:
    with pytest.raises(CheckpointError, match=r"Softmax.*not known here: another model"):
        Head(torch.nn.Softmax(dim=-1), drawn[0], None, FIRST, 0.0)
