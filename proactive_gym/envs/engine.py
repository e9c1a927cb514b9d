"""The decision process on N slots at once; every environment face is a thin adapter over it.

A slot holds one person's life with the assistant. The engine keeps the clock (session, point), the
day's moments and what a device remembers; the user in the seat keeps the person. All of a slot's
randomness comes from its episode key, so a life does not depend on the other slots.
"""

from copy import copy
from dataclasses import fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.options import Options
from proactive_gym.errors import StepOrderError
from proactive_gym.streams import Keys, derive, uniforms
from proactive_gym.users import Pool, Questionnaire, Response, SimulatedUser, User
from proactive_gym.users.features import ACTIONS, PLACE_VALUES
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, DOMAINS, REACTIONS
from proactive_gym.world import Moments, Routines, compose_sessions

Ints = NDArray[np.integer]

_PERSON = 301
"""Salt of the stream that chooses who is met; the world uses 101-119, users 201-219."""
NO_REACTION = -1
"""The last reaction before anything has happened."""
_AS_DONE = np.array([a if a[0] else (0, 0, 0, 0) for a in ACTIONS.tolist()], np.int8)
"""Each of the 48 actions with the parts that silence ignores set to 0."""
FEW = 16
"""Up to so many slots a whole life's moments are composed at once, which saves time when one life
is played; larger batches compose day by day, which saves memory. The moments are the same."""
COUNTED = len(ACTIVITIES) + len(DOMAINS) + len(AUTONOMY) + 1
"""Contexts in which reactions are counted: activities, domains, autonomy levels, silence."""


class Turn(NamedTuple):
    """What one step brought to N slots.

    Attributes:
        response: How the people met the decision point.
        reward: float64 (N,); with `end_when_off`, what is left of the episode is charged at once.
        terminated: bool (N,).
        truncated: bool (N,).
        asked: Positions of slots whose session ended, (n,).
        questionnaire: What they answered, or None when no session ended.
    """

    response: Response
    reward: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    asked: Ints
    questionnaire: Questionnaire | None


