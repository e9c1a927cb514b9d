"""Section 1: how well each rating is predicted, by what the predictor knows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from proactive_gym.calibration import ratings
from proactive_gym.calibration.assess.knowledge import (
    demographic_columns,
    nested_ridge,
    situation_terms,
    survey_terms,
)
from proactive_gym.calibration.assess.panel import Mask, Panel
from proactive_gym.calibration.assess.scores import (
    interval_probability,
    ordinal_scores,
    rounded,
)
from proactive_gym.calibration.satisfaction import SOURCE_TERMS, Deviations
from proactive_gym.calibration.tables import Rows, deviation_columns
from proactive_gym.users.deviations import SLOPES
from proactive_gym.users.features import RATING_COMPONENTS, term_names

Array = NDArray[np.float64]

ANSWERS = np.arange(1.0, 6.0)
CUTS_OF_5 = logit((np.array([1.25, 3.75, 6.25, 8.75]) + 0.5) / 11)
"""Worths halfway between the five answers 0, 2.5, 5, 7.5, 10 that 1 to 5 stand for."""
CUTS_OF_11 = logit(np.arange(1, 11) / 11)
_TRUST_TERMS_WITHOUT_SURVEY = slice(0, 3)
"""The last relationship column multiplies trust by the answer to R3."""


def predict_ratings(panel: Panel) -> dict[str, dict[str, Array]]:
    """Probability of each answer 1-5 to the judgments, from other people only.

    Returns:
        By rating, by what the predictor knows: (judgments rated, 5). "model" is what ships.
    """
    table = {name: _rating(panel, name) for name in RATING_COMPONENTS}
    return {**table, "satisfaction": _satisfaction(panel)}


def rated(panel: Panel, rating: str) -> Mask:
    """Which judgments have this rating."""
    return ~np.isnan(panel.judged.answers[rating])


def assess_ratings(
    panel: Panel, predictions: dict[str, dict[str, Array]]
) -> dict[str, dict[str, Any]]:
    """Scores of `predict_ratings`: rating, predictor, group."""
    return {
        rating: {rung: _scores(panel, rating, rung, p) for rung, p in rungs.items()}
        for rating, rungs in predictions.items()
    }


def _scores(panel: Panel, rating: str, rung: str, probability: Array) -> dict[str, Any]:
    given = rated(panel, rating)
    answer = panel.judged.answers[rating][given].astype(int) - 1
    person = panel.judged.rows.person[given]
    table = {
        group: ordinal_scores(probability[at], answer[at], ANSWERS, person[at])
        for group, at in panel.groups(person).items()
    }
    if rung == "mean":  # the same for everybody, but for the fold: no correlation to speak of
        for scores in table.values():
            del scores["r"], scores["calibration"]
    return table


def _rating(panel: Panel, rating: str) -> dict[str, Array]:
    given = rated(panel, rating)
    rows, relation = panel.judged.rows.select(given), panel.judged.relation[given]
    answer = panel.judged.answers[rating][given].astype(int) - 1
    own = ratings.terms_of(rating)
    plain, trust = rows.design[:, own], relation[:, _TRUST_TERMS_WITHOUT_SURVEY]
    situation = np.column_stack([plain[:, situation_terms()[own]], trust])
    extra = demographic_columns(panel, rows.action, rows.person, big5=False)
    survey_only = plain[:, survey_terms()[own]]
    whole = ratings.rating_columns(rows, relation, rating)
    return {
        "mean": _frequencies(panel, rows.person, answer),
        "survey only": _probit(panel, rows.person, survey_only, answer),
        "situation": _probit(panel, rows.person, situation, answer),
        "demographics": _nested_probit(panel, rows.person, situation, extra, answer),
        "model": _probit(panel, rows.person, whole, answer),
    }


def _frequencies(panel: Panel, person: NDArray[np.int64], answer: NDArray[np.integer]) -> Array:
    def shares(train: Mask, test: Mask) -> Array:
        counts = np.bincount(answer[train], minlength=len(ANSWERS))
        return np.tile(counts / counts.sum(), (test.sum(), 1))

    return panel.predict(person, shares)


def _probit(
    panel: Panel, person: NDArray[np.int64], design: Array, answer: NDArray[np.integer]
) -> Array:
    """As the shipped ratings are fitted, without the person's own deviations."""

    def fit(train: Mask, test: Mask) -> Array:
        weights = ratings.ridge_index(design[train], (answer[train] + 1).astype(float))
        return _thresholds(design @ weights, answer, train, test)

    return panel.predict(person, fit)


