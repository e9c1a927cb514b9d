from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from proactive_gym.personas.people import People
from proactive_gym.personas.population import Population
from proactive_gym.streams import derive
from proactive_gym.world import Moments, Routines, compose_sessions
from proactive_gym.world.days import Days, Rows, compose_days

SESSIONS, POINTS = 10, 20


class Lives(NamedTuple):
    """Ten consecutive sessions of each of the thousand persons, one person after the other."""

    person: NDArray[np.intp]
    keys: NDArray[np.uint64]
    session: NDArray[np.intp]
    days: Days
    moments: Moments


@pytest.fixture(scope="session")
def people() -> People:
    return Population.load().people


@pytest.fixture(scope="session")
def routines(people: People) -> Routines:
    return Routines.of(people)


@pytest.fixture(scope="session")
def lives(routines: Routines) -> Lives:
    person = np.repeat(np.arange(len(routines)), SESSIONS)
    keys = derive(person, 2026)
    session = np.tile(np.arange(SESSIONS), len(routines))
    return Lives(
        person,
        keys,
        session,
        compose_days(routines, Rows.of(person, keys, session)),
        compose_sessions(routines, person, keys, session, POINTS),
    )
