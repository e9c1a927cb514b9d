"""Playing: an agent and an engine through whole lives, one decision point after the other.

Nothing but the observation reaches the agent: the reactions that it is told are read from the next
observation, as a device would read them. Only an `Insider` is shown the engine.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent, Insider, Observations, State
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.reading import last_reaction
from proactive_gym.streams import Keys

MEMORY = ("last", "counts")
"""The boxes that tell of the past."""

Noted = TypeVar("Noted")


class Step(NamedTuple, Generic[Noted]):
    """One decision point of N lives.

    Attributes:
        session: From 0.
        point: Within the session, from 0.
        action: (N, 4).
        noted: What `note` returned, before the step.
        turn: What came of it.
    """

    session: int
    point: int
    action: NDArray[np.int64]
    noted: Noted
    turn: Turn


def play(
    agent: Agent,
    engine: Engine,
    note: Callable[[Engine], Noted],
    told: bool = True,
    state: State | None = None,
) -> Iterator[Step[Noted]]:
    """Play the lives that have just begun in all slots of `engine`, to their end.

    Args:
        agent: Who acts.
        engine: After a reset of all slots.
        note: Called before each step, for what the step will change.
        told: Whether the agent learns how people react. A copy that is not told is `frozen`: it
            never observes, and the boxes that tell of the past stay empty.
        state: What the agent knows of the people already; they are strangers by default.

    Yields:
        Every decision point.

    Raises:
        CheckpointError: The state is not one of this agent's.
        InvalidActionError: The agent returned something that is no batch of actions.
    """
    observer, options = Observer(engine), engine.options
    agent.begin(agent_keys(engine.keys))
    if state is not None:
        agent.load(state)
    seen = _observe(observer, engine, told)
    for session in range(options.sessions):
        if isinstance(agent, Insider):
            agent.attend(engine)
        for point in range(options.points):
            action = check_action(agent.act(seen), engine.slots)
            noted = note(engine)
            turn = engine.step(action)
            seen = _observe(observer, engine, told)
            if told:
                agent.observe(last_reaction(seen))
            yield Step(session, point, action, noted, turn)


def agent_keys(keys: Keys) -> Keys:
    """The agent's key of each life, from which the life's own cannot be computed back, (N,)."""
    digests = [blake2b(int(key).to_bytes(8, "little"), digest_size=8).digest() for key in keys]
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def _observe(observer: Observer, engine: Engine, told: bool) -> Observations:
    seen = observer(engine, np.minimum(engine.point, engine.options.points - 1))
    if not told:
        seen |= {name: np.zeros_like(seen[name]) for name in MEMORY if name in seen}
    return seen
