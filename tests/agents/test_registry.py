import os
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from proactive_agents.protocol import Agent, Insider
from proactive_agents.registry import AGENTS, Spec, make, spec_of
from proactive_gym.errors import CheckpointError, UnknownAgentError

OWN = """
import numpy as np
from proactive_agents.protocol import Memoryless


class Polite(Memoryless):
    def act(self, observations):
        return np.tile([2, 2, 0, 1], (len(observations["moment"]), 1))


class Trained(Polite):
    @classmethod
    def from_checkpoint(cls, path):
        made = cls()
        made.path = path
        return made


class Mute:
    options = {}

    def begin(self, keys): ...


def polite():
    return Polite()


SENTENCE = "no agent"
"""
UNTRAINED = [name for name, spec in AGENTS.items() if spec.trainer is None]
TRAINED = [name for name, spec in AGENTS.items() if spec.trainer]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder on Python's path with a module of agents; modules from it are forgotten after."""
    (tmp_path / "own_agents.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(import_module("sys").modules)
    yield tmp_path
    for name in set(import_module("sys").modules) - before:
        del import_module("sys").modules[name]


@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_has_an_entry_that_can_be_imported(name):
    spec = spec_of(name)
    assert spec == AGENTS[name]
    assert spec.name == name
    assert spec.about
    module, _, attribute = spec.entry_point.partition(":")
    assert callable(getattr(import_module(module), attribute))
    if spec.trainer:
        trainer = import_module(spec.trainer)
        assert trainer.Arguments().seed == 0
        assert callable(trainer.train)


@pytest.mark.parametrize("name", UNTRAINED)
def test_agents_without_weights_are_made_at_once(name):
    agent = make(name)
    assert isinstance(agent, Agent)
    assert isinstance(agent, Insider) == ("oracle" in name)
    assert set(agent.options) <= {"history", "profile"}


@pytest.mark.parametrize("name", TRAINED)
def test_agents_with_weights_ask_for_them(name):
    with pytest.raises(CheckpointError, match=f"{name} needs its weights: .*gym train {name}`"):
        make(name)


@pytest.mark.parametrize("name", TRAINED)
def test_weights_that_are_not_there_are_named(name, tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.safetensors is not there"):
        make(name, tmp_path / "none.safetensors")


@pytest.mark.parametrize("name", UNTRAINED)
def test_weights_for_agents_that_have_none_are_refused(name, tmp_path):
    with pytest.raises(CheckpointError, match=f"{name} has no weights to read"):
        make(name, tmp_path / "none.safetensors")


def test_looking_a_name_up_imports_nothing():
    assert spec_of("nowhere.at_all:Agent") == Spec(
        "nowhere.at_all:Agent", "nowhere.at_all:Agent", "Agent of nowhere.at_all"
    )
    assert find_spec("nowhere") is None


# ---------------------------------------------------------------- one's own


@pytest.mark.parametrize("name", ["own_agents:Polite", "own_agents:polite"])
def test_an_agent_of_ones_own_is_made_by_its_path(own, name):
    agent = make(name)
    agent.begin(np.zeros(3, np.uint64))
    assert agent.act({"moment": np.zeros((3, 36))}).tolist() == [[2, 2, 0, 1]] * 3


def test_an_agent_of_ones_own_may_have_weights(own):
    weights = own / "w.safetensors"
    assert make("own_agents:Trained", weights).path == weights
    with pytest.raises(CheckpointError, match="own_agents:Polite has no weights to read"):
        make("own_agents:Polite", weights)


@pytest.mark.parametrize("name", ["", "nobody", "Silent", "silent ", ":", "own_agents:", ":Polite"])
def test_unknown_names_are_refused_with_those_that_there_are(name):
    with pytest.raises(UnknownAgentError, match=r"there are silent, .*or your own as module:Class"):
        make(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere_agents:Polite", "there is no module nowhere_agents to import"),
        ("own_agents.deeper:Polite", r"there is no module own_agents\.deeper to import"),
        ("own_agents:Rude", "own_agents has no Rude"),
        ("own_agents:Polite.act", "cannot be made without arguments"),
        ("own_agents:Mute", "makes Mute, which is no agent: it needs options, begin, act"),
        ("own_agents:SENTENCE", "no agent"),
        ("builtins:dict", "makes dict, which is no agent"),
    ],
)
def test_paths_that_lead_to_no_agent_are_named(own, name, message):
    with pytest.raises(UnknownAgentError, match=message):
        make(name)


def test_a_library_that_an_own_agent_lacks_is_not_taken_for_the_agent(own):
    (own / "needy.py").write_text("import nowhere_at_all\n\nclass A: ...\n")
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere_at_all'"):
        make("needy:A")


def test_nor_is_a_library_whose_name_the_agents_begins_with(own):
    (own / "absentlib_agent.py").write_text("import absentlib\n\nclass A: ...\n")
    with pytest.raises(ModuleNotFoundError, match="No module named 'absentlib'"):
        make("absentlib_agent:A")


def test_a_mistake_within_an_own_agents_module_is_not_hidden(own):
    (own / "mistaken.py").write_text("import os\n\nos.no_such_thing\n\nclass A: ...\n")
    assert not hasattr(os, "no_such_thing")
    with pytest.raises(AttributeError, match="no_such_thing"):
        make("mistaken:A")
