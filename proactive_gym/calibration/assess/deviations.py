"""Section 5: how people deviate from what their answers predict, and what that is worth.

A variance component is real if what a person did in some moments tells what they do in another.
So each moment is predicted from the person's other moments, by the best linear unbiased prediction
of their deviations (Henderson 1975) with the fitted variances.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.calibration.assess.choice import values
from proactive_gym.calibration.assess.panel import Panel
from proactive_gym.calibration.assess.scores import correlation_interval, mean_interval, rounded
from proactive_gym.calibration.ratings import RatingFit
from proactive_gym.calibration.satisfaction import Deviations
from proactive_gym.calibration.tables import Rows, deviation_columns
from proactive_gym.data.records import BEHAVIOURS
from proactive_gym.users.deviations import FACETS, SLOPES
from proactive_gym.users.latent import answer_of_worth, expected_reward
from proactive_gym.users.parameters import NOISES

Array = NDArray[np.float64]

DRAWS = 40
"""Simulated people in each judged moment."""
_SEED = 20261125


def assess_components(spread: Deviations, rated: dict[str, RatingFit]) -> dict[str, Any]:
    """Standard deviations with 95 % intervals, noise, and the loadings of the other ratings."""
    components = {
        facet: {
            "sd": rounded(spread.sd[facet]),
            "low": rounded(spread.sd_low[facet]),
            "high": rounded(spread.sd_high[facet]),
            "includes_zero": spread.sd_low[facet] == 0.0,
        }
        for facet in FACETS
    }
    loadings = {
        name: {"loading": rounded(fit.loading), "error": rounded(fit.loading_error)}
        for name, fit in rated.items()
    }
    noise = {name: rounded(spread.noise_sd[name]) for name in NOISES}
    return {
        "components": components,
        "noise_sd": {**noise, "not shared within a moment": rounded(spread.residual_sd)},
        "loadings": loadings,
        "converged": spread.converged,
    }


def _variances(spread: Deviations) -> dict[str, float]:
    """Of the noise that behaviours of one moment share, and of what they do not share."""
    own = spread.residual_sd**2
    silent, spoken, act = (spread.noise_sd[n] ** 2 for n in NOISES)
    return {"own": own, "silent": silent - own, "speak": spoken - own, "act": act - spoken}


def _noise_covariance(rows: Rows, spread: Deviations) -> Array:
    variance = _variances(spread)
    kinds = {"silent": rows.silent, "speak": ~rows.silent, "act": rows.acts}
    same = rows.moment[:, None] == rows.moment
    shared = sum(variance[k] * np.outer(of, of) for k, of in kinds.items())
    return np.asarray(same * shared + variance["own"] * np.eye(len(rows.moment)))


def shifts_from_other_moments(panel: Panel, worth: Array, spread: Deviations, known: int) -> Array:
    """What `known` other moments of the same person say about each row's worth, (n,).

    Args:
        panel: The people; each has the same number of moments.
        worth: (n,), out-of-sample worth of the alternatives.
        spread: Fitted variances.
        known: How many of the person's following moments (in turn) are used.
    """
    left = panel.stack.worth[: len(worth)] - worth
    z = deviation_columns(panel.side) * [spread.sd[s.facet] for s in SLOPES]
    shift = np.zeros(len(worth))
    for person in np.unique(panel.side.person):
        at = np.flatnonzero(panel.side.person == person)
        rows = panel.side.select(at)
        lasting = z[at] @ z[at].T
        total = lasting + _noise_covariance(rows, spread)
        moments = list(dict.fromkeys(rows.moment.tolist()))
        for i, moment in enumerate(moments):
            seen = [moments[(i + k) % len(moments)] for k in range(1, known + 1)]
            here, there = rows.moment == moment, np.isin(rows.moment, seen)
            weights = np.linalg.solve(total[np.ix_(there, there)], left[at][there])
            shift[at[here]] = lasting[np.ix_(here, there)] @ weights
    return shift


def assess_other_moments(panel: Panel, worth: Array, spread: Deviations) -> dict[str, Any]:
    """Prediction of a moment with 0 to 3 other moments of the person known: known, group.

    `gain` is the paired difference in choice value to knowing none.
    """
    observed, count = panel.stack.worth[: len(worth)], len(BEHAVIOURS)
    person, moment_person = panel.side.person, panel.moment_person
    most = int(np.bincount(moment_person).max())
    table: dict[str, Any] = {}
    without = values(panel, worth.reshape(-1, count).argmax(axis=1))
    for known in range(most):
        shift = shifts_from_other_moments(panel, worth, spread, known) if known else 0.0 * worth
        chosen = (worth + shift).reshape(-1, count).argmax(axis=1)
        value = values(panel, chosen)
        left = observed - worth
        table[str(known)] = {
            group: {
                "r": correlation_interval((worth + shift)[at], observed[at], person[at]),
                "r_of_the_rest": correlation_interval(shift[at], left[at], person[at]),
                "value": mean_interval(value[of], moment_person[of]),
                "gain": mean_interval((value - without)[of], moment_person[of]),
            }
            for (group, at), of in zip(
                panel.groups(person).items(), panel.groups(moment_person).values(), strict=True
            )
        }
    return table


def assess_ladder(
    panel: Panel, worth: Array, spread: Deviations, chosen: dict[str, NDArray[np.intp]]
) -> dict[str, Any]:
    """The ladder of choices lived through by simulated people: value of each rung.

    Every judged moment is met by people with the same answers, fresh deviations and fresh noise.
    "deviations known" chooses by the simulated person's own expected reward: the most that
    learning about a person can bring. "own best" takes the best of the noisy answers, as in the
    data, and so checks that deviations and noise together are as large as theirs.

    Args:
        panel: The people.
        worth: (n,), out-of-sample worth.
        spread: Fitted variances.
        chosen: `choice.choices`.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    rows, moments, count = panel.side, len(panel.by_moment), len(BEHAVIOURS)
    z = deviation_columns(rows) * [spread.sd[s.facet] for s in SLOPES]
    sums = {name: np.zeros(moments) for name in chosen} | {"deviations known": np.zeros(moments)}
    at = np.arange(moments)
    silence = np.zeros(moments)
    for _ in range(DRAWS):
        own = rng.standard_normal((len(panel.evidence.people), len(SLOPES)))
        true = worth + (z * own[rows.person]).sum(axis=1)
        answer = answer_of_worth(true + _noise(rows, spread, rng)).reshape(moments, count)
        reward = (answer - 5) / 5
        best = _expected(rows, true, spread).reshape(moments, count).argmax(axis=1)
        picks = {**chosen, "deviations known": best}
        picks["own best (optimistic)"] = reward.argmax(axis=1)
        for name, pick in picks.items():
            sums[name] += reward[at, pick] / DRAWS
        silence += (reward[:, 0] == reward.max(axis=1)) / DRAWS
    groups = panel.groups(panel.moment_person)
    return {
        "value": {
            n: {g: rounded(v[of].mean()) for g, of in groups.items()} for n, v in sums.items()
        },
        "silence_is_best": {g: rounded(silence[of].mean()) for g, of in groups.items()},
    }


def _noise(rows: Rows, spread: Deviations, rng: np.random.Generator) -> Array:
    """One draw of the answers' noise, with the part that a moment's behaviours share, (n,)."""
    variance, moments = _variances(spread), rows.moment.max() + 1
    noise = np.sqrt(variance["own"]) * rng.standard_normal(len(rows.moment))
    for kind, of in {"silent": rows.silent, "speak": ~rows.silent, "act": rows.acts}.items():
        noise += of * (np.sqrt(variance[kind]) * rng.standard_normal(moments))[rows.moment]
    return noise


def _expected(rows: Rows, worth: Array, spread: Deviations) -> Array:
    silent, spoken, act = (expected_reward(worth, spread.noise_sd[n]) for n in NOISES)
    return np.where(rows.silent, silent, np.where(rows.acts, act, spoken))
