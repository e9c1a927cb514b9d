"""What steering does to the words of replies: people's worths and their slopes.

The weights are frozen and the model has already run: only what follows its last layer is computed
again, for activations that a person's coefficients have moved. No gradient is taken.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import PATHS, SCALE, WORDS, behaviours, tree_logits
from proactive_agents.steering.basis import Basis
from proactive_agents.steering.dimensions import PART
from proactive_gym.errors import CheckpointError


class Rated(NamedTuple):
    """Of n moments and the 33 behaviours (silence, then `SPOKEN`).

    Attributes:
        worth: (n, 33), for the people's coefficients.
        slope: (n, 33, K), change of the worth with each coefficient.
    """

    worth: Tensor
    slope: Tensor


class Rater:
    """Rates behaviours for people.

    Args:
        model: Whose activations are steered.
        directions: (K, width).
        contexts: (K, width).

    Attributes:
        own: The dimensions that act at each part of a reply; those of the part alone. All of them
            at each part is steering without regard to position, which is there to be measured.
    """

    def __init__(self, model: LanguageModel, directions: Tensor, contexts: Tensor) -> None:
        self.model = model
        self.directions = directions
        self.contexts = contexts
        self.own = [torch.from_numpy(np.flatnonzero(p == PART)) for p in range(len(NODES_OF))]

    @classmethod
    def of(cls, model: LanguageModel, basis: Basis) -> "Rater":
        """With the directions of a basis for this model.

        Raises:
            CheckpointError: The basis was made for a model of another width.
        """
        width = model.model.config.get_text_config().hidden_size
        if basis.directions.shape[1] != width:
            raise CheckpointError(
                f"the basis steers models of width {basis.directions.shape[1]}, and this one has "
                f"width {width}: name its model, or train it again for this one with "
                "`proactive-gym train steering --set model=NAME`"
            )
        return cls(model, torch.from_numpy(basis.directions), torch.from_numpy(basis.contexts))

    def strengths(self, states: Tensor, gates: Tensor) -> list[Tensor]:
        """How strongly dimensions act at each part's nodes, (n, nodes, K of the part).

        Args:
            states: (n, len(NODES), width).
            gates: (n, K).
        """
        found = []
        for nodes, own in zip(NODES_OF, self.own, strict=True):
            here = states[:, nodes]
            size = here.square().mean(dim=2, keepdim=True).sqrt().clamp(min=1e-6)
            soft = 1 + here @ self.contexts[own].T / size
            found.append(gates[:, None, own] * soft)
        return found

    def logits(self, states: Tensor, strengths: list[Tensor], coefficients: Tensor) -> list[Tensor]:
        """Logits of the words of each part under steering, (n, nodes, words).

        Args:
            states: As for `strengths`.
            strengths: From it.
            coefficients: (n, K).
        """
        moved = self._moved(states, strengths, coefficients)
        return [self.model.head.logits(here, part) for part, here in enumerate(moved)]

    @torch.no_grad()
    def __call__(self, states: Tensor, gates: Tensor, coefficients: Tensor) -> Rated:
        """Worths and slopes; arguments as above."""
        strengths = self.strengths(states, gates)
        steered, slopes = [], []
        for part, here in enumerate(self._moved(states, strengths, coefficients)):
            logits, slope = self.model.head.sloped(here, part, self.directions[self.own[part]])
            steered.append(logits)
            slopes.append(slope * strengths[part][:, :, None])
        worth = behaviours(steered, tree_logits(self.model, states))
        slope = worth.new_zeros((*worth.shape, len(PART)))
        for part, own in enumerate(self.own):
            said = slopes[part][:, PATHS[:, part], WORDS[:, part]]
            slope[:, 1:].index_add_(2, own, said, alpha=SCALE)
            if part == 0:
                slope[:, 0, own] = SCALE * slopes[0][:, 0, 0]
        return Rated(worth, slope)

    def _moved(self, states: Tensor, strengths: list[Tensor], coefficients: Tensor) -> list[Tensor]:
        """Activations that the coefficients have moved, by part, (n, nodes, width)."""
        return [
            states[:, nodes] + (strong * coefficients[:, None, own]) @ self.directions[own]
            for nodes, own, strong in zip(NODES_OF, self.own, strengths, strict=True)
        ]
