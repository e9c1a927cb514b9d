"""Simulated people: the fitted models in the seat, N at a time, with explicit state.

A decision point goes: worth of the behaviour (appraised once a session) plus what trust and
fatigue make of it, plus noise; read as the satisfaction 0-10 and three ratings 1-5; a reaction
drawn given what was felt; trust moved by it. All noise is a function of the slot's key, session
and point (`streams`), so a person's life is the same in every batch.
"""

from copy import copy
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from proactive_gym.personas.people import People
from proactive_gym.streams import Keys, derive, gumbels, normals, uniforms
from proactive_gym.users.assumptions import UserAssumptions
from proactive_gym.users.deviations import SLOPES
from proactive_gym.users.features import COMPONENTS, Situation, Traits
from proactive_gym.users.feeling import GUMBELS, NORMALS, Deed, Feeling, react
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.protocol import Ints, Questionnaire, Response
from proactive_gym.users.reactions import reacting_items
from proactive_gym.users.worths import WIDTH, Appraisal, deviation_scale
from proactive_gym.vocabulary import REACTIONS, SURVEY_ITEMS
from proactive_gym.world import Moments, ScenarioTable

Array = NDArray[np.float64]

# Salts of the streams; the world uses 101-119.
_DEVIATION, _TRUST, _CHANGE, _POINT, _OFF = 201, 202, 203, 204, 205
_HOLD = COMPONENTS.index("hold")
_NONE, _WISH, _MUTE = (REACTIONS.index(r) for r in ("none", "wish", "mute"))
# Rows of `temper`.
_FORGIVING, _IMPATIENT, _DELEGATING, _VOICE, _TOLERANCE, _ITEMS = range(6)


@dataclass(frozen=True, eq=False)
class Pool:
    """The people who may take a seat.

    Attributes:
        people: M people.
        identity: uint64 (M,), a key that hangs on the person's id alone.
        traits: Their scaled answers.
    """

    people: People
    identity: Keys
    traits: Traits

    @classmethod
    def of(cls, people: People) -> Self:
        """Read the answers of `people`."""
        digests = [blake2b(i.encode(), digest_size=8).digest() for i in people.ids]
        identity = np.array([int.from_bytes(d, "little") for d in digests], np.uint64)
        return cls(people, identity, Traits.of(people))

    def temper(self, assumptions: UserAssumptions) -> Array:
        """How people react, (5 + len(reactions.ITEMS), M).

        R1, R2 and R3 scaled; the chance of voicing a missed need; messages that never tire; the
        answers that the reaction models take.
        """
        scaled = [self.traits.survey[:, SURVEY_ITEMS.index(i)] for i in ("R1", "R2", "R3")]
        feedback, sociable = (
            self.people.survey[:, SURVEY_ITEMS.index(i)].astype(np.float64) for i in ("R4", "T1")
        )
        own = [assumptions.voice * feedback, assumptions.tolerance + sociable]
        return np.vstack([*scaled, *own, reacting_items(self.traits.survey).T])


