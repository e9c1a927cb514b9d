"""Lives of the population among the training situations: what language models learn wishes from.

People meet moments of their days with an assistant that acts at random, and for each moment what
every behaviour would have been worth to this very person is read from the simulator, which is open
to training. Only the 800 of the population are in it, and no situation that is kept back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.experience import any_action
from proactive_agents.lm.prompt import Moments
from proactive_agents.lm.situations import training_table
from proactive_gym.personas import Population
from proactive_gym.personas.people import People
from proactive_gym.streams import derive
from proactive_gym.users import Pool, SimulatedUser
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import ACTIONS, COMPONENTS
from proactive_gym.world import Routines, ScenarioTable, compose_sessions

POINTS = 20
_SALT = 53  # of the lives


@dataclass(frozen=True, eq=False)
class Lives:
    """n moments of lives, arrays of shape (n,).

    Attributes:
        people: Who may be met.
        person: Position in `people`.
        life: Number of the life; a person lives several, with other deviations from their answers.
        situation: Position in the table of situations.
        moments: What the assistant sees.
        rewards: float32 (n, 48), expected reward of each of `ACTIONS` to this person, at the trust
            and the rest of a life's beginning.
        last: (n, 5), the action before, and the reaction to it; -1 where there was none.
    """

    people: People
    person: NDArray[np.int64]
    life: NDArray[np.int64]
    situation: NDArray[np.int64]
    moments: Moments
    rewards: NDArray[np.float32]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of moments."""
        return len(self.person)


def live(
    seed: int,
    lives: int,
    days: int,
    split: str = "population",
    table: ScenarioTable | None = None,
) -> Lives:
    """Lives of everyone in a split.

    Args:
        seed: Of the lives.
        lives: Of each person.
        days: Of each life, with `POINTS` moments each.
        split: Whose lives; anything but "population" is for checks, never for training.
        table: The situations; `training_table` by default.
    """
    people = Population.load().split(split).people
    situations = table or training_table()
    routines = Routines.of(people, table=situations)
    everyone = np.arange(len(people) * lives)
    user = SimulatedUser(Pool.of(people), len(everyone), POINTS, table=situations)
    person = everyone % len(people)
    keys = derive(derive(_SALT, seed), everyone)
    user.begin_episode(everyone, person, keys)
    rested = user.trust.copy()
    last = np.full((len(everyone), 5), -1)
    kept: list[dict[str, NDArray]] = []
    for day in range(days):
        session = np.full(len(everyone), day)
        made = compose_sessions(routines, person, keys, session, POINTS)
        user.begin_session(everyone, session, made)
        for point in range(POINTS):
            now, user.trust[:] = user.trust.copy(), rested
            spoken, user.spoken[:] = user.spoken.copy(), 0
            worth = user.worth[:, point, : len(COMPONENTS)].astype(np.float64)
            expired = user.expired[:, point]
            worths = expected_rewards(worth, user.parameters.noise_sd, expired, user.shifts())
            user.trust[:], user.spoken[:] = now, spoken
            scenario = made.scenario[:, point].astype(np.int64)
            kept.append(
                {
                    "weekday": made.weekday,
                    "hour": made.hour[:, point],
                    "activity": made.activity[:, point],
                    "place": made.place[:, point],
                    "alone": made.alone[:, point],
                    "break_delay": made.break_delay[:, point],
                    "estimate": made.estimate[:, point],
                    "window_h": situations.window_h[scenario],
                    "domain": situations.domain[scenario],
                    "situation": scenario,
                    "rewards": worths.astype(np.float32),
                    "last": last,
                }
            )
            action = ACTIONS[any_action(derive(derive(keys, day), point))]
            response = user.respond(np.full(len(everyone), point), action)
            last = np.column_stack([action, response.reaction])
    rows = {name: np.concatenate([k[name] for k in kept]) for name in kept[0]}
    own = {name: rows.pop(name) for name in ("situation", "rewards", "last")}
    repeated = days * POINTS
    return Lives(
        people,
        np.tile(person, repeated),
        np.tile(everyone, repeated),
        moments=Moments(**rows),
        **own,
    )