class Engine:
    """N slots of the decision process.

    Args:
        options: The environment's options.
        slots: N.
        user: Who fills the seats; simulated people by default.
    """

    STATE = ("keys", "person", "session", "point", "last_action", "last_reaction", "counts")

    def __init__(self, options: Options, slots: int, user: User | None = None) -> None:
        self.options = options
        self.people = options.pool()
        self.routines = Routines.of(self.people, options.world, options.scenarios)
        self.user: User = user or SimulatedUser(
            Pool.of(self.people),
            slots,
            options.points,
            parameters=options.parameters,
            assumptions=options.users,
            table=self.routines.table,
            frozen=options.deviations == "frozen",
        )
        self.slots = slots
        self.keys: Keys = np.zeros(slots, np.uint64)
        self.person = np.zeros(slots, np.int64)
        self.session = np.zeros(slots, np.int64)
        self.point = np.zeros(slots, np.int64)
        self.last_action = np.zeros((slots, 4), np.int8)
        self.last_reaction = np.full(slots, NO_REACTION, np.int8)
        width = COUNTED * len(REACTIONS) if options.history == "counts" else 0
        self.counts = np.zeros((slots, width), np.uint16)
        self._rows = np.arange(slots)
        self._moments: Moments | None = None
        self._life: Moments | None = None
        self.days_begun = 0

    @property
    def moments(self) -> Moments:
        """Today's moments of all slots; there are none before the first reset."""
        if self._moments is None:
            raise StepOrderError("call reset first: no slot has been reset")
        return self._moments

    @cached_property
    def everyone(self) -> Ints:
        """All slots, (N,)."""
        return np.arange(self.slots)

    @cached_property
    def names(self) -> NDArray[np.object_]:
        """The pool's persona ids, (M,)."""
        return np.array(self.people.ids, dtype=object)

    def reset(self, slots: Ints, keys: Keys, person: Ints | None = None) -> None:
        """Begin new episodes.

        Args:
            slots: Which slots, (n,).
            keys: Their episode keys, (n,).
            person: Whom they hold, positions in the pool, (n,); drawn from the key by default.
        """
        if person is None:
            drawn = uniforms(derive(keys, _PERSON), 1)[:, 0]
            person = (drawn * len(self.people)).astype(np.int64)
        self.keys[slots] = keys
        self.person[slots] = person
        self.session[slots] = 0
        self.last_action[slots] = 0
        self.last_reaction[slots] = NO_REACTION
        self.counts[slots] = 0
        self.user.begin_episode(slots, person, keys)
        if self.slots <= FEW:
            rows = self._life_rows(slots[:, None], np.arange(self.options.sessions))
            life = self._compose(rows)
            self._life = _merged(self._life, life, rows, self.slots * self.options.sessions)
            self.user.foresee(slots, self.options.sessions, life)
        self._begin_session(slots)

    def _life_rows(self, slots: Ints, sessions: Ints) -> Ints:
        return np.ravel(slots * self.options.sessions + sessions)

    def _compose(self, rows: Ints) -> Moments:
        slots, sessions = np.divmod(rows, self.options.sessions)
        person, keys = self.person[slots], self.keys[slots]
        return compose_sessions(self.routines, person, keys, sessions, self.options.points)

    def _begin_session(self, slots: Ints) -> None:
        self.days_begun += 1
        self.point[slots] = 0
        rows = self._life_rows(slots, self.session[slots])
        moments = self._compose(rows) if self._life is None else _rows_of(self._life, rows)
        self._moments = _merged(self._moments, moments, slots, self.slots)
        self.user.begin_session(slots, self.session[slots], moments)

    def step(self, action: Ints, nonsense: NDArray[np.bool_] | None = None) -> Turn:
        """All N slots take one decision point.

        Args:
            action: (N, 4), already checked.
            nonsense: bool (N,), whose words are beside the point or make no sense; nobody's by
                default.
        """
        response = self.user.respond(self.point, action, nonsense)
        self._remember(action, response)
        self.point += 1
        ended = (self.point == self.options.points).nonzero()[0]
        questionnaire, reward = None, response.reward
        if len(ended):
            questionnaire = self.user.end_session(ended)
            self.session[ended] += 1
        truncated = self.session == self.options.sessions
        terminated = np.zeros(self.slots, np.bool_)
        if self.options.end_when_off:
            terminated = self.user.off & ~truncated
            reward = reward + self._rest(np.flatnonzero(terminated))
        onward = ended[~(truncated | terminated)[ended]]
        if len(onward):
            self._begin_session(onward)
        return Turn(response, reward, terminated, truncated, ended, questionnaire)

    def _remember(self, action: Ints, response: Response) -> None:
        self.last_action = _AS_DONE.take(action @ PLACE_VALUES, axis=0)
        self.last_reaction[:] = response.reaction
        if self.counts.shape[1]:
            moments, at = self.moments, (self._rows, self.point)
            domain = self.routines.table.domain[moments.scenario[at]]
            level = np.where(action[:, 0] > 0, action[:, 1], len(AUTONOMY))
            contexts = (
                moments.activity[at],
                len(ACTIVITIES) + domain,
                len(ACTIVITIES) + len(DOMAINS) + level,
            )
            for context in contexts:
                cell = context.astype(np.int64) * len(REACTIONS) + response.reaction
                self.counts[self._rows, cell] += 1

    def _rest(self, slots: Ints) -> NDArray[np.float64]:
        """What the points after switching off are worth, (N,), 0 for other slots."""
        total = np.zeros(self.slots)
        if not len(slots):
            return total
        copies = self.only(slots)
        silence = np.zeros((len(slots), 4), np.int64)
        points = self.options.points
        lived = self.session[slots] * points + self.point[slots] % points
        left = self.options.sessions * points - lived
        between = copies.point == points
        if between.any():
            copies._begin_session(np.flatnonzero(between))
        for done in range(int(left.max())):
            going = done < left
            response = copies.user.respond(
                np.minimum(copies.point, copies.options.points - 1), silence
            )
            total[slots[going]] += response.reward[going]
            copies.point += 1
            ended = np.flatnonzero((copies.point == self.options.points) & (done + 1 < left))
            if len(ended):
                copies.user.end_session(ended)
                copies.session[ended] += 1
                copies._begin_session(ended)
        return total

    def step_some(self, slots: Ints, action: Ints) -> Turn:
        """As `step`, for some slots; what the turn says of the others is zero.

        Args:
            slots: Which slots, (n,).
            action: (N, 4); the rows of other slots are not looked at.
        """
        part = self.only(slots)
        turn = part.step(action[slots])
        self._put(slots, part)
        response = Response(*(_spread(v, slots, self.slots) for v in turn.response))
        return Turn(
            response,
            _spread(turn.reward, slots, self.slots),
            _spread(turn.terminated, slots, self.slots),
            _spread(turn.truncated, slots, self.slots),
            slots[turn.asked],
            turn.questionnaire,
        )

    def _put(self, slots: Ints, part: "Engine") -> None:
        for name in self.STATE:
            getattr(self, name)[slots] = getattr(part, name)
        self._moments = _merged(self._moments, part.moments, slots, self.slots)
        self.days_begun = part.days_begun
        self.user.put(slots, part.user)

    def only(self, slots: Ints) -> "Engine":
        """An independent copy that holds these slots only."""
        other = copy(self)
        other.__dict__.pop("everyone", None)
        for name in self.STATE:
            setattr(other, name, getattr(self, name)[slots])
        other.slots = len(slots)
        other._rows = np.arange(len(slots))
        other.user = self.user.only(slots)
        other._moments = _rows_of(self.moments, slots)
        if self._life is not None:
            every_day = np.arange(self.options.sessions)
            other._life = _rows_of(self._life, self._life_rows(slots[:, None], every_day))
        return other


def _spread(values: NDArray, slots: Ints, count: int) -> NDArray:
    wide = np.zeros((count, *values.shape[1:]), values.dtype)
    wide[slots] = values
    return wide


def _rows_of(moments: Moments, rows: Ints) -> Moments:
    return Moments(**{f.name: getattr(moments, f.name)[rows] for f in fields(Moments)})


def _merged(old: Moments | None, new: Moments, rows: Ints, count: int) -> Moments:
    """`old` moments of `count` rows with some rows replaced; unknown rows are zero."""
    if len(rows) == count and (np.diff(rows) == 1).all():
        return new
    parts = {}
    for field in fields(Moments):
        value = getattr(new, field.name)
        if old is None:
            parts[field.name] = _spread(value, rows, count)
        else:
            parts[field.name] = getattr(old, field.name).copy()
            parts[field.name][rows] = value
    return Moments(**parts)
