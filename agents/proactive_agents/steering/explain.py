"""What is believed of one person, in words.

Each dimension is stated as far as it is sure: the belief is normal, so that its mean and standard
deviation give the chance that the person departs from the average in that direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from proactive_agents.steering.dimensions import DIMENSIONS

_SURE, _LIKELY, _PERHAPS = 0.975, 0.85, 0.7
_LITTLE = 0.25


@dataclass(frozen=True)
class Statement:
    """One dimension of one person.

    Attributes:
        name: Of the dimension.
        kind: Of the dimension.
        words: What is believed, after "the person".
        sure: "surely", "probably", "perhaps", or "not known".
        mean: Standard deviations of the population, 0 for the average person.
        sd: Of the belief.
        chance: That the person is on the side that is stated, 0.5-1.
        learnt: Share of a stranger's variance that is gone, 0-1.
    """

    name: str
    kind: str
    words: str
    sure: str
    mean: float
    sd: float
    chance: float
    learnt: float


def explain(
    mean: NDArray[np.floating], covariance: NDArray[np.floating], stranger: NDArray[np.floating]
) -> Sequence[Statement]:
    """Statements about a person, dimension by dimension.

    Args:
        mean: (K,), of the belief.
        covariance: (K, K), of the belief.
        stranger: (K, K), covariance of the belief about a stranger.
    """
    sd = np.sqrt(np.diag(covariance))
    learnt = np.clip(1 - np.diag(covariance) / np.diag(stranger), 0, 1)
    chances = ndtr(np.abs(mean) / np.maximum(sd, 1e-9))
    found = []
    for k, dimension in enumerate(DIMENSIONS):
        chance = float(chances[k])
        sure = _sureness(chance, float(mean[k]))
        words = dimension.says if mean[k] > 0 else dimension.denies
        found.append(
            Statement(
                dimension.name,
                dimension.kind,
                words if sure != _UNKNOWN else "about as everyone, or not known yet",
                sure,
                float(mean[k]),
                float(sd[k]),
                chance,
                float(learnt[k]),
            )
        )
    return found


_UNKNOWN = "not known"


def _sureness(chance: float, mean: float) -> str:
    if abs(mean) < _LITTLE or chance < _PERHAPS:
        return _UNKNOWN
    steps = ((_SURE, "surely"), (_LIKELY, "probably"), (_PERHAPS, "perhaps"))
    return next(word for least, word in steps if chance >= least)
