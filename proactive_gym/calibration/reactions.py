"""The visible reaction: a multinomial model given the ratings that the person feels.

A reaction follows from how the moment was felt, from what the assistant did and from who the
person is (`users.reactions` lists the inputs). After silence the only question is whether a need
was missed ("wish"). Fitted with scikit-learn's penalised logistic regression.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from proactive_gym.calibration.satisfaction import folds
from proactive_gym.users.reactions import SPOKEN_REACTIONS

Array = NDArray[np.float64]

STRENGTH = 0.5
"""scikit-learn's C: inverse strength of the quadratic penalty."""
_NEVER = -30.0
"""Log-odds of a reaction that the fitted people never showed."""


@dataclass(frozen=True, eq=False)
class ReactionFit:
    """Softmax after speaking, logistic after silence.

    Attributes:
        spoken: (features, len(SPOKEN_REACTIONS)).
        spoken_intercept: (len(SPOKEN_REACTIONS),).
        wish: (features,), log-odds that a need was missed.
        wish_intercept: Its intercept.
    """

    spoken: Array
    spoken_intercept: Array
    wish: Array
    wish_intercept: float


def fit_spoken(features: Array, reaction: NDArray[np.integer]) -> tuple[Array, Array]:
    """Softmax weights (features, reactions) and intercepts.

    Args:
        features: (n, features).
        reaction: (n,), positions in `SPOKEN_REACTIONS`.
    """
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(features, reaction)
    weights = np.zeros((features.shape[1], len(SPOKEN_REACTIONS)))
    intercept = np.full(len(SPOKEN_REACTIONS), _NEVER)
    weights[:, model.classes_] = model.coef_.T
    intercept[model.classes_] = model.intercept_
    return weights, intercept


def fit_wish(features: Array, wished: NDArray[np.bool_]) -> tuple[Array, float]:
    """Logistic weights (features,) and intercept."""
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(features, wished)
    return model.coef_[0], float(model.intercept_[0])


def spoken_probability(
    features: Array, weights: Array, intercept: Array, acts: NDArray[np.bool_]
) -> Array:
    """Probability of each spoken reaction, (n, len(SPOKEN_REACTIONS)); undo needs an act."""
    logits = features @ weights + intercept
    logits[~acts, SPOKEN_REACTIONS.index("undo")] = -np.inf
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def out_of_fold_spoken(
    features: Array,
    reaction: NDArray[np.integer],
    acts: NDArray[np.bool_],
    person: NDArray[np.int64],
) -> Array:
    """Probabilities of the spoken reactions, from other people only."""
    probability = np.zeros((len(reaction), len(SPOKEN_REACTIONS)))
    for train, test in folds(person, 8):
        fitted = fit_spoken(features[train], reaction[train])
        probability[test] = spoken_probability(features[test], *fitted, acts[test])
    return probability


def out_of_fold_wish(
    features: Array, wished: NDArray[np.bool_], person: NDArray[np.int64]
) -> Array:
    """Probability of a missed need, from other people only."""
    probability = np.zeros(len(wished))
    for train, test in folds(person, 8):
        weights, intercept = fit_wish(features[train], wished[train])
        probability[test] = 1 / (1 + np.exp(-(features[test] @ weights + intercept)))
    return probability
