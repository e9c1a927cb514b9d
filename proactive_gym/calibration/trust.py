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

from proactive_gym.calibration.satisfaction import folds
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
class TrustFit:
    """How trust moves, per diary day.

    Attributes:
        coefficients: Over `parameters.TRUST_TERMS`.
        errors: Their standard errors.
        noise_sd: Of one day's change.
        r2: Share of variance explained, in the sample and out of fold, and that of event names.
        start_mean: Mean trust before the first day.
        start_sd: Its standard deviation.
        off_intercept: Log-odds of switching off at the end of a day.
        off_trust: Per point of trust.
        off_r2: Per (R2 - 4) / 2.
        off_rate: Share of the diaries that end switched off.
    """

    coefficients: Array
    errors: Array
    noise_sd: float
    r2: dict[str, float]
    start_mean: float
    start_sd: float
    off_intercept: float
    off_trust: float
    off_r2: float
    off_rate: float


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
        worth = covariates(traits, person, situation) @ matrix @ has
        kind = {"silent": "silent"}.get(event.behaviour[0], "spoken")
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
    person = np.array([evidence.people.index(d.persona) for d in evidence.diaries])
    trust = np.array([d.trust for d in evidence.diaries], float)
    event = np.array([[DIARY_EVENTS.index(e) for e in d.events] for d in evidence.diaries])
    days = event.shape[1]
    who, change = np.repeat(person, days), np.diff(trust, axis=1).ravel()
    item = {k: (evidence.people.survey[:, SURVEY_ITEMS.index(k)] - 4) / 2 for k in ("R1", "R2")}
    before = trust[:, :-1].ravel()
    columns = trust_columns(rewards[who, event.ravel()], before, item["R1"][who])
    fit = sm.OLS(change, columns).fit()
    named = np.column_stack([event.ravel()[:, None] == np.arange(len(DIARY_EVENTS)), before]) * 1.0
    last = np.array([d.switched_off_after_day or days for d in evidence.diaries])
    at_risk = np.arange(1, days + 1) <= last[:, None]
    off = np.array([d.switched_off_after_day is not None for d in evidence.diaries])
    ended = (np.arange(1, days + 1) == last[:, None]) & off[:, None]
    after = np.column_stack([trust[:, 1:].ravel(), item["R2"][who]])[at_risk.ravel()]
    hazard = LogisticRegression(C=1.0).fit(after, ended.ravel()[at_risk.ravel()])
    return TrustFit(
        coefficients=fit.params,
        errors=fit.bse,
        noise_sd=float(np.sqrt(fit.scale)),
        r2={
            "in sample": float(fit.rsquared),
            "out of fold": _r2_out_of_fold(columns, change, who),
            "event names and level, out of fold": _r2_out_of_fold(named, change, who),
        },
        start_mean=float(trust[:, 0].mean()),
        start_sd=float(trust[:, 0].std()),
        off_intercept=float(hazard.intercept_[0]),
        off_trust=float(hazard.coef_[0, 0]),
        off_r2=float(hazard.coef_[0, 1]),
        off_rate=float(off.mean()),
    )


def _r2_out_of_fold(columns: Array, change: Array, person: NDArray[np.int64]) -> float:
    predicted = np.zeros(len(change))
    for train, test in folds(person, 8):
        predicted[test] = columns[test] @ np.linalg.lstsq(columns[train], change[train])[0]
    return float(1 - ((change - predicted) ** 2).sum() / ((change - change.mean()) ** 2).sum())
