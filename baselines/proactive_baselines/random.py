"""Any of the 48 actions, each part drawn evenly."""

import numpy as np

from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_gym.envs.observation import ACTION_SPACE
from proactive_gym.streams import Keys, derive, uniforms

_SALT = 401  # of its stream; the world uses 101-119, users 201-219, environments 301


class Random(Memoryless):
    """Draws each part of the action evenly, from the life's own stream."""

    def begin(self, keys: Keys) -> None:
        """Take the lives' keys."""
        self.keys, self.step = derive(keys, _SALT), 0

    def act(self, observations: Observations) -> Actions:
        """An action for each person, (N, 4)."""
        sizes = ACTION_SPACE.nvec
        drawn = uniforms(derive(self.keys, self.step), len(sizes))
        self.step += 1
        return (drawn * sizes).astype(np.int64)
