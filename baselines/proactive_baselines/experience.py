"""What the population would have felt: moments as an assistant sees them, and their true worths.

It reads the simulator, which is open to training-time baselines; test and validation people are not
in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_baselines.network import flatten
from proactive_baselines.oracle import Oracle
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.streams import derive

BOXES = ("moment", "noticed", "profile")
"""What is known before anything has happened."""
_SALT = 43  # of the lives


@dataclass(frozen=True, eq=False)
class Experience:
    """n moments of the population.

    Attributes:
        inputs: float32 (n, features), `BOXES` side by side.
        seen: The same moments, read.
        rewards: float32 (n, 48), expected reward of every action to this very person, at the trust
            and the rest of a life's beginning.
        person: (n,), one number a life.
    """

    inputs: NDArray[np.float32]
    seen: Seen
    rewards: NDArray[np.float32]
    person: NDArray[np.int64]


def of_population(seed: int, lives: int, sessions: int) -> Experience:
    """Lives of everyone in the population, with the scenarios that training may use.

    Args:
        seed: Of the lives: of their days and of how people deviate from their answers.
        lives: Of each person.
        sessions: Length of the lives, in days of 20 moments.
    """
    options = Options(people="population", scenarios="seen", sessions=sessions)
    engine = Engine(options, len(options.pool()) * lives)
    observer = Observer(engine)
    keys = derive(derive(_SALT, seed), engine.everyone)
    engine.reset(engine.everyone, keys, engine.everyone % len(engine.people))
    silence = np.zeros((engine.slots, 4), np.int64)
    rested = engine.user.trust.copy()
    oracle, seen, rewards = Oracle(observed=False), [], []
    for _ in range(sessions):
        oracle.attend(engine)
        for point in range(options.points):
            engine.user.trust[:] = rested
            seen.append(observer(engine, engine.point))
            rewards.append(oracle.rewards(np.full(engine.slots, point)).astype(np.float32))
            engine.step(silence)
    together = {name: np.concatenate([s[name] for s in seen]) for name in seen[0]}
    person = np.tile(np.arange(engine.slots), len(seen))
    return Experience(flatten(together, BOXES), Seen.of(together), np.concatenate(rewards), person)
