"""How one person departs from what the survey predicts: random intercepts and slopes.

Two people with the same answers do not want the same. Each person has one deviation for every
entry of `SLOPES`; it adds to the worth of an action component, as an intercept or as a slope on a
covariate, in all situations or only in those of one activity group or one domain. Calibration
estimates one standard deviation a facet (the thirteen domains share theirs); the simulator draws
from them. Deviations are independent of each other given the survey: the data are too few to
estimate their covariances.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import (
    ACTIVITY_GROUPS,
    COMPONENTS,
    SITUATIONAL,
    Situation,
    activity_group,
)
from proactive_gym.vocabulary import DOMAINS

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """One deviation: which facet it belongs to, what it moves, and where.

    Attributes:
        facet: The name under which its standard deviation is estimated.
        components: The action components whose worth it adds to.
        covariate: "1", "benefit" or "urgency".
        group: Position in `ACTIVITY_GROUPS`, or None for everywhere.
        domain: Position in `DOMAINS`, or None for all.
    """

    facet: str
    components: tuple[str, ...]
    covariate: str = "1"
    group: int | None = None
    domain: int | None = None


SLOPES: tuple[Slope, ...] = (
    Slope("silent", ("silent",)),
    Slope("speak", ("now", "hold")),
    Slope("hold", ("hold",)),
    *(Slope(f"now at {g}", ("now",), group=i) for i, g in enumerate(ACTIVITY_GROUPS)),
    *(Slope("domain", ("now", "hold"), domain=i) for i in range(len(DOMAINS))),
    Slope("suggest", ("suggest",)),
    Slope("ask", ("ask",)),
    Slope("act", ("act",)),
    Slope("detailed", ("detailed",)),
    Slope("formal", ("formal",)),
    Slope("speak·benefit", ("now", "hold"), "benefit"),
    Slope("silent·benefit", ("silent",), "benefit"),
    Slope("now·urgency", ("now",), "urgency"),
)
FACETS: tuple[str, ...] = tuple(dict.fromkeys(s.facet for s in SLOPES))

FACETS_OF_RATING: Mapping[str, tuple[str, ...]] = {
    "timing": tuple(f for f in FACETS if f in ("silent", "speak", "hold") or "now" in f),
    "autonomy": ("suggest", "ask", "act"),
    "style": ("detailed", "formal"),
}
"""Which deviations a rating other than satisfaction can share."""


_AT_GROUP = [i for i, s in enumerate(SLOPES) if s.group is not None]
_IN_DOMAIN = [i for i, s in enumerate(SLOPES) if s.domain is not None]
_SLOPED = [i for i, s in enumerate(SLOPES) if s.covariate != "1"]
VARYING = [_AT_GROUP[0], _IN_DOMAIN[0], *_SLOPED]
"""Deviations that depend on the moment; groups and domains are represented by their first, since
all of them move the same components."""
STEADY = [i for i in range(len(SLOPES)) if i not in (*_AT_GROUP, *_IN_DOMAIN, *_SLOPED)]
"""Deviations that are the same in every moment."""


def varying_columns(deviation: Array, s: Situation) -> Array:
    """What `VARYING` add in situations: (len(VARYING), n * P).

    Args:
        deviation: (n, len(SLOPES)).
        s: Situations of shape (n, P).
    """
    row = np.arange(len(deviation))[:, None]
    columns = np.empty((len(VARYING), *s.hour.shape))
    columns[0] = deviation[:, _AT_GROUP][row, activity_group(s.activity, s.hour)]
    columns[1] = deviation[:, _IN_DOMAIN][row, s.domain]
    for column, i in zip(columns[2:], _SLOPED, strict=True):
        column[...] = SITUATIONAL[SLOPES[i].covariate](s) * deviation[:, i, None]
    return columns.reshape(len(VARYING), -1)


def slope_columns(s: Situation) -> Array:
    """What each deviation is multiplied by: (len(SLOPES),) + the situation's shape."""
    group = activity_group(s.activity, s.hour)
    columns = np.empty((len(SLOPES), *s.hour.shape))
    for column, slope in zip(columns, SLOPES, strict=True):
        column[...] = SITUATIONAL[slope.covariate](s)
        if slope.group is not None:
            column *= group == slope.group
        if slope.domain is not None:
            column *= s.domain == slope.domain
    return columns


def component_membership() -> Array:
    """Which components each deviation moves: 0/1, (len(SLOPES), len(COMPONENTS))."""
    return np.array([[c in s.components for c in COMPONENTS] for s in SLOPES], float)
