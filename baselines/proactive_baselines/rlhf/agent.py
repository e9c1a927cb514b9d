"""A language model after RLHF as an agent: it takes the likeliest reply, as before."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from proactive_agents import checkpoint
from proactive_agents.lm.agent import LanguageAgent
from proactive_agents.lm.memory import StateMemory
from proactive_agents.lm.model import LanguageModel
from proactive_gym.errors import CheckpointError

NAME = "rlhf"


class TunedAgent(LanguageAgent):
    """Plays a model that TRL trained.

    Args:
        memory: Of the model.
    """

    NAME = NAME

    def __init__(self, memory: StateMemory) -> None:
        super().__init__(memory=memory)

    @classmethod
    def from_checkpoint(cls, path: Path, device: str = "cpu", dtype: str = "auto") -> "TunedAgent":
        """An agent with the weights of a file.

        Args:
            path: The checkpoint.
            device: Where the model runs.
            dtype: Of its weights.

        Raises:
            CheckpointError: The file is torn or another's, or the model where training began
                cannot be read.
        """
        arrays, about = checkpoint.read(path, NAME)
        given = about.get("made_of", {}).get("arguments", {})
        if "model" not in given:
            raise CheckpointError(f"{path} does not say which model it was: train it again")
        read = LanguageModel.load(given["model"], device, dtype)
        if any(".lora_" in name for name in arrays):
            read = _with_adapters(read, given["rank"])
        own = read.model.state_dict()
        if not set(arrays) <= set(own) or any(own[n].shape != a.shape for n, a in arrays.items()):
            raise CheckpointError(f"{path} does not fit {given['model']}: train it again")
        read.model.load_state_dict(
            {n: torch.from_numpy(a) for n, a in arrays.items()}, strict=False
        )
        return cls(StateMemory(LanguageModel(merged(read.model), read.tokenizer)))


def adapters(rank: int, task: str = "CAUSAL_LM") -> LoraConfig:
    """Adapters on all linear layers.

    Args:
        rank: Of each.
        task: As peft names it.
    """
    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=task)


def _with_adapters(read: LanguageModel, rank: int) -> LanguageModel:
    read.model = get_peft_model(read.model, adapters(rank))
    return read


def merged(model: Any) -> Any:
    """A model with its adapters, if it has any, in its weights."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