def _nested_probit(
    panel: Panel,
    person: NDArray[np.int64],
    plain: Array,
    extra: Array,
    answer: NDArray[np.integer],
) -> Array:
    """The index is predicted out of sample for the people fitted on as well."""
    plain = np.column_stack([np.ones(len(plain)), plain])
    fold = panel.fold[person]
    index = nested_ridge(plain, extra, (answer - 2).astype(float), fold, ratings.PENALTY)
    return panel.predict(person, lambda train, test: _thresholds(index, answer, train, test))


def _thresholds(index: Array, answer: NDArray[np.integer], train: Mask, test: Mask) -> Array:
    slope, cuts, _ = ratings.ordinal_probit(index[train][:, None], answer[train].astype(float))
    return ratings.answer_probability(index[test] * slope[0], cuts)


def _satisfaction(panel: Panel) -> dict[str, Array]:
    """The joint model on the judgments: its worth, and the noise of a single judgment."""
    judged, relation = panel.judged, panel.judged.relation
    answer = judged.answers["satisfaction"].astype(int) - 1
    person, trust = judged.rows.person, relation[:, _TRUST_TERMS_WITHOUT_SURVEY]
    plain = np.column_stack([judged.rows.design[:, situation_terms()], trust])
    extra = demographic_columns(panel, judged.rows.action, person, big5=False)
    shifts = len(SOURCE_TERMS)
    slopes = panel.stack.design.shape[1] - len(term_names()) - shifts - relation.shape[1]

    def joint(terms: Mask, moment: bool, trust_terms: list[bool]) -> Array:
        columns = np.r_[terms, [True] * shifts, [moment] * slopes, trust_terms].astype(bool)
        return interval_probability(*_joint(panel, columns), CUTS_OF_5)

    everything = np.ones(len(term_names()), bool)
    return {
        "mean": _frequencies(panel, person, answer),
        "survey only": joint(survey_terms(), False, [False] * 4),
        "situation": joint(situation_terms(), True, [True, True, True, False]),
        "demographics": _nested_probit(panel, person, plain, extra, answer),
        "model": joint(everything, True, [True] * 4),
    }


def _joint(panel: Panel, columns: Mask) -> tuple[Array, Array]:
    """Worth of each judgment by the joint model with these columns, and its residual's sd."""
    data = panel.stack
    judged = np.arange(len(data.worth)) >= data.alternatives
    fewer = type(data)(
        data.design[:, columns], data.worth, data.weight, data.person, data.alternatives
    )

    def fit(train: Mask, test: Mask) -> Array:
        coefficients = fewer.fit(train)
        worth = fewer.design @ coefficients
        sd = np.std((fewer.worth - worth)[train & judged])
        return np.column_stack([worth[test], np.full(test.sum(), sd)])

    worth, sd = panel.predict(data.person, fit)[judged].T
    return worth, sd


def predictive_sd(rows: Rows, spread: Deviations) -> Array:
    """Standard deviation of a new person's answer around the prediction, on the worth's scale.

    Noise of the kind of behaviour, and the deviations that the behaviour calls up.
    """
    kind = np.where(rows.silent, "silent", np.where(rows.acts, "act", "spoken"))
    noise = np.array([spread.noise_sd[k] for k in kind])
    sd = np.array([spread.sd[s.facet] for s in SLOPES])
    return np.sqrt(noise**2 + ((deviation_columns(rows) * sd) ** 2).sum(axis=1))


def out_of_sample_worth(panel: Panel) -> Array:
    """Worth of each alternative by the joint model, from other people only, (n,)."""
    data = panel.stack
    worth = panel.predict(data.person, lambda train, test: data.design[test] @ data.fit(train))
    return worth[: data.alternatives]


def assess_alternatives(panel: Panel, worth: Array, spread: Deviations) -> dict[str, Any]:
    """The joint model as the simulator draws from it, on the alternatives (0-10), by group.

    `spread` is the root mean square of (observed - predicted) over the predicted standard
    deviation, on the worth's scale: 1 where the simulator's people vary as much as the data's.

    Args:
        panel: The people.
        worth: `out_of_sample_worth`.
        spread: The fitted deviations.
    """
    sd = predictive_sd(panel.side, spread)
    probability = interval_probability(worth, sd, CUTS_OF_11)
    answer, levels = panel.answers.astype(int), np.arange(11.0)
    off = (panel.stack.worth[: len(worth)] - worth) / sd
    person, kinds = panel.side.person, _kinds(panel.side)
    return {
        name: {
            **ordinal_scores(probability[at], answer[at], levels, person[at]),
            "spread": {k: rounded(np.sqrt(np.mean(off[at & of] ** 2))) for k, of in kinds.items()},
        }
        for name, at in panel.groups(person).items()
    }


def _kinds(rows: Rows) -> dict[str, Mask]:
    spoken = ~rows.silent & ~rows.acts
    return {"silent": rows.silent, "spoken": spoken, "act": rows.acts}