class SimulatedUser:
    """N simulated people; implements `users.protocol.User`. Its state is the arrays of `STATE`.

    Args:
        pool: Who may take a seat.
        slots: N.
        points: Decision points a session.
        parameters: Fitted numbers; the packaged ones by default.
        assumptions: Assumed numbers; the documented defaults by default.
        table: The scenarios that moments point into.
        frozen: Whether a person's deviations are always the same (suites) instead of being drawn
            for each episode (training).
    """

    STATE = (
        "person",
        "keys",
        "session_keys",
        "deviation",
        "trust",
        "spoken",
        "muted",
        "off",
        "worth",
        "expired",
        "gains",
        "felt_sum",
    )

    def __init__(
        self,
        pool: Pool,
        slots: int,
        points: int,
        parameters: Parameters | None = None,
        assumptions: UserAssumptions | None = None,
        table: ScenarioTable | None = None,
        frozen: bool = False,
    ) -> None:
        self.pool = pool
        self.parameters = parameters or Parameters.load()
        self.assumptions = assumptions or UserAssumptions()
        self.table = table or ScenarioTable.load()
        self.frozen = frozen
        self.person = np.zeros(slots, np.int64)
        self.keys: Keys = np.zeros(slots, np.uint64)
        self.session_keys: Keys = np.zeros(slots, np.uint64)
        self.deviation = np.zeros((slots, len(SLOPES)), np.float32)
        self.trust = np.zeros(slots)
        self.spoken = np.zeros(slots, np.int64)
        self.muted = np.zeros(slots, np.bool_)
        self.off = np.zeros(slots, np.bool_)
        self.worth = np.zeros((slots, points, WIDTH), np.float32)
        self.expired = np.zeros((slots, points), np.bool_)
        self.gains = np.zeros((slots, points, 3), np.float32)
        self.felt_sum = np.zeros((slots, 2))
        self._rows = np.arange(slots)
        self._tempers = pool.temper(self.assumptions)
        self.temper = self._tempers[:, self.person]
        self._appraisal = Appraisal(self.parameters)
        self._feeling = Feeling(self.parameters)
        self._scale = deviation_scale(self.parameters)
        self._scale *= np.float32(self.assumptions.heterogeneity)

    def only(self, slots: Ints) -> Self:
        """A copy that holds these slots only; what happens to it leaves this user as it is."""
        other = copy(self)
        for name in self.STATE:
            setattr(other, name, getattr(self, name)[slots])
        other.temper = self.temper[:, slots]
        other._rows = np.arange(len(other.person))
        return other

    def put(self, slots: Ints, other: Self) -> None:
        """Take over the state of `only(slots)` after something happened to it."""
        for name in self.STATE:
            getattr(self, name)[slots] = getattr(other, name)
        self.temper[:, slots] = other.temper

    # ------------------------------------------------------------------ episodes and sessions

    def begin_episode(self, slots: Ints, person: Ints, keys: Keys) -> None:
        """Seat new people: their deviations and first trust are drawn here."""
        self.person[slots] = person
        self.temper[:, slots] = self._tempers[:, person]
        self.keys[slots] = keys
        identity = self.pool.identity[person] if self.frozen else keys
        self.deviation[slots] = normals(derive(identity, _DEVIATION), len(SLOPES)) * self._scale
        mean, sd = self.parameters.trust_start
        start = normals(derive(identity, _TRUST), 1)[:, 0] * sd + mean
        self.trust[slots] = np.clip(start, 1.0, 7.0)
        self.off[slots] = False

    def begin_session(self, slots: Ints, session: Ints, moments: Moments) -> None:
        """Let preferences drift (not before the first session) and appraise the day's moments."""
        keys = derive(self.keys[slots], session)
        self.session_keys[slots] = keys
        self._drift(slots, session, keys)
        self.muted[slots] = False
        self.spoken[slots] = 0
        self.felt_sum[slots] = 0.0
        self._appraise(slots, moments)

    def _drift(self, slots: Ints, session: Ints, keys: Keys) -> None:
        a = self.assumptions
        changes = uniforms(derive(keys, _CHANGE), 1)[:, 0] < a.life_change_rate
        share = np.where(changes, 1.0, a.drift) * (np.asarray(session) > 0)
        fresh = normals(derive(keys, _DEVIATION), len(SLOPES)) * self._scale
        old = self.deviation[slots] * np.sqrt(1 - share**2)[:, None]
        self.deviation[slots] = old + share[:, None] * fresh

    def _appraise(self, slots: Ints, moments: Moments) -> None:
        situation = self.situation(moments, true=True)
        worth = self.appraise(slots, situation)
        worth[..., _HOLD] -= self.fade(moments, situation)
        self.worth[slots] = worth
        self.expired[slots] = moments.break_delay > self.table.window_h[moments.scenario]
        gains = (situation.benefit / 2.5 - 1, (situation.urgency - 3) / 2, (situation.stakes - 3) / 2)
        self.gains[slots] = np.stack(gains, axis=-1)

    def fade(self, moments: Moments, situation: Situation) -> Array:
        """Worth that a held message loses until its break, in the moments' shape."""
        window = self.table.window_h[moments.scenario]
        return self.assumptions.hold_fade * moments.break_delay / window * situation.urgency / 3

    def situation(self, moments: Moments, true: bool) -> Situation:
        """Moments with the scenarios' true benefit, urgency and stakes, or with the estimates."""
        scenario, table = moments.scenario, self.table
        if true:
            values = (table.benefit[scenario], table.urgency[scenario], table.stakes[scenario])
        else:
            values = tuple(moments.estimate[..., i] for i in range(3))
        return Situation(
            *values,
            table.domain[scenario],
            moments.activity,
            moments.hour,
            moments.alone,
            moments.concerns,
        )

    def appraise(self, slots: Ints, situation: Situation) -> NDArray[np.float32]:
        """Worths and rating indices of n x P situations of n slots: (n, P, WIDTH)."""
        person, deviation = self.person[slots], self.deviation[slots]
        return self._appraisal(self.pool.traits, person, deviation, situation)

    # ------------------------------------------------------------------ one decision point

    def respond(
        self, point: Ints, action: Ints, nonsense: NDArray[np.bool_] | None = None
    ) -> Response:
        """All N people meet their decision point; see the module's description."""
        at = (self._rows, point)
        deed = Deed.of(action, self.off | self.muted | ((action[:, 0] == 2) & self.expired[at]))
        keys = derive(derive(self.session_keys, _POINT), point)
        satisfaction, ratings = self._feel(at, deed, keys)
        if nonsense is not None:
            satisfaction[deed.spoken & nonsense], ratings[:, deed.spoken & nonsense] = 0, 1
        reward = (satisfaction - 5) / 5
        reaction, wish = self._react(at, deed, reward, ratings, derive(keys, 1))
        penalty = np.where(self.off, np.minimum(self.assumptions.off_penalty, reward + 1), 0.0)
        matters = deed.spoken | (wish & ~self.off & ~self.muted)
        self.trust += np.where(matters, self._trust_change(reward), 0.0)
        np.clip(self.trust, 1.0, 7.0, out=self.trust)
        self.spoken += deed.spoken
        self.felt_sum[:, 0] += reward - penalty
        self.felt_sum[:, 1] += np.where(deed.spoken, ratings[0] + ratings[1], 2 * ratings[0])
        self._mute(deed.spoken & (reaction == _MUTE), keys)
        final = reward - penalty
        return Response(reaction, satisfaction, ratings.T, final, -penalty, deed.spoken, wish)

    def _fatigue(self) -> Array:
        """Worth that words have lost by now in this session."""
        return self.assumptions.fatigue * np.maximum(0.0, self.spoken - self.temper[_TOLERANCE])

    def shifts(self) -> Array:
        """What trust and fatigue add to the worth of silence, words and acts now, (N, 3)."""
        trust, tired = (self.trust - 4) / 2, self._fatigue()
        silent, spoken, act, act_r3 = self.parameters.relationship
        by_act = act + act_r3 * self.temper[_DELEGATING]
        words = trust * spoken - tired
        return np.column_stack([trust * silent, words, words + trust * by_act])

    def _feel(
        self, at: tuple[Ints, Ints], deed: Deed, keys: Keys
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Satisfaction 0-10 (N,) and ratings 1-5 (3, N)."""
        worth = np.ascontiguousarray(self.worth[at].T)
        noise = np.ascontiguousarray(normals(keys, NORMALS).T)
        tired = np.where(deed.spoken, self._fatigue(), 0.0)
        # Off, silence is felt with the trust at which it is worst: losing trust must never pay.
        worst = -1.5 * np.sign(self.parameters.relationship[0])
        trust = np.where(self.off, worst, (self.trust - 4) / 2)
        return self._feeling.rate(worth, deed, trust, self.temper[_DELEGATING], tired, noise)

    def _react(
        self,
        at: tuple[Ints, Ints],
        deed: Deed,
        reward: Array,
        ratings: NDArray[np.int64],
        keys: Keys,
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """What a device sees, (N,) codes, and whether a need was missed, (N,)."""
        felt = np.empty((4, len(reward)))
        felt[0] = reward
        felt[1:] = (ratings - 3) / 2
        felt[2:] *= deed.spoken
        reaction, wish = react(
            self.parameters,
            deed,
            felt,
            self.gains[at].T,
            (self.trust - 4) / 2,
            self.temper[_ITEMS:],
            gumbels(keys, GUMBELS).T,
        )
        voiced = wish & ~self.off & (uniforms(keys, 3)[:, 2] < self.temper[_VOICE])
        silence = np.where(voiced, _WISH, _NONE)
        return np.where(deed.spoken, reaction, silence).astype(np.int8), wish

    def _trust_change(self, reward: Array) -> Array:
        """Points of trust that one felt moment brings."""
        event, gain, loss, forgiving, level = self.parameters.trust
        lost = np.minimum(reward, 0) * (loss + forgiving * self.temper[_FORGIVING])
        change = event + gain * np.maximum(reward, 0) + lost + level * (self.trust - 4)
        return self.assumptions.trust_a_point * change

    # ------------------------------------------------------------------ muting, switching off

    def _mute(self, now: NDArray[np.bool_], keys: Keys) -> None:
        """A mute silences the rest of the day, and is a moment to switch off for good."""
        self.muted |= now
        if now.any():
            self.off |= now & self._switches_off(self._rows, derive(keys, _OFF))

    def _switches_off(self, slots: Ints, keys: Keys) -> NDArray[np.bool_]:
        intercept, by_trust, by_r2 = self.parameters.switch_off
        impatient = self.temper[_IMPATIENT, slots]
        odds = intercept + by_trust * np.rint(self.trust[slots]) + by_r2 * impatient
        return uniforms(keys, 1)[:, 0] < expit(odds)

    def end_session(self, slots: Ints) -> Questionnaire:
        """The day's questionnaire; whoever heard something today may switch off for good."""
        keys = derive(self.session_keys[slots], _OFF)
        heard = self.spoken[slots] > 0
        self.off[slots] |= heard & self._switches_off(slots, keys)
        mean = self.felt_sum[slots] / self.worth.shape[1]
        return Questionnaire(
            satisfaction=1 + 3 * (mean[:, 0] + 1),
            trust=self.trust[slots].copy(),
            comfort=1 + 6 * (mean[:, 1] / 2 - 1) / 4,
        )
