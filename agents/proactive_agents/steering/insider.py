"""Steering by a person's true preferences: how far these directions can go.

At the start of each day the coefficients are fitted, by least squares, to what the person would
think of every behaviour in all moments of the day, as an insider reads it in the simulator. It is a
reference and no assistant.
"""

from pathlib import Path

import numpy as np
import torch

from proactive_agents.insight import true_rewards
from proactive_agents.lm import embedded
from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.worth import SPOKEN
from proactive_agents.protocol import Reactions
from proactive_agents.steering.agent import SteeringAgent
from proactive_agents.steering.dimensions import gates
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.reading import Seen
from proactive_gym.streams import Keys

_ROUNDS = 3
"""Steps of Gauss and Newton a day."""
_KEPT = 0.8
"""Weight of the days before: preferences drift."""


class OracleCoefficients(SteeringAgent):
    """Steers with coefficients that fit the true person, as well as the directions allow.

    Args:
        basis: As for `SteeringAgent`, and so are the others.
        model: Which is steered.
        device: Where it runs.
        dtype: Of its weights.
    """

    def __init__(
        self,
        basis: Path | None = None,
        model: str = embedded.POPULATION,
        device: str = "cpu",
        dtype: str = "auto",
    ) -> None:
        super().__init__("none", optimism=0.0, basis=basis, model=model, device=device, dtype=dtype)

    def begin(self, keys: Keys) -> None:
        """Nothing is known before the first day."""
        super().begin(keys)
        self.meet("none", np.zeros((len(keys), 0), np.float32))
        precision = np.linalg.inv(self.prior.covariance.astype(np.float64))
        self._precision = np.tile(precision, (len(keys), 1, 1))

    def attend(self, engine: Engine) -> None:
        """Fit everyone's coefficients to the day."""
        observer, beliefs = Observer(engine), self._believed()
        day = []
        for point in range(engine.options.points):
            at = np.full(engine.slots, point)
            boxes = observer(engine, at)
            moments = moments_of(Seen.of(boxes))
            prompts = prompts_of(self.memory.model, moments, situations_of(boxes))
            rewards = true_rewards(engine, at)
            wanted = np.hstack([rewards[:, :1], rewards[:, -len(SPOKEN) :]])
            day.append((prompts, torch.from_numpy(gates(moments)), wanted))
        before = beliefs.mean.astype(np.float64)
        for _ in range(_ROUNDS):
            matrix = self._precision.copy()
            pull = np.einsum("nkl,nl->nk", matrix, before - beliefs.mean)
            mean = torch.from_numpy(beliefs.mean)
            for prompts, gate, wanted in day:
                worth, slope = (t.numpy() for t in self.rater(self.memory(prompts), gate, mean))
                expected = np.tanh(worth.astype(np.float64))
                steep = (1 - expected**2)[..., None] * slope / np.sqrt(self.basis.residual)
                left = (wanted - expected) / np.sqrt(self.basis.residual)
                matrix += np.matmul(steep.transpose(0, 2, 1), steep) / steep.shape[1]
                pull += np.einsum("nbk,nb->nk", steep, left) / steep.shape[1]
            change = np.linalg.solve(matrix, pull[..., None])[..., 0]
            beliefs.mean += change.astype(np.float32)
        self._precision = _KEPT * matrix

    def observe(self, reactions: Reactions) -> None:
        """Nothing is left to learn."""
