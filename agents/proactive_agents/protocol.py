"""What an agent is: one protocol on batches of people.

An agent sits opposite N people at once and treats each by what it saw of that person alone. The
loop is: `begin`, then for every decision point `act` and, one observation later, `observe`. It sees
observations of `ProactiveAssist-v0` and visible reactions and nothing else. What it has learnt from
the population is fixed before (its weights); what it learns of a person is its `state`.

An `Insider` (the oracles) looks into the simulator besides; it measures how much there is to win
and is no assistant.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine
from proactive_gym.errors import CheckpointError
from proactive_gym.streams import Keys

Actions = NDArray[np.int64]
"""(N, 4): timing, autonomy, verbosity, tone."""
Observations = Mapping[str, NDArray[np.float32]]
"""Boxes by name, each (N, features)."""
Reactions = NDArray[np.int64]
"""(N,), positions in `REACTIONS`."""
State = dict[str, NDArray[Any]]
"""Arrays whose first axis is the people, (N, ...)."""


@runtime_checkable
class Agent(Protocol):
    """Acts for N people, and may learn of each.

    Attributes:
        options: Options of the environment that it needs, such as `{"history": "counts"}`. One that
            asks to be told more of the person (`profile`) than a suite tells is not ranked there.
    """

    options: Mapping[str, Any]

    def begin(self, keys: Keys) -> None:
        """N lives begin; whatever was learnt of people before is forgotten.

        Args:
            keys: uint64 (N,), a random key a life: the agent's only source of randomness, so that
                what it does to a person does not hang on who else is in the batch.
        """

    def act(self, observations: Observations) -> Actions:
        """What to do for each person now, (N, 4)."""

    def observe(self, reactions: Reactions) -> None:
        """What each device saw after the last action."""

    def state(self) -> State:
        """All that it has learnt of the N people, to be kept, moved or erased."""

    def load(self, state: State) -> None:
        """Go on from `state`.

        Raises:
            CheckpointError: The state is not one of this agent's.
        """


@runtime_checkable
class Insider(Agent, Protocol):
    """An agent that reads the simulator."""

    def attend(self, engine: Engine) -> None:
        """A session has begun in every slot of `engine`, which may be looked into."""


class Memoryless:
    """Base of agents that learn nothing of a person."""

    options: Mapping[str, Any] = MappingProxyType({})

    def begin(self, keys: Keys) -> None:
        """Nothing to forget."""

    def observe(self, reactions: Reactions) -> None:
        """Nothing is learnt."""

    def state(self) -> State:
        """Nothing."""
        return {}

    def load(self, state: State) -> None:
        """Nothing to go on from."""
        if state:
            raise CheckpointError(f"{type(self).__name__} keeps no state, but got {sorted(state)}")
