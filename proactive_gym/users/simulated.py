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
from proactive_gym.streams import (
    Keys,
    derive,
    gumbel_of,
    halfwords,
    normal_of,
    normals,
    uniform_of,
    uniforms,
)
from proactive_gym.users import solo
from proactive_gym.users.assumptions import UserAssumptions
from proactive_gym.users.deviations import SLOPES
from proactive_gym.users.features import COMPONENTS, Situation, Traits
from proactive_gym.users.feeling import NORMALS, Deed, Feeling
from proactive_gym.users.latent import REWARDS
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.protocol import Ints, Questionnaire, Response
from proactive_gym.users.reacting import GUMBELS, Reacting
from proactive_gym.users.reactions import reacting_items
from proactive_gym.users.worths import WIDTH, Appraisal, deviation_scale
from proactive_gym.vocabulary import REACTIONS, SURVEY_ITEMS, TIMINGS
from proactive_gym.world import Moments, ScenarioTable

Array = NDArray[np.float64]

# Salts of the streams; the world uses 101-119.
_DEVIATION, _TRUST, _CHANGE, _POINT, _OFF, _MUTED = 201, 202, 203, 204, 205, 206
_HOLD = COMPONENTS.index("hold")
_HELD = TIMINGS.index("hold")
NONE, WISH, MUTE = (REACTIONS.index(r) for r in ("none", "wish", "mute"))
_WORST = np.array([[0], [1], [1], [1]])
# Rows of `temper`.
FORGIVING, IMPATIENT, DELEGATING, VOICE, TOLERANCE, REACTS = range(6)


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

    def temper(self, assumptions: UserAssumptions, reacting: Reacting) -> Array:
        """How people react, (5 + GUMBELS + 1, M).

        R1, R2 and R3 scaled; the chance of voicing a missed need; messages that never tire; what
        their answers add to the reaction models.
        """
        scaled = [self.traits.survey[:, SURVEY_ITEMS.index(i)] for i in ("R1", "R2", "R3")]
        feedback, sociable = (
            self.people.survey[:, SURVEY_ITEMS.index(i)].astype(np.float64) for i in ("R4", "T1")
        )
        own = [assumptions.voice * feedback, assumptions.tolerance + sociable]
        reacts = reacting.of_people(reacting_items(self.traits.survey).T)
        return np.vstack([*scaled, *own, reacts])


