"""What a predictor may know: the rungs of the ladder from nothing about the person to the survey.

A rung is a set of regression columns. The situation rungs drop every term that uses the person's
answers; the survey-only rung drops every term that uses the moment. The demographic rungs add the
person's circumstances (with Big Five, too, on one of them) to the situation, each circumstance
moving each component of the behaviour, by ridge regression whose penalty on those products is
chosen within the people fitted on.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from proactive_gym.calibration.assess.panel import FOLDS, Panel
from proactive_gym.personas.people import encode_demographics
from proactive_gym.users.features import (
    PERSONAL,
    SITUATIONAL,
    action_components,
    factors,
    term_names,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PENALTIES = (100.0, 300.0, 1000.0, 3000.0)
"""Ridge penalties that the demographic rungs choose from."""
_PLAIN_COMPONENTS = 8
"""Demographics move the first components (silent to formal), not their products."""


def situation_terms() -> Mask:
    """Terms that use nothing the person said, (terms,)."""
    return _terms_of(set(SITUATIONAL))


def survey_terms() -> Mask:
    """Terms that use the behaviour and the person's answers, but not the moment, (terms,)."""
    return _terms_of({"1", *PERSONAL})


def _terms_of(known: set[str]) -> Mask:
    return np.array([known.issuperset(factors(name)) for _, name in term_names()])


def demographic_columns(
    panel: Panel, action: NDArray[np.int64], person: NDArray[np.int64], big5: bool
) -> Array:
    """Circumstances times components of the behaviour, standardised over people.

    Args:
        panel: Whose people.
        action: (n, 4) codes.
        person: (n,).
        big5: Whether to add the Big Five.

    Returns:
        (n, features * components).
    """
    people = panel.evidence.people
    known = encode_demographics(people).astype(float)
    if big5:
        known = np.column_stack([known, people.big5])
    known = (known - known.mean(axis=0)) / np.maximum(known.std(axis=0), 1e-6)
    has = action_components()[tuple(action.T)][:, :_PLAIN_COMPONENTS]
    return np.asarray((known[person][:, :, None] * has[:, None, :]).reshape(len(person), -1))


def nested_ridge(
    plain: Array, extra: Array, target: Array, fold: NDArray[np.integer], penalty: float
) -> Array:
    """Out-of-sample predictions with a penalty on `extra` chosen by an inner cross-validation.

    Every fit is solved from one Gram matrix a fold, so the inner loop costs little.

    Args:
        plain: (n, a), columns under `penalty`.
        extra: (n, b), columns under a penalty chosen from `PENALTIES`.
        target: (n,).
        fold: (n,), 0 to FOLDS; FOLDS is predicted but never fitted on.
        penalty: Of the plain columns.
    """
    design = np.column_stack([plain, extra])
    own = [np.column_stack([design[fold == f], target[fold == f]]) for f in range(FOLDS)]
    grams = [block.T @ block for block in own]
    ridges = [
        np.r_[np.full(plain.shape[1], penalty), np.full(extra.shape[1], p)] for p in PENALTIES
    ]
    predicted = np.zeros(len(target))
    for f in range(FOLDS + 1):
        inner = [g for g in range(FOLDS) if g != f]
        losses = [_inner_loss(grams, inner, ridge) for ridge in ridges]
        weights = _solve([grams[g] for g in inner], ridges[int(np.argmin(losses))])
        predicted[fold == f] = design[fold == f] @ weights
    return predicted


def _solve(grams: Sequence[Array], ridge: Array) -> Array:
    total = np.sum(grams, axis=0)
    return np.linalg.solve(total[:-1, :-1] + np.diag(ridge), total[:-1, -1])


def _inner_loss(grams: Sequence[Array], inner: Sequence[int], ridge: Array) -> float:
    """Squared error on each inner fold of the fit on the others, from the Gram matrices alone."""
    loss = 0.0
    for held in inner:
        w = np.append(_solve([grams[g] for g in inner if g != held], ridge), -1.0)
        loss += float(w @ grams[held] @ w)
    return loss
