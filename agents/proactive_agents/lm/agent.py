"""Assistants that are a language model as it is: they take the likeliest reply."""

from collections.abc import Sequence

import numpy as np
import torch

from proactive_agents.lm import embedded
from proactive_agents.lm.memory import StateMemory, embedded_memory
from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.prompt import Moments
from proactive_agents.lm.worth import SPOKEN, behaviours, tree_logits
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_gym.envs.reading import Seen
from proactive_gym.users.features import ACTIONS, DISTINCT
from proactive_gym.vocabulary import DOMAINS

FIRST_SPOKEN = len(ACTIONS) - len(SPOKEN)


def prompts_of(model: LanguageModel, moments: Moments, situations: Sequence[str]) -> list[Prompt]:
    """Prompts of n moments."""
    parts = zip(moments.domain.tolist(), situations, moments.words(), strict=True)
    return [model.prompt(DOMAINS[domain], situation, words) for domain, situation, words in parts]


def actions_of(best: np.ndarray) -> Actions:
    """Actions (n, 4) of behaviours: 0 is silence, then `SPOKEN`."""
    return DISTINCT[best]


class LanguageAgent(Memoryless):
    """Takes the likeliest of the replies that a model can give.

    Args:
        model: An embedded model, a folder or a name on the Hugging Face Hub.
        direct: Whether it answers everything at once, choosing only how.
        memory: Of a model that is loaded already, in the place of `model`.
        device: Where the model runs, such as "cpu" or "cuda".
        dtype: Of its weights, as for `LanguageModel.load`.

    Raises:
        CheckpointError: The model cannot be read.
        InvalidOptionError: No such device or dtype.
    """

    def __init__(
        self,
        model: str = embedded.POPULATION,
        direct: bool = False,
        memory: StateMemory | None = None,
        device: str = "cpu",
        dtype: str = "auto",
    ) -> None:
        self.options = {"profile": "none"}
        self.memory = memory or embedded_memory(model, device, dtype)
        self.direct = direct

    def meet(self, view: str, known: np.ndarray) -> None:
        """Whoever the people are, it does the same."""

    def act(self, observations: Observations) -> Actions:
        """The likeliest reply of each person's moment."""
        return self.choose(Seen.of(observations), situations_of(observations))

    @torch.no_grad()
    def choose(self, seen: Seen, situations: Sequence[str]) -> Actions:
        """The likeliest replies in moments whose words are given, (n, 4)."""
        model = self.memory.model
        states = self.memory(prompts_of(model, moments_of(seen), situations))
        worth = behaviours(tree_logits(model, states))
        if self.direct:
            worth[:, 0] = -torch.inf
            worth[:, 1:][:, SPOKEN[:, 0] != 1] = -torch.inf
        return actions_of(worth.argmax(dim=1).numpy())
