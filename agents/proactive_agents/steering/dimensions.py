"""The dimensions of preference that are steered, and in which moments each of them acts.

A dimension has a direction at one part of the reply and, where it speaks of some moments only, a
gate: activities in which timing differs, domains, urgency. A person's coefficient of a dimension
counts in standard deviations of the population.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.lm.prompt import Moments
from proactive_gym.errors import InvalidOptionError
from proactive_gym.users.features import ACTIVITY_GROUPS, activity_group
from proactive_gym.vocabulary import DOMAINS

Floats = NDArray[np.float32]

TIMING, AUTONOMY, VERBOSITY, TONE = range(4)
"""Parts of a reply."""
PARTS = ("timing", "autonomy", "verbosity", "tone")
_SILENT, _NOW, _HOLD = range(3)
_SUGGEST, _ASK, _ACT = 1, 2, 3
_DETAILED, _FORMAL = (1,), (1,)


@dataclass(frozen=True)
class Dimension:
    """One dimension.

    Attributes:
        name: Unique.
        part: Of the reply, where its direction acts.
        words: Positions of the words of that part which it raises; the others it leaves alone.
        gate: Of n moments, (n,): 0 where it does not act.
        kind: Under which the dimensions are reset and shown together.
        says: What a high coefficient means, in words that follow "the person".
        denies: What a low coefficient means.
    """

    name: str
    part: int
    words: tuple[int, ...]
    gate: Callable[[Moments], NDArray]
    kind: str
    says: str
    denies: str


def _always(moments: Moments) -> NDArray:
    return np.ones(len(moments))


def _in_group(code: int) -> Callable[[Moments], NDArray]:
    return lambda m: (activity_group(m.activity, m.hour) == code) * 1.0


def _in_domain(*codes: int) -> Callable[[Moments], NDArray]:
    acts = np.isin(np.arange(len(DOMAINS)), codes) * 1.0
    return lambda m: acts[m.domain]


def _by_estimate(column: int, centre: float, width: float) -> Callable[[Moments], NDArray]:
    return lambda m: (m.estimate[:, column] - centre) / width


_AT = {
    "work": "at work and in conversations",
    "move": "on the way and at sports",
    "home": "at home and at meals",
    "night": "before eight and after ten",
}
_ACTS = {
    "calendar": ("appointments", ("calendar",)),
    "messages": ("messages", ("messages",)),
    "money": ("money", ("shopping", "finance")),
    "home": ("the home", ("home",)),
    "health": ("health", ("health",)),
}

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "speaking",
        TIMING,
        (_NOW, _HOLD),
        _always,
        "timing",
        "is easily pleased by words",
        "is seldom pleased by words",
    ),
    Dimension(
        "waiting",
        TIMING,
        (_HOLD,),
        _always,
        "timing",
        "prefers the next break",
        "prefers to hear at once",
    ),
    *(
        Dimension(
            f"now at {group}",
            TIMING,
            (_NOW,),
            _in_group(code),
            "timing by activity",
            f"welcomes words {_AT[group]}",
            f"wants no words {_AT[group]}",
        )
        for code, group in enumerate(ACTIVITY_GROUPS)
    ),
    Dimension(
        "by benefit",
        TIMING,
        (_NOW, _HOLD),
        _by_estimate(0, 2.5, 2.5),
        "timing",
        "wants to hear above all of what helps much",
        "weighs little how much it helps",
    ),
    Dimension(
        "silence",
        TIMING,
        (_SILENT,),
        _always,
        "timing",
        "does not mind what it keeps to itself",
        "minds what it keeps to itself",
    ),
    Dimension(
        "silence by benefit",
        TIMING,
        (_SILENT,),
        _by_estimate(0, 2.5, 2.5),
        "timing",
        "forgives silence about what helps much",
        "minds silence about what helps much",
    ),
    Dimension(
        "by urgency",
        TIMING,
        (_NOW,),
        _by_estimate(1, 3.0, 2.0),
        "timing",
        "wants to hear at once of what is urgent",
        "does not mind urgency",
    ),
    *(
        Dimension(
            f"domain {domain}",
            TIMING,
            (_NOW, _HOLD),
            _in_domain(code),
            "domains",
            f"welcomes help with {domain}",
            f"wants no help with {domain}",
        )
        for code, domain in enumerate(DOMAINS)
    ),
    Dimension(
        "suggesting",
        AUTONOMY,
        (_SUGGEST,),
        _always,
        "autonomy",
        "likes suggestions",
        "dislikes suggestions",
    ),
    Dimension("asking", AUTONOMY, (_ASK,), _always, "autonomy", "likes offers", "dislikes offers"),
    Dimension(
        "acting",
        AUTONOMY,
        (_ACT,),
        _always,
        "autonomy",
        "likes it to act by itself",
        "dislikes it to act by itself",
    ),
    Dimension(
        "acting by stakes",
        AUTONOMY,
        (_ACT,),
        _by_estimate(2, 3.0, 2.0),
        "autonomy",
        "lets it act in weighty matters too",
        "lets it act in small matters only",
    ),
    *(
        Dimension(
            f"acting on {name}",
            AUTONOMY,
            (_ACT,),
            _in_domain(*(DOMAINS.index(d) for d in domains)),
            "autonomy",
            f"lets it act on {words}",
            f"lets it not act on {words}",
        )
        for name, (words, domains) in _ACTS.items()
    ),
    Dimension(
        "detail",
        VERBOSITY,
        _DETAILED,
        _always,
        "style",
        "likes reasons and detail",
        "likes it short",
    ),
    Dimension(
        "formality", TONE, _FORMAL, _always, "style", "likes a formal tone", "likes a casual tone"
    ),
)
"""In the order of all coefficient vectors."""
PART = np.array([d.part for d in DIMENSIONS])
"""Part of the reply of each dimension."""
KINDS = tuple(dict.fromkeys(d.kind for d in DIMENSIONS))


def of_kinds(kinds: Sequence[str]) -> NDArray[np.int64]:
    """Positions of the dimensions of some kinds.

    Raises:
        InvalidOptionError: An unknown kind.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise InvalidOptionError(f"no kind {unknown[0]!r}: there are {', '.join(KINDS)}")
    return np.flatnonzero([d.kind in kinds for d in DIMENSIONS])


def gates(moments: Moments) -> Floats:
    """How much each dimension acts in n moments, (n, len(DIMENSIONS))."""
    return np.column_stack([d.gate(moments) for d in DIMENSIONS]).astype(np.float32)
