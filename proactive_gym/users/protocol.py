"""The seat opposite the assistant: one protocol for every kind of person, on batches of people.

A user holds N slots; each slot is one person in one episode. The environment tells it when
episodes and sessions begin and end and what the assistant did at a decision point; it answers with
what the person felt and what a device could see. Simulated, language-model, human and recorded
people implement it alike, so environments and evaluations never know which kind is in the seat.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.streams import Keys
from proactive_gym.world import Moments

Ints = NDArray[np.integer]


class Response(NamedTuple):
    """How N people met one decision point.

    Attributes:
        reaction: int8 (N,), what a device sees, position in `REACTIONS`.
        satisfaction: int64 (N,), 0-10.
        ratings: int64 (N, 3), timing, autonomy and style, 1-5; 0 where silence leaves none.
        reward: float64 (N,), in [-1, 1].
        off_penalty: float64 (N,), the part of `reward` that is the penalty of being switched off.
        delivered: bool (N,), whether words reached the person.
        wish: bool (N,), a missed need, voiced or not (hidden from the assistant).
    """

    reaction: NDArray[np.int8]
    satisfaction: NDArray[np.int64]
    ratings: NDArray[np.int64]
    reward: NDArray[np.float64]
    off_penalty: NDArray[np.float64]
    delivered: NDArray[np.bool_]
    wish: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """What people answer after a session, 1-7, derived from the simulator's state.

    Attributes:
        satisfaction: float64 (n,), from the session's mean reward.
        trust: float64 (n,), the state itself.
        comfort: float64 (n,), from the session's mean rating of timing.
    """

    satisfaction: NDArray[np.float64]
    trust: NDArray[np.float64]
    comfort: NDArray[np.float64]


class User(Protocol):
    """N people in their seats."""

    trust: NDArray[np.float64]
    muted: NDArray[np.bool_]
    off: NDArray[np.bool_]

    def begin_episode(self, slots: Ints, person: Ints, keys: Keys) -> None:
        """Seat new people.

        Args:
            slots: Which of the N slots, (n,).
            person: Positions in the pool, (n,).
            keys: Person-episode keys, (n,).
        """

    def foresee(self, slots: Ints, sessions: int, life: Moments) -> None:
        """May be told all moments of some slots' episodes in advance, to work on them at once.

        Args:
            slots: (n,), whose episodes have just begun.
            sessions: Sessions an episode.
            life: n * sessions rows, slot by slot.
        """

    def begin_session(self, slots: Ints, session: Ints, moments: Moments) -> None:
        """A new day begins for some slots.

        Args:
            slots: (n,).
            session: (n,), from 0.
            moments: n rows, in the order of `slots`.
        """

    def respond(
        self, point: Ints, action: Ints, nonsense: NDArray[np.bool_] | None = None
    ) -> Response:
        """All N people meet their decision point.

        Args:
            point: (N,), position within the session.
            action: (N, 4) codes of timing, autonomy, verbosity, tone.
            nonsense: bool (N,), where the words, if they reach the person, are beside the point or
                make no sense, which earns the worst answers; nowhere by default.
        """

    def end_session(self, slots: Ints) -> Questionnaire:
        """The day ends for some slots, who may now switch the assistant off."""

    def only(self, slots: Ints) -> Self:
        """An independent copy that holds these slots only."""

    def put(self, slots: Ints, other: Self) -> None:
        """Take over the state of `only(slots)` after something happened to it."""
