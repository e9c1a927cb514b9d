"""From what a person feels to what a device sees: the inputs of the reaction models.

The reaction follows from the four felt ratings, what the assistant did, what it was about, trust,
and how this kind of person reacts. Calibration fits the weights; drawing is in `simulated`.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_gym.vocabulary import REACTIONS, SURVEY_ITEMS

Array = NDArray[np.float64]

SPOKEN_REACTIONS = REACTIONS[2:]
"""Reactions to words, in the order of the softmax; silence meets only "none" and "wish"."""
ITEMS = ("T1", "T9", "A7", "C4", "R1", "R2", "R4")
SPOKEN_FEATURES = (
    "satisfaction",
    "timing",
    "autonomy",
    "style",
    "satisfaction²",
    "timing²",
    "hold",
    "ask",
    "act",
    "act·satisfaction",
    "act·autonomy",
    "benefit",
    "urgency",
    "stakes",
    "trust",
    *ITEMS,
)
WISH_FEATURES = ("satisfaction", "satisfaction²", "timing", "benefit", "urgency", "T1", "R4")

_ITEM_INDEX = np.array([SURVEY_ITEMS.index(i) for i in ITEMS])
_WISH_ITEMS = np.array([ITEMS.index("T1"), ITEMS.index("R4")])


def reacting_items(survey: Array) -> Array:
    """The answers that reactions depend on, (N, len(ITEMS)), from (N, 26) scaled answers."""
    return survey[:, _ITEM_INDEX]


def spoken_features(
    felt: Array,
    flags: NDArray[np.floating],
    gains: NDArray[np.floating],
    trust: Array,
    items: Array,
) -> Array:
    """Inputs of the softmax after speaking; all arrays are feature-first.

    Args:
        felt: (4, n), (rating - 3) / 2 of satisfaction, timing, autonomy, style.
        flags: (3, n), whether it was held, asked, acted; 0 or 1.
        gains: (3, n), scaled benefit, urgency, stakes.
        trust: (n,), (trust - 4) / 2.
        items: (len(ITEMS), n).

    Returns:
        (len(SPOKEN_FEATURES), n).
    """
    out = np.empty((len(SPOKEN_FEATURES), felt.shape[1]))
    out[0:4] = felt
    out[4:6] = felt[0:2] ** 2
    out[6:9] = flags
    out[9] = flags[2] * felt[0]
    out[10] = flags[2] * felt[2]
    out[11:14] = gains
    out[14] = trust
    out[15:] = items
    return out


def wish_features(felt: Array, gains: NDArray[np.floating], items: Array) -> Array:
    """Inputs of the log-odds that silence missed a need, (len(WISH_FEATURES), n).

    Args:
        felt: (4, n), as in `spoken_features`.
        gains: (3, n).
        items: (len(ITEMS), n).
    """
    out = np.empty((len(WISH_FEATURES), felt.shape[1]))
    out[0] = felt[0]
    out[1] = felt[0] ** 2
    out[2] = felt[1]
    out[3:5] = gains[:2]
    out[5:7] = items[_WISH_ITEMS]
    return out
