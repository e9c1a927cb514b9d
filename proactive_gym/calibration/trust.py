"""Trust and switching off, fitted on the diaries.

A diary names what kind of thing happened each day; the simulator knows how satisfying each thing
was. So each diary event is composed as a situation (`EVENTS`: our reading of the event's name),
the satisfaction model predicts how this person feels about it, and the change of trust is
regressed on that: gains and losses apart, losses less for those who forgive quickly (R1), and a
pull by the present level of trust. Least squares (statsmodels).
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from proactive_gym.calibration.tables import Evidence, action_codes
from proactive_gym.users.features import (
    Situation,
    Traits,
    action_components,
    coefficient_matrix,
    covariates,
)
from proactive_gym.users.latent import expected_reward
from proactive_gym.vocabulary import ACTIVITIES, DIARY_EVENTS, DOMAINS, SURVEY_ITEMS

Array = NDArray[np.float64]

_WORST_STYLE = ("brief", "formal")


@dataclass(frozen=True, slots=True)
class _Event:
    behaviour: tuple[str, str | None, str | None, str | None]
    benefit: float
    urgency: float
    stakes: float
    activity: str
    hour: float
    concerns: bool = True


_SAY = ("brief", "casual")
EVENTS: dict[str, _Event] = {
    "good_now": _Event(("now", "suggest", *_SAY), 4, 3, 2, "relaxing", 15),
    "good_hold": _Event(("hold", "suggest", *_SAY), 4, 3, 2, "focused_work", 10),
    "trivial": _Event(("now", "notify", *_SAY), 1, 1, 1, "relaxing", 15),
    "meeting": _Event(("now", "notify", *_SAY), 2, 2, 2, "meeting", 11),
    "urgent_meeting": _Event(("now", "notify", *_SAY), 5, 5, 4, "meeting", 11),
    "act_right": _Event(("now", "act", *_SAY), 4, 3, 2, "relaxing", 15),
    "act_wrong": _Event(("now", "act", *_SAY), 2, 2, 4, "relaxing", 15, concerns=False),
    "missed": _Event(("silent", None, None, None), 5, 4, 3, "relaxing", 15),
    "ask": _Event(("now", "ask", *_SAY), 3, 3, 2, "relaxing", 15),
    "night": _Event(("now", "suggest", *_SAY), 2, 2, 2, "in_bed", 23),
    "late": _Event(("silent", None, None, None), 3, 4, 2, "chores", 18),
    "style": _Event(("now", "suggest", *_WORST_STYLE), 3, 2, 2, "relaxing", 15),
}
"""Our reading of the diaries' event names; "late" came after its use, so it counts as silence."""


@dataclass(frozen=True, eq=False)
class Days:
    """Every diary day on which the assistant was still on; a day switched off moves no trust.

    Attributes:
        person: (n,), positions in the evidence's people.
        day: (n,), from 0.
        event: (n,), positions in `DIARY_EVENTS`.
        before: (n,), trust 1-7 before the day.
        after: (n,), trust after it.
        ended: (n,), whether the person switched off after it.
        r1: (n,), the answer to R1 (forgives), (answer - 4) / 2.
        r2: (n,), the answer to R2 (would switch off), likewise.
    """

    person: NDArray[np.int64]
    day: NDArray[np.int64]
    event: NDArray[np.int64]
    before: Array
    after: Array
    ended: NDArray[np.bool_]
    r1: Array
    r2: Array

    @classmethod
    def of(cls, evidence: Evidence) -> "Days":
        """Lay out the diaries of `evidence`."""
        diaries = evidence.diaries
        trust = np.array([d.trust for d in diaries], float)
        event = np.array([[DIARY_EVENTS.index(e) for e in d.events] for d in diaries])
        count = event.shape[1]
        last = np.array([d.switched_off_after_day or count for d in diaries])[:, None]
        off = np.array([d.switched_off_after_day is not None for d in diaries])[:, None]
        number = np.arange(1, count + 1)
        on = number <= last
        who, day = np.nonzero(on)
        person = np.array([evidence.people.index(d.persona) for d in diaries])[who]
        r1, r2 = (
            (evidence.people.survey[person, SURVEY_ITEMS.index(k)] - 4) / 2 for k in ("R1", "R2")
        )
        ended = (off & (number == last))[on]
        return cls(person, day, event[on], trust[:, :-1][on], trust[:, 1:][on], ended, r1, r2)

    def columns(self, rewards: Array) -> Array:
        """Columns of `parameters.TRUST_TERMS`, (n, 5), given `event_rewards`."""
        return trust_columns(rewards[self.person, self.event], self.before, self.r1)

    @property
    def hazard_columns(self) -> Array:
        """What switching off depends on, (n, 2): trust after the day, and R2."""
        return np.column_stack([self.after, self.r2])


