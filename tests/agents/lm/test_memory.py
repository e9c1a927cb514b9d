import pytest
import torch

from proactive_agents.lm import memory as lm_memory
from proactive_agents.lm.llama import reader_of
from proactive_agents.lm.memory import StateMemory, embedded_memory
from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.prompt import MARKER
from proactive_agents.lm.tree import NODES

SIZE = len(NODES) * 32 * 2
"""Bytes of a prompt's states."""


class Counted:
    """A model that remembers what it was asked."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.asked: list[list[Prompt]] = []

    def states(self, prompts, before=None):
        self.asked.append(list(prompts))
        return self.model.states(prompts, before)


@pytest.fixture
def counted(tiny, monkeypatch) -> Counted:
    monkeypatch.setattr(lm_memory, "reader_of", lambda model: model.states)
    return Counted(tiny)


def prompts_of(count: int) -> list[Prompt]:
    return [
        Prompt(
            f"work: Case {i % 3}.", f"\nTue {i % 24:02d}h, driving,{' alone,' * (i % 4)}{MARKER}"
        )
        for i in range(count)
    ]


def test_states_are_the_models_in_half_precision(tiny) -> None:
    prompts = prompts_of(5)
    remembered, states = StateMemory(tiny)(prompts), reader_of(tiny)(prompts)
    assert remembered.shape == (5, len(NODES), 32)
    assert remembered.dtype == torch.float32
    assert torch.equal(remembered, states.half().float())
    assert not torch.equal(remembered, states)


def test_they_may_be_read_before_a_module(tiny) -> None:
    prompts, module = prompts_of(2), tiny.layers[-1]
    remembered = StateMemory(tiny, before=module)(prompts)
    assert torch.equal(remembered, tiny.states(prompts, module).half().float())
    assert not torch.allclose(remembered, StateMemory(tiny)(prompts))


def test_nothing_is_computed_twice(counted) -> None:
    memory, prompts = StateMemory(counted), prompts_of(6)
    first = memory(prompts[:4])
    again = memory(prompts[2:])
    assert counted.asked == [prompts[:4], prompts[4:]]
    assert torch.equal(memory(prompts[:4]), first)
    assert torch.equal(memory(prompts[2:4]), again[:2])
    assert len(counted.asked) == 2


def test_order_and_repetition_are_those_of_the_question(counted) -> None:
    memory, (a, b, c) = StateMemory(counted), prompts_of(3)
    single = {p: memory([p])[0] for p in (b, a)}
    counted.asked.clear()
    found = memory([c, a, c, b, a, c])
    assert counted.asked == [[c]]
    single[c] = memory([c])[0]
    for state, shown in zip(found, [c, a, c, b, a, c], strict=True):
        assert torch.equal(state, single[shown])
    assert not torch.equal(single[a], single[b])
    assert not torch.equal(single[b], single[c])


def test_many_are_computed_some_at_a_time(counted, monkeypatch) -> None:
    monkeypatch.setattr(lm_memory, "_TOGETHER", 4)
    prompts = prompts_of(10)
    found = StateMemory(counted)([*prompts, *prompts[:3]])
    assert counted.asked == [prompts[:4], prompts[4:8], prompts[8:]]
    expected = counted.model.states(prompts)
    torch.testing.assert_close(found[:10], expected, rtol=2e-3, atol=2e-3)
    assert torch.equal(found[10:], found[:3])


def test_a_full_memory_is_emptied(counted) -> None:
    memory, prompts = StateMemory(counted, most=4 * SIZE), prompts_of(6)
    before = memory(prompts[:3])
    memory(prompts[:4])
    assert counted.asked == [prompts[:3], prompts[3:4]]
    counted.asked.clear()
    # A fifth does not fit: all are forgotten, also those of this question.
    assert memory(prompts[3:5]).shape[0] == 2
    assert counted.asked == [prompts[3:5]]
    # In another batch the last bit may be another.
    torch.testing.assert_close(memory(prompts[:2]), before[:2], rtol=2e-3, atol=2e-3)
    assert counted.asked == [prompts[3:5], prompts[:2]]
    assert len(memory._kept) == len(memory._row) == 4


def test_a_question_larger_than_the_memory_is_answered(counted) -> None:
    memory, prompts = StateMemory(counted, most=2 * SIZE), prompts_of(6)
    expected = StateMemory(counted)(prompts)
    for _ in range(2):
        torch.testing.assert_close(memory(prompts), expected, rtol=0, atol=0)


def test_an_embedded_models_memory_is_shared(tiny, monkeypatch) -> None:
    monkeypatch.setattr(LanguageModel, "load", classmethod(lambda cls, *given: tiny))
    embedded_memory.cache_clear()
    try:
        assert embedded_memory("untuned") is embedded_memory("untuned")
        assert embedded_memory("population") is not embedded_memory("untuned")
    finally:
        embedded_memory.cache_clear()
