"""The lean pass reads what transformers reads."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from proactive_agents.lm import llama
from proactive_agents.lm.agent import LanguageAgent, prompts_of
from proactive_agents.lm.llama import LlamaReader, reader_of
from proactive_agents.lm.memory import embedded_memory
from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.prompt import MARKER
from proactive_gym.envs.reading import Seen


class Plain:
    """A memory that remembers nothing and reads by transformers."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def __call__(self, prompts):
        return self.model.states(prompts)


@pytest.fixture(scope="module")
def observations():
    """Boxes of 300 people's first moments."""
    import gymnasium as gym

    import proactive_gym  # noqa: F401

    env = gym.make_vec("ProactiveAssist-v0", num_envs=300, people="population")
    return env.reset(seed=5)[0]


@pytest.fixture(params=["tiny", "population"])
def model(request, tiny) -> LanguageModel:
    return tiny if request.param == "tiny" else embedded_memory("population").model


def prompts_in(observations, model) -> list[Prompt]:
    seen = Seen.of(observations)
    return prompts_of(model, moments_of(seen), situations_of(observations))


def test_states_are_those_of_transformers(model, observations) -> None:
    prompts = prompts_in(observations, model)[:100]
    found, expected = reader_of(model)(prompts), model.states(prompts)
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
    # People's moments differ by far more than that.
    assert (expected[0] - expected[1]).abs().max() > 0.1


def test_prompts_of_any_length_are_read_together(tiny) -> None:
    """Of other lengths, in another order, more than are read at a time."""
    rests = [f"\nTue 14h,{' alone,' * (i % 5)}{MARKER}" for i in range(70)]
    prompts = [Prompt("work: " + "A file. " * (i % 7), rest) for i, rest in enumerate(rests)]
    read = LlamaReader(tiny)
    found = read(prompts)
    for i in (0, 3, 68):
        torch.testing.assert_close(found[i], read([prompts[i]])[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(read(prompts[::-1]).flip(0), found, rtol=1e-4, atol=1e-4)


def test_both_ways_decide_alike(observations) -> None:
    memory = embedded_memory("population")
    lean = LanguageAgent(memory=memory).act(observations)
    plain = LanguageAgent(memory=Plain(memory.model)).act(observations)
    assert np.mean((lean == plain).all(axis=1)) >= 0.99
    assert len(np.unique(plain, axis=0)) > 5


def test_a_beginning_is_read_once(tiny, monkeypatch) -> None:
    read, passes = LlamaReader(tiny), []
    real = LlamaReader._pass
    monkeypatch.setattr(LlamaReader, "_pass", lambda *given: passes.append(1) or real(*given))
    prompts = [Prompt("work: A file.", f"\n{day} 14h,{MARKER}") for day in ("Tue", "Wed")]
    read(prompts)
    read(prompts)
    assert len(passes) == 3


def test_weights_are_copied(tiny) -> None:
    """A reader is of the weights that the model had."""
    prompts = [Prompt("work: A file.", f"\nTue 14h,{MARKER}")]
    read = LlamaReader(tiny)
    before = read(prompts)
    weight = tiny.layers[0].mlp.down_proj.weight
    kept = weight.detach().clone()
    try:
        weight.data.zero_()
        assert torch.equal(read(prompts), before)
        assert not torch.allclose(LlamaReader(tiny)(prompts), before)
    finally:
        weight.data.copy_(kept)


SIZES = {"vocab_size": 500, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
OTHERS = {
    "shared keys": {"num_key_value_heads": 2},
    "biases": {"attention_bias": True},
    "another activation": {"hidden_act": "gelu"},
    "longer contexts": {"rope_parameters": {"rope_type": "linear", "factor": 2.0}},
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_models_are_read_by_transformers(kind, foreign) -> None:
    config = LlamaConfig(**SIZES | {"num_attention_heads": 4} | OTHERS[kind])
    model = LanguageModel(LlamaForCausalLM(config), foreign)
    assert reader_of(model) == model.states


def test_so_are_large_ones_and_other_numbers(tiny, monkeypatch, foreign) -> None:
    config = LlamaConfig(**SIZES | {"num_attention_heads": 4})
    half = LanguageModel(LlamaForCausalLM(config).to(torch.bfloat16), foreign)
    assert reader_of(half) == half.states
    assert isinstance(reader_of(tiny), LlamaReader)
    monkeypatch.setattr(llama, "_LARGEST", 1000)
    assert reader_of(tiny) == tiny.states
