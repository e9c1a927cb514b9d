"""Section 4: how trust moves over ten days, and when people switch the assistant off."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from proactive_gym.calibration import trust
from proactive_gym.calibration.assess.panel import Mask, Panel
from proactive_gym.calibration.assess.scores import auc, mean_interval, rounded
from proactive_gym.calibration.satisfaction import Deviations
from proactive_gym.calibration.trust import Days
from proactive_gym.users.features import term_names
from proactive_gym.vocabulary import DIARY_EVENTS, SURVEY_ITEMS

Array = NDArray[np.float64]

LOWEST, HIGHEST = 1, 7
RUNS = 40
"""Simulated lives of each diary."""
_SEED = 20261124


def assess_trust(panel: Panel, spread: Deviations) -> dict[str, Any]:
    """All of this section.

    Args:
        panel: The people.
        spread: For the noise of felt rewards.
    """
    days = Days.of(panel.evidence)
    rewards = event_rewards(panel, spread)
    columns = np.array([days.columns(r) for r in rewards])
    change = days.after - days.before
    happened = days.event[:, None] == np.arange(len(DIARY_EVENTS))
    named = np.column_stack([happened, days.before]) * 1.0
    predicted = {
        "level only": _least_squares(panel, days, columns[:, :, [0, 4]], change),
        "felt rewards (the model)": _least_squares(panel, days, columns, change),
        "event names": _least_squares(panel, days, np.array([named] * len(rewards)), change),
    }
    return {
        "change": {
            name: {
                g: rounded(1 - np.mean((change - p)[at] ** 2) / np.var(change[at]))
                for g, at in panel.groups(days.person).items()
            }
            for name, p in predicted.items()
        },
        "events": _by_event(days, change, predicted["felt rewards (the model)"]),
        "trajectory": _trajectory(panel, days, rewards),
        "switch_off": _switch_off(panel, days),
    }


def event_rewards(panel: Panel, spread: Deviations) -> Array:
    """`trust.event_rewards` by the satisfaction model of each split, (splits, people, events)."""
    terms = len(term_names())
    return np.array(
        [
            trust.event_rewards(panel.evidence, panel.stack.fit(train)[:terms], spread.noise_sd)
            for train, _ in panel.splits(panel.stack.person)
        ]
    )


def _least_squares(panel: Panel, days: Days, columns: Array, change: Array) -> Array:
    """Change predicted out of sample; `columns` are (splits, n, k), for rewards differ by split."""
    predicted = np.zeros(len(change))
    for design, (train, test) in zip(columns, panel.splits(days.person), strict=True):
        weights = np.linalg.lstsq(design[train], change[train])[0]
        predicted[test] = design[test] @ weights
    return predicted


def _by_event(days: Days, change: Array, predicted: Array) -> dict[str, Any]:
    """Mean change after each kind of day, observed and predicted, all people."""
    found = {}
    for i, name in enumerate(DIARY_EVENTS):
        at = days.event == i
        if at.any():
            pair = {"observed": change[at].mean(), "predicted": predicted[at].mean()}
            found[name] = {**{k: rounded(v) for k, v in pair.items()}, "days": int(at.sum())}
    return found


@dataclass(frozen=True, eq=False)
class _Model:
    """Both trust models, fitted on some people."""

    change: Array
    noise_sd: float
    off: tuple[float, float, float]

    @classmethod
    def fit(cls, days: Days, rewards: Array, train: Mask) -> "_Model":
        columns, change = days.columns(rewards)[train], (days.after - days.before)[train]
        weights = np.linalg.lstsq(columns, change)[0]
        noise = float(np.std(change - columns @ weights))
        return cls(
            np.asarray(weights, float),
            noise,
            trust.fit_hazard(days.hazard_columns[train], days.ended[train]),
        )

    def chance(self, after: Array, r2: Array) -> Array:
        """Of switching off after a day that left this trust."""
        intercept, by_trust, by_r2 = self.off
        return expit(intercept + by_trust * after + by_r2 * r2)


def _trajectory(panel: Panel, days: Days, rewards: Array) -> dict[str, Any]:
    """Trust by day: observed, and as the model lives through the diaries' own events.

    The model starts from each person's first trust and goes its own way from there; once it
    switched the assistant off, nothing moves it.
    """
    evidence = panel.evidence
    observed = np.array([d.trust for d in evidence.diaries], float)
    person = np.array([evidence.people.index(d.persona) for d in evidence.diaries])
    event = np.array([[DIARY_EVENTS.index(e) for e in d.events] for d in evidence.diaries])
    items = (evidence.people.survey - 4) / 2
    lives, off = np.zeros((RUNS, *observed.shape)), np.zeros((RUNS, len(observed)), bool)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    splits = zip(rewards, panel.splits(days.person), panel.splits(person), strict=True)
    for reward, (train, _), (_, test) in splits:
        model, who = _Model.fit(days, reward, train), person[test]
        felt = reward[who[:, None], event[test]]
        lives[:, test], off[:, test] = _live(model, items[who], felt, observed[test, 0], rng)
    ended = np.array([d.switched_off_after_day is not None for d in evidence.diaries])
    return {
        group: {
            "observed": _rounded_all(observed[at].mean(axis=0)),
            "simulated": _rounded_all(lives[:, at].mean(axis=(0, 1))),
            "observed_sd": _rounded_all(observed[at].std(axis=0)),
            "simulated_sd": _rounded_all(lives[:, at].std(axis=(0, 1))),
            "off_observed": mean_interval(ended[at] * 1.0, person[at]),
            "off_simulated": rounded(off[:, at].mean()),
        }
        for group, at in panel.groups(person).items()
    }


def _rounded_all(values: Array) -> list[float]:
    return [rounded(v) for v in values]


def _live(
    model: _Model, items: Array, felt: Array, start: Array, rng: np.random.Generator
) -> tuple[Array, NDArray[np.bool_]]:
    """RUNS lives of n diaries: trust (RUNS, n, days + 1), and who ends switched off (RUNS, n).

    Args:
        model: Fitted on others.
        items: (n, 26), scaled answers.
        felt: (n, days), expected rewards of the diary's events.
        start: (n,), first trust.
        rng: Of this group.
    """
    r1, r2 = items[:, SURVEY_ITEMS.index("R1")], items[:, SURVEY_ITEMS.index("R2")]
    lives = np.tile(start[:, None], (RUNS, 1, felt.shape[1] + 1))
    off = np.zeros((RUNS, len(start)), bool)
    for day in range(felt.shape[1]):
        before = lives[:, :, day]
        columns = trust.trust_columns(
            np.tile(felt[:, day], RUNS), before.ravel(), np.tile(r1, RUNS)
        )
        moved = (columns @ model.change).reshape(before.shape)
        moved += model.noise_sd * rng.standard_normal(before.shape)
        after = np.where(off, before, np.clip(before + moved, LOWEST, HIGHEST))
        off |= rng.random(before.shape) < model.chance(np.rint(after), r2)
        lives[:, :, day + 1] = after
    return lives, off


def _switch_off(panel: Panel, days: Days) -> dict[str, Any]:
    """Chance of switching off after each day still on, given the diary's own trust."""

    def chance(train: Mask, test: Mask) -> Array:
        fitted = trust.fit_hazard(days.hazard_columns[train], days.ended[train])
        return _Model(np.zeros(0), 0.0, fitted).chance(days.after[test], days.r2[test])

    predicted = panel.predict(days.person, chance)
    table: dict[str, Any] = {}
    for group, at in panel.groups(days.person).items():
        rate = days.ended[at].mean()
        table[group] = {
            "auc": rounded(auc(predicted[at], days.ended[at])),
            "brier": rounded(np.mean((predicted - days.ended)[at] ** 2)),
            "brier_of_the_rate": rounded(rate * (1 - rate)),
            "by_trust": {
                str(level): {
                    "days": int(here.sum()),
                    "observed": rounded(days.ended[here].mean()),
                    "predicted": rounded(predicted[here].mean()),
                }
                for level in range(LOWEST, HIGHEST + 1)
                for here in [at & (days.after == level)]
                if here.any()
            },
        }
    return table
