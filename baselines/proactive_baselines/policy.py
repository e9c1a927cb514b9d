"""What a policy of the ladder is: a rule for N slots of an engine."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine

Actions = NDArray[np.int64]


class Policy(Protocol):
    """Chooses for all slots of one engine, whose days begin together."""

    def begin_session(self, engine: Engine) -> None:
        """A day has begun in every slot."""

    def act(self, engine: Engine) -> Actions:
        """The action of each slot at its present decision point, (N, 4)."""
