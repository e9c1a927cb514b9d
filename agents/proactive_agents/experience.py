"""What people would have felt: moments as an assistant sees them, and their true worths.

It reads the simulator, which is open to training-time baselines. Policies are trained on the
population and chosen on validation people; test people are for neither.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.insight import simulated, true_rewards
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options, PeopleOption
from proactive_gym.envs.reading import Seen
from proactive_gym.streams import Keys, derive, uniforms
from proactive_gym.users.features import ACTIONS
from proactive_gym.world.routines import ScenarioSet

_SALT = 43  # of the lives
_SILENCE = 0.35
"""Share of points at which a random assistant is silent."""


@dataclass(frozen=True, eq=False)
class Experience:
    """n moments of people with whom the assistant is silent.

    Attributes:
        boxes: The observation, each box float32 (n, features).
        rewards: float32 (n, 48), expected reward of every action to this very person, at the trust
            and the rest of a life's beginning.
        person: (n,), one number a life.
        row: (n,), who lives it: position in the people's `Options.pool()`.
        scenario: (n,), what was noticed: position in `load_scenarios()`.
    """

    boxes: dict[str, NDArray[np.float32]]
    rewards: NDArray[np.float32]
    person: NDArray[np.int64]
    row: NDArray[np.int64]
    scenario: NDArray[np.int64]

    @property
    def seen(self) -> Seen:
        """The moments, read."""
        return Seen.of(self.boxes)


def of_people(
    seed: int,
    lives: int,
    sessions: int,
    scenarios: ScenarioSet = "seen",
    people: PeopleOption = "population",
) -> Experience:
    """Lives of some people.

    Args:
        seed: Of the lives: of their days and of how people deviate from their answers.
        lives: Of each person.
        sessions: Length of the lives, in days of 20 moments.
        scenarios: "seen" are those that training may use.
        people: Whose, as the option of `gym.make`.
    """
    options = Options(people=people, scenarios=scenarios, sessions=sessions)
    engine = Engine(options, len(options.pool()) * lives)
    user, observer = simulated(engine), Observer(engine)
    keys = derive(derive(_SALT, seed), engine.everyone)
    engine.reset(engine.everyone, keys, engine.everyone % len(engine.people))
    silence = np.zeros((engine.slots, 4), np.int64)
    rested = user.trust.copy()
    seen, rewards, noticed = [], [], []
    for _ in range(sessions * options.points):
        user.trust[:] = rested
        seen.append(observer(engine, engine.point))
        rewards.append(true_rewards(engine, engine.point).astype(np.float32))
        noticed.append(engine.moments.scenario[engine.everyone, engine.point])
        engine.step(silence)
    return Experience(
        boxes={name: np.concatenate([s[name] for s in seen]) for name in seen[0]},
        rewards=np.concatenate(rewards),
        person=np.tile(engine.everyone, len(seen)),
        row=np.tile(engine.person, len(seen)),
        scenario=np.concatenate(noticed).astype(np.int64),
    )


def any_action(keys: Keys) -> NDArray[np.int64]:
    """What an assistant that acts at random does, positions in `ACTIONS`, (N,)."""
    drawn = uniforms(keys, 2)
    silences = int(np.count_nonzero(ACTIONS[:, 0] == 0))
    words = silences + (drawn[:, 1] * (len(ACTIONS) - silences)).astype(np.int64)
    return np.where(drawn[:, 0] < _SILENCE, 0, words)