class SimulatedUser:
    """N simulated people; implements `users.protocol.User`. Its state is the arrays of `STATE`.

    Args:
        pool: Who may take a seat.
        slots: N.
        points: Decision points a session.
        parameters: Fitted numbers; the packaged ones by default.
        assumptions: Assumed numbers; the documented defaults by default.
        table: The scenarios that moments point into.
        frozen: Whether a person's deviations and first trust are the same at the start of every
            episode (suites) instead of being drawn for each (training); drift is always drawn.
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
        "noise",
        "expired",
        "scenario",
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
        self.noise = np.zeros((slots, points, NORMALS + GUMBELS + 1), np.uint16)
        self.expired = np.zeros((slots, points), np.bool_)
        self.scenario = np.zeros((slots, points), np.int16)
        self.felt_sum = np.zeros((slots, 2))
        self._foreseen: Array | None = None
        self._day: solo.Day | None = None
        self._rows = np.arange(slots)
        gains = [self.table.benefit / 2.5 - 1, (self.table.urgency - 3) / 2]
        gains.append((self.table.stakes - 3) / 2)
        self.reacting = Reacting(self.parameters, np.array(gains))
        event, gain, loss, forgiving, level = self.parameters.trust
        lost, share = np.minimum(REWARDS, 0), self.assumptions.trust_a_point
        steady = event + gain * np.maximum(REWARDS, 0) + loss * lost
        self.trust_by_answer = share * np.array([steady, forgiving * lost])
        self.trust_pull = share * level
        self.worst_trust = -1.5 * np.sign(self.parameters.relationship[0])
        self._tempers = pool.temper(self.assumptions, self.reacting)
        self.temper = self._tempers[:, self.person]
        self._appraisal = Appraisal(self.parameters)
        self.feeling = Feeling(self.parameters)
        self._scale = deviation_scale(self.parameters)
        self._scale *= np.float32(self.assumptions.heterogeneity)

    def only(self, slots: Ints) -> Self:
        """A copy that holds these slots only; what happens to it leaves this user as it is."""
        other = copy(self)
        for name in self.STATE:
            setattr(other, name, getattr(self, name)[slots])
        other.temper = self.temper[:, slots]
        if self._foreseen is not None:
            other._foreseen = self._foreseen[:, slots]
        other._rows = np.arange(len(other.person))
        other._day = solo.lay_out(other) if len(other._rows) == 1 else None
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
        self._appraise(slots, session, moments)
        each = derive(derive(keys, _POINT)[:, None], np.arange(self.worth.shape[1]))
        self.noise[slots] = halfwords(each, self.noise.shape[2])
        self._day = solo.lay_out(self) if len(self._rows) == 1 else None

    def _drift(self, slots: Ints, session: Ints, keys: Keys) -> None:
        a = self.assumptions
        changes = uniforms(derive(keys, _CHANGE), 1)[:, 0] < a.life_change_rate
        share = np.where(changes, 1.0, a.drift) * (np.asarray(session) > 0)
        fresh = normals(derive(keys, _DEVIATION), len(SLOPES)) * self._scale
        old = self.deviation[slots] * np.sqrt(1 - share**2)[:, None]
        self.deviation[slots] = old + share[:, None] * fresh

    def foresee(self, slots: Ints, sessions: int, life: Moments) -> None:
        """Appraise whole lives at once, but for the deviations, which are not known yet."""
        shape = (len(slots), sessions, life.hour.shape[1])
        person = self.person[slots].repeat(sessions)
        typical = self._appraisal.typical(self.pool.traits, person, self.situation(life))
        if self._foreseen is None:
            self._foreseen = np.zeros((len(typical), len(self.person), *shape[1:]))
        self._foreseen[:, slots] = typical.reshape(-1, *shape)

    def _appraise(self, slots: Ints, session: Ints, moments: Moments) -> None:
        situation = self.situation(moments)
        if self._foreseen is None:
            worth = self.appraise(slots, situation)
        else:
            typical = self._foreseen[:, slots, session]
            worth = self._appraisal.personal(typical, self.deviation[slots], situation)
        worth[..., _HOLD] -= self.fade(moments, situation)
        self.worth[slots] = worth
        self.expired[slots] = moments.break_delay > self.table.window_h[moments.scenario]
        self.scenario[slots] = moments.scenario

    def fade(self, moments: Moments, situation: Situation) -> Array:
        """Worth that a held message loses until its break, in the moments' shape."""
        window = self.table.window_h[moments.scenario]
        return self.assumptions.hold_fade * moments.break_delay / window * situation.urgency / 3

    def situation(self, moments: Moments) -> Situation:
        """Moments with the scenarios' true benefit, urgency and stakes."""
        scenario, table = moments.scenario, self.table
        return Situation(
            table.benefit[scenario],
            table.urgency[scenario],
            table.stakes[scenario],
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
        if self._day is not None:
            return solo.respond(self, self._day, int(point[0]), action[0].tolist(), nonsense)
        at = (self._rows, point)
        deaf = self.off | self.muted
        deed = Deed.of(action, deaf | ((action[:, 0] == _HELD) & self.expired[at]))
        noise = self.noise[at].T
        answers = self._feel(at, deed, normal_of(noise[:NORMALS]))
        if nonsense is not None:
            answers[:, deed.spoken & nonsense] = _WORST
        reward = REWARDS.take(answers[0])
        reaction, wish = self._react(at, deed, answers, noise[NORMALS:])
        self.trust += self._trust_change(answers[0]) * (deed.spoken | (wish & ~deaf))
        np.maximum(self.trust, 1.0, out=self.trust)
        np.minimum(self.trust, 7.0, out=self.trust)
        self.spoken += deed.spoken
        penalty = np.zeros(len(reward))
        if np.count_nonzero(self.off):
            penalty[self.off] = np.minimum(self.assumptions.off_penalty, reward[self.off] + 1)
            reward = reward - penalty
        self.felt_sum[:, 0] += reward
        self.felt_sum[:, 1] += answers[1]
        self.mute(reaction == MUTE, point)
        ratings = answers[1:].T
        return Response(reaction, answers[0], ratings, reward, -penalty, deed.spoken, wish)

    def _fatigue(self) -> Array:
        """Worth that words have lost by now in this session."""
        return self.assumptions.fatigue * np.maximum(0.0, self.spoken - self.temper[TOLERANCE])

    def shifts(self) -> Array:
        """What trust and fatigue add to the worth of silence, words and acts now, (N, 3)."""
        trust, tired = (self.trust - 4) / 2, self._fatigue()
        silent, spoken, act, act_r3 = self.parameters.relationship
        by_act = act + act_r3 * self.temper[DELEGATING]
        words = trust * spoken - tired
        return np.column_stack([trust * silent, words, words + trust * by_act])

    def _feel(
        self, at: tuple[Ints, Ints], deed: Deed, noise: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Satisfaction 0-10 and ratings 1-5, (4, N)."""
        # Off, silence is felt with the trust at which it is worst: losing trust must never pay.
        trust = np.where(self.off, self.worst_trust, (self.trust - 4) / 2)
        before = self.feeling.before(self.worth[at].T, deed, noise)
        return self.feeling.rate(before, deed, trust, self.temper[DELEGATING], self._fatigue())

    def _react(
        self,
        at: tuple[Ints, Ints],
        deed: Deed,
        answers: NDArray[np.int64],
        draws: NDArray[np.uint16],
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """What a device sees, (N,) codes, and whether a need was missed, (N,)."""
        steady, wish_odds = self.chances(self.scenario[at], gumbel_of(draws[:GUMBELS]), self.temper)
        wish_odds += self.reacting.wish_by_felt.take(answers[0] * 5 + answers[1] - 1)
        wish = (wish_odds > 0) & ~deed.spoken
        voiced = wish & ~self.off & (uniform_of(draws[GUMBELS]) < self.temper[VOICE])
        said = self.reacting.to_words(answers, deed.code, steady, (self.trust - 4) / 2)
        silence = np.where(voiced, WISH, NONE)
        return np.where(deed.spoken, said, silence).astype(np.int8), wish

    def chances(
        self, scenario: Ints, draws: NDArray[np.float32], temper: Array
    ) -> tuple[Array, Array]:
        """What scenario, person and chance add to the logits of reactions and to a wish's log-odds.

        Args:
            scenario: (n,).
            draws: (GUMBELS, n), standard Gumbel variates.
            temper: (rows, n).

        Returns:
            (GUMBELS, n) and (n,).
        """
        own = temper[REACTS:]
        logits = self.reacting.by_scenario.take(scenario, axis=1) + own[:GUMBELS] + draws
        # The difference of two Gumbel variates is logistic: a draw from the logistic model.
        chance = draws[0] - draws[1]
        return logits, self.reacting.wish_by_scenario.take(scenario) + own[GUMBELS] + chance

    def _trust_change(self, satisfaction: NDArray[np.int64]) -> Array:
        """Points of trust that one felt moment brings."""
        steady, forgiven = self.trust_by_answer
        change = steady.take(satisfaction)
        change += forgiven.take(satisfaction) * self.temper[FORGIVING]
        change += self.trust_pull * (self.trust - 4)
        return change

    # ------------------------------------------------------------------ muting, switching off

    def mute(self, now: NDArray[np.bool_], point: Ints) -> None:
        """A mute silences the rest of the day, and is a moment to switch off for good."""
        if not np.count_nonzero(now):
            return
        self.muted |= now
        slots = np.flatnonzero(now)
        keys = derive(derive(self.session_keys[slots], _MUTED), point[slots])
        self.off[slots] |= self._switches_off(slots, keys)

    def _switches_off(self, slots: Ints, keys: Keys) -> NDArray[np.bool_]:
        intercept, by_trust, by_r2 = self.parameters.switch_off
        impatient = self.temper[IMPATIENT, slots]
        odds = intercept + by_trust * np.rint(self.trust[slots]) + by_r2 * impatient
        return uniforms(keys, 1)[:, 0] < expit(odds)

    def end_session(self, slots: Ints) -> Questionnaire:
        """The day's questionnaire; whoever heard something today may switch off for good."""
        keys = derive(self.session_keys[slots], _OFF)
        # Whoever muted the assistant has decided about it already.
        heard = (self.spoken[slots] > 0) & ~self.muted[slots]
        self.off[slots] |= heard & self._switches_off(slots, keys)
        mean = self.felt_sum[slots] / self.worth.shape[1]
        return Questionnaire(
            satisfaction=1 + 3 * (mean[:, 0] + 1),
            trust=self.trust[slots].copy(),
            comfort=1 + 6 * (mean[:, 1] - 1) / 4,
        )
