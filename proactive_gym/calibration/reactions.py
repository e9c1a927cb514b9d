"""The visible reaction: a multinomial model given the ratings that the person feels.

A reaction follows from how the moment was felt, from what the assistant did and from who the
person is (`users.reactions` lists the inputs). After silence the only question is whether a need
was missed ("wish"). Fitted with scikit-learn's penalised logistic regression.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from proactive_gym.users.reactions import SPOKEN_REACTIONS

Array = NDArray[np.float64]

STRENGTH = 0.5
"""scikit-learn's C: inverse strength of the quadratic penalty."""
_NEVER = -30.0
"""Log-odds of a reaction that the fitted people never showed."""


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
