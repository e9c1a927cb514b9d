"""Observations read back as what they stand for: activities, estimates, the last reaction.

For agents that reason about the moment instead of learning from raw boxes, and for fitting what
they know. It says nothing that the boxes do not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import NO_REACTION
from proactive_gym.envs.observation import LAST, MOMENT, NOTICED, PROGRESS
from proactive_gym.errors import InvalidOptionError
from proactive_gym.vocabulary import ACTIVITIES, DAYS, DOMAINS, PLACES, REACTIONS

Observations = Mapping[str, NDArray[np.float32]]
Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

_DAY_H = 24.0
_ACTIVITY = len(DAYS) + 3
_PLACE = _ACTIVITY + len(ACTIVITIES)


@dataclass(frozen=True, eq=False)
class Seen:
    """What an observation of N slots says, each (N,).

    Attributes:
        weekday: 0 Monday to 6 Sunday.
        hour: Clock time in hours, [0, 24), exact to a minute.
        activity: Position in `ACTIVITIES`.
        place: Position in `PLACES`.
        alone: Whether nobody else is there.
        break_delay: Hours to the next natural break, at most 24.
        domain: Position in `DOMAINS`.
        benefit: The assistant's noisy estimate, on the scale 0-5, not clipped.
        urgency: As benefit, 1-5.
        stakes: As benefit, 1-5.
        window_h: Hours in which speaking up can help.
        reaction: The last visible reaction, position in `REACTIONS`, -1 before the first.
        session: Share of the life's sessions that are over.
        muted: Whether the person has muted the assistant today.
        off: Whether the person has switched it off.
    """

    weekday: Codes
    hour: Floats
    activity: Codes
    place: Codes
    alone: NDArray[np.bool_]
    break_delay: Floats
    domain: Codes
    benefit: Floats
    urgency: Floats
    stakes: Floats
    window_h: Floats
    reaction: Codes
    session: Floats
    muted: NDArray[np.bool_]
    off: NDArray[np.bool_]

    @classmethod
    def of(cls, observations: Observations) -> Self:
        """Read a batch of observations.

        Args:
            observations: Of `ProactiveAssist-v0`, each box (N, features).

        Raises:
            InvalidOptionError: A box is missing or has another shape.
        """
        moment, noticed = (
            _box(observations, "moment", MOMENT),
            _box(observations, "noticed", NOTICED),
        )
        progress = _box(observations, "progress", PROGRESS)
        estimates = noticed[:, len(DOMAINS) : len(DOMAINS) + 3] * np.float32(5)
        log_window = noticed[:, len(DOMAINS) + 3] * np.log1p(np.float32(_DAY_H))
        return cls(
            weekday=moment[:, : len(DAYS)].argmax(axis=1),
            hour=moment[:, len(DAYS) + 2] * np.float32(_DAY_H),
            activity=moment[:, _ACTIVITY:_PLACE].argmax(axis=1),
            place=moment[:, _PLACE : _PLACE + len(PLACES)].argmax(axis=1),
            alone=moment[:, -2] > 0,
            break_delay=moment[:, -1] * np.float32(_DAY_H),
            domain=noticed[:, : len(DOMAINS)].argmax(axis=1),
            benefit=estimates[:, 0],
            urgency=estimates[:, 1],
            stakes=estimates[:, 2],
            window_h=np.expm1(log_window),
            reaction=last_reaction(observations),
            session=progress[:, 0],
            muted=progress[:, 2] > 0,
            off=progress[:, 3] > 0,
        )


def last_reaction(observations: Observations) -> Codes:
    """The last visible reaction, positions in `REACTIONS`, -1 before the first, (N,).

    Raises:
        InvalidOptionError: The box `last` is missing or has another shape.
    """
    shown = _box(observations, "last", LAST)[:, : len(REACTIONS)]
    return np.where(shown.any(axis=1), shown.argmax(axis=1), NO_REACTION)


def _box(observations: Observations, name: str, width: int) -> Floats:
    box = observations.get(name)
    if box is None or box.ndim != 2 or box.shape[1] != width:
        shape = "nothing" if box is None else f"shape {box.shape}"
        raise InvalidOptionError(
            f"observations[{name!r}] must be a batch of shape (N, {width}), not {shape}"
        )
    return box
