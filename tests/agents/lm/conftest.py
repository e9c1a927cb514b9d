"""A tokenizer and tiny models with random weights, on one thread."""

import copy

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from proactive_agents.lm import embedded, prompt
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.tokenizer import train_tokenizer
from proactive_gym.data.records import load_splits
from proactive_gym.world import load_scenarios

SIZE = 1500
CHAT = (
    "<s>{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)


@pytest.fixture(scope="session")
def seen_scenarios():
    """The packaged scenarios that training may use."""
    seen = frozenset(load_splits().scenarios_seen)
    return tuple(s for s in load_scenarios() if s.id in seen)


@pytest.fixture(scope="session")
def tokenizer(seen_scenarios):
    """The embedded model's tokenizer, of `SIZE` entries."""
    texts = [s.situation for s in seen_scenarios]
    texts += [m for s in seen_scenarios for act in s.messages for length in act for m in length]
    return train_tokenizer(texts, SIZE)


@pytest.fixture(scope="session")
def tiny(tokenizer, randomised):
    """An embedded model of random weights."""
    torch.manual_seed(0)
    return LanguageModel(randomised(embedded.fresh(tokenizer, 32, 2)), tokenizer)


@pytest.fixture(scope="session")
def byte_level():
    """`byte_level(texts, size)`: a tokenizer as other models have it."""

    def trained(texts, size):
        own = Tokenizer(models.BPE())
        own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        own.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        own.train_from_iterator(texts, trainer)
        return PreTrainedTokenizerFast(tokenizer_object=own, bos_token="<s>", eos_token="</s>")

    return trained


@pytest.fixture(scope="session")
def foreign(byte_level):
    """The tokenizer of a model that was not trained here."""
    words = [word for part in prompt.REPLY for word in part]
    return byte_level([s.situation for s in load_scenarios()[:20]] + words * 50, 500)


@pytest.fixture(scope="session")
def chatty(foreign):
    """The same, of a model that is talked to in turns."""
    other = copy.deepcopy(foreign)
    other.chat_template = CHAT
    return other
