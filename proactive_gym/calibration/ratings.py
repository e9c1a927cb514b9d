"""The ratings of timing, autonomy and style: ordinal probit models on the judgments.

Each rating has a ridge index over the terms of its own components, and `OrderedModel`
(statsmodels, probit) turns the index into four thresholds. The index also takes what the person's
deviations, estimated from the alternatives, say about this behaviour: one loading a rating, since
regressing on a best linear unbiased prediction is free of attenuation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.linear_model import Ridge
from statsmodels.miscmodels.ordinal_model import OrderedModel

from proactive_gym.calibration.tables import Rows, deviation_columns
from proactive_gym.users.deviations import FACETS_OF_RATING, SLOPES
from proactive_gym.users.features import RATING_COMPONENTS, term_names

Array = NDArray[np.float64]

PENALTY = 20.0


@dataclass(frozen=True, eq=False)
class RatingFit:
    """One ordinal model.

    Attributes:
        coefficients: Over `term_names()`, in units of the probit's noise; 0 outside the rating.
        relationship: Over `parameters.RELATIONSHIP`.
        loading: What one unit of the person's own deviation adds.
        loading_error: Its standard error.
        thresholds: Four, increasing.
    """

    coefficients: Array
    relationship: Array
    loading: float
    loading_error: float
    thresholds: Array


def terms_of(rating: str) -> NDArray[np.bool_]:
    """Which terms a rating's index uses: those of its components."""
    components = set(RATING_COMPONENTS[rating])
    return np.array([bool(components & set(owner)) for owner, _ in term_names()])


def deviation_of_rows(rows: Rows, predicted: Array, rating: str) -> Array:
    """What each row's person deviates by in the facets of a rating, (n,).

    Args:
        rows: n rows.
        predicted: (people, len(SLOPES)).
        rating: timing, autonomy or style.
    """
    shared = np.array([s.facet in FACETS_OF_RATING[rating] for s in SLOPES])
    return np.asarray((deviation_columns(rows) * shared * predicted[rows.person]).sum(axis=1))


def ridge_index(design: Array, answers: Array) -> Array:
    """Ridge coefficients of the answers 1-5 on a design, (columns,)."""
    return np.asarray(Ridge(PENALTY).fit(design, answers - 3.0).coef_)


def ordinal_probit(index: Array, answers: Array) -> tuple[Array, Array, Array]:
    """Slope(s), thresholds and the slopes' standard errors of an ordered probit."""
    model = OrderedModel(answers.astype(int), index, distr="probit")
    result = model.fit(method="bfgs", disp=False, maxiter=500)
    slopes = index.shape[1]
    thresholds = model.transform_threshold_params(result.params)[1:-1]
    return result.params[:slopes], thresholds, np.asarray(result.bse)[:slopes]


def rating_columns(rows: Rows, relation: Array, rating: str) -> Array:
    """The columns of a rating's index: its own terms, then `relationship_columns`."""
    return np.column_stack([rows.design[:, terms_of(rating)], relation])


def fit_rating(
    rating: str, rows: Rows, relation: Array, deviation: Array, answers: Array
) -> RatingFit:
    """Fit one rating on the rows where it was given.

    Args:
        rating: timing, autonomy or style.
        rows: n rated rows.
        relation: (n, 4), `relationship_columns`.
        deviation: (n,), `deviation_of_rows`.
        answers: (n,), 1-5.
    """
    design = rating_columns(rows, relation, rating)
    weights = ridge_index(design, answers)
    slopes, thresholds, errors = ordinal_probit(
        np.column_stack([design @ weights, deviation]), answers
    )
    terms = terms_of(rating)
    coefficients = np.zeros(len(terms))
    coefficients[terms] = weights[: terms.sum()] * slopes[0]
    return RatingFit(
        coefficients,
        weights[terms.sum() :] * slopes[0],
        float(slopes[1]),
        float(errors[1]),
        thresholds,
    )


def answer_probability(index: Array, thresholds: Array) -> Array:
    """P(answer = 1..5) of an ordered probit, (n, 5)."""
    below = ndtr(thresholds[None, :] - index[:, None])
    padded = np.column_stack([np.zeros(len(index)), below, np.ones(len(index))])
    return np.diff(padded, axis=1)