@dataclass(frozen=True, eq=False)
class TrustFit:
    """How trust moves, per diary day.

    Attributes:
        coefficients: Over `parameters.TRUST_TERMS`.
        errors: Their standard errors.
        noise_sd: Of one day's change.
        start_mean: Mean trust before the first day.
        start_sd: Its standard deviation.
        off_intercept: Log-odds of switching off at the end of a day.
        off_trust: Per point of trust.
        off_r2: Per (R2 - 4) / 2.
    """

    coefficients: Array
    errors: Array
    noise_sd: float
    start_mean: float
    start_sd: float
    off_intercept: float
    off_trust: float
    off_r2: float


def event_rewards(evidence: Evidence, coefficients: Array, noise_sd: dict[str, float]) -> Array:
    """Expected reward of each diary event for each person, (people, len(DIARY_EVENTS)).

    Averaged over the thirteen domains, since the events name none.
    """
    people, matrix = len(evidence.people), coefficient_matrix(coefficients)
    traits = Traits.of(evidence.people)
    person = np.repeat(np.arange(people), len(DOMAINS))
    domain = np.tile(np.arange(len(DOMAINS)), people)
    rewards = np.zeros((people, len(DIARY_EVENTS)))
    for i, name in enumerate(DIARY_EVENTS):
        event, shape = EVENTS[name], person.shape
        situation = Situation(
            np.full(shape, event.benefit),
            np.full(shape, event.urgency),
            np.full(shape, event.stakes),
            domain,
            np.full(shape, ACTIVITIES.index(event.activity)),
            np.full(shape, event.hour),
            np.ones(shape, bool),
            np.full(shape, event.concerns),
        )
        has = action_components()[action_codes(*event.behaviour)]
        worth = has @ matrix.T @ covariates(traits, person, situation)
        kind = "silent" if event.behaviour[0] == "silent" else "spoken"
        kind = "act" if event.behaviour[1] == "act" else kind
        reward = expected_reward(worth, noise_sd[kind])
        rewards[:, i] = reward.reshape(people, len(DOMAINS)).mean(axis=1)
    return rewards


def trust_columns(reward: Array, trust: Array, r1: Array) -> Array:
    """Columns of `parameters.TRUST_TERMS`, (n, 5)."""
    gain, loss = np.maximum(reward, 0), np.minimum(reward, 0)
    return np.column_stack([np.ones(len(reward)), gain, loss, loss * r1, trust - 4])


def fit_trust(evidence: Evidence, rewards: Array) -> TrustFit:
    """Fit both models.

    Args:
        evidence: The people and their diaries.
        rewards: `event_rewards`.
    """
    days = Days.of(evidence)
    moved = sm.OLS(days.after - days.before, days.columns(rewards)).fit()
    intercept, per_trust, per_r2 = fit_hazard(days.hazard_columns, days.ended)
    start = np.array([d.trust[0] for d in evidence.diaries], float)
    return TrustFit(
        coefficients=moved.params,
        errors=moved.bse,
        noise_sd=float(np.sqrt(moved.scale)),
        start_mean=float(start.mean()),
        start_sd=float(start.std()),
        off_intercept=intercept,
        off_trust=per_trust,
        off_r2=per_r2,
    )


def fit_hazard(columns: Array, ended: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Intercept and weights of the log-odds of switching off after a day.

    Args:
        columns: (n, 2), `Days.hazard_columns`.
        ended: (n,).
    """
    model = LogisticRegression(C=1.0).fit(columns, ended)
    return float(model.intercept_[0]), float(model.coef_[0, 0]), float(model.coef_[0, 1])
