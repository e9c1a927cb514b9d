"""Section 6: what people say against what they do.

What a statement of the survey speaks of is measured as a contrast between behaviours that the
person judged in one moment: acting against asking for "it may act without asking me". From the
contrast we take what the situation alone predicts, so that what is left differs between people.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.calibration.assess.knowledge import nested_ridge, situation_terms
from proactive_gym.calibration.assess.panel import Panel
from proactive_gym.calibration.assess.scores import correlation_interval, rounded
from proactive_gym.calibration.satisfaction import PENALTY, Deviations
from proactive_gym.calibration.tables import deviation_columns
from proactive_gym.data.records import BEHAVIOURS
from proactive_gym.users.deviations import SLOPES
from proactive_gym.users.features import RELATIONAL, Traits, covariates
from proactive_gym.vocabulary import SURVEY_ITEMS

Array = NDArray[np.float64]

_URGENT = 4


def _weights(plus: list[str], minus: list[str]) -> Array:
    labels = [b.label for b in BEHAVIOURS]
    contrast = np.zeros(len(labels))
    for share, names in ((1, plus), (-1, minus)):
        for name in names:
            contrast[labels.index(name)] += share / len(names)
    return contrast


_SPOKEN = [b.label for b in BEHAVIOURS[1:]]
_MIXED = _weights(  # detailed and formal against brief and casual
    ["now notify detailed formal", "now ask detailed formal", "now act detailed formal"],
    ["now notify brief casual", "now ask brief casual", "now act brief casual"],
)
_CROSSED = _weights(["now suggest detailed casual"], ["now suggest brief formal"])

CONTRASTS: dict[str, Array] = {
    "speaking over silence": _weights(_SPOKEN, ["silent"]),
    "now over hold": _weights(["now ask brief casual"], ["hold ask brief casual"]),
    "acting over asking": _weights(
        ["now act brief casual", "now act detailed formal"],
        ["now ask brief casual", "now ask detailed formal"],
    ),
    "detailed over brief": (_MIXED + _CROSSED) / 2,
    "formal over casual": (_MIXED - _CROSSED) / 2,
}
"""Weights over `BEHAVIOURS`; length and tone vary together within a speech act, save for one."""


@dataclass(frozen=True, slots=True)
class _Statement:
    says: str
    contrast: str
    value: str
    agrees: int = 1
    urgent: bool = False


STATEMENTS: tuple[_Statement, ...] = (
    _Statement("T1 may speak up several times a day", "speaking over silence", "T1"),
    _Statement("how welcome help is in this domain", "speaking over silence", "welcome"),
    _Statement("T2-T8 may speak up in this activity or hour", "now over hold", "item"),
    _Statement("T9 may interrupt if urgent (urgency 4-5)", "now over hold", "T9", urgent=True),
    _Statement("T10 should wait for a natural break", "now over hold", "T10", -1),
    _Statement("A1-A6 may act on this matter without asking", "acting over asking", "permit"),
    _Statement("A7 wants to confirm every step", "acting over asking", "A7", -1),
    _Statement("C1 messages as short as possible", "detailed over brief", "C1", -1),
    _Statement("C2 wants to know why", "detailed over brief", "C2"),
    _Statement("C3 casual rather than formal", "formal over casual", "C3", -1),
    _Statement("C4 warmth or humour", "formal over casual", "C4", -1),
)
"""What each statement speaks of; `agrees` is -1 where agreement goes against the contrast."""


def assess_stated(panel: Panel, worth: Array, spread: Deviations) -> dict[str, Any]:
    """Statements against contrasts, and how much of each contrast the answers predict.

    Args:
        panel: The people; all of them enter, each predicted by others.
        worth: Out-of-sample worth by the model, (n,).
        spread: Fitted variances.
    """
    kept = panel.side.design[:, situation_terms()]
    observed, fold = panel.stack.worth[: len(worth)], panel.fold[panel.side.person]
    situation = nested_ridge(kept, np.zeros((len(kept), 0)), observed, fold, PENALTY)
    own = (observed - situation).reshape(-1, len(BEHAVIOURS))
    said = (worth - situation).reshape(-1, len(BEHAVIOURS))
    stated = _stated_values(panel)
    urgent = panel.side.situation.urgency[:: len(BEHAVIOURS)] >= _URGENT
    person = panel.moment_person
    table = {}
    for s in STATEMENTS:
        at = urgent if s.urgent else np.ones(len(urgent), bool)
        did = own @ CONTRASTS[s.contrast]
        answer = s.agrees * stated[s.value]
        table[s.says] = {
            "contrast": s.contrast,
            "agrees": s.agrees,
            "moments": int(at.sum()),
            "r": correlation_interval(answer[at], did[at], person[at]),
        }
    return {"statements": table, "shares": _shares(panel, own, said, spread)}


def _stated_values(panel: Panel) -> dict[str, Array]:
    """The statements' answers in each moment, (moments,)."""
    one = slice(None, None, len(BEHAVIOURS))
    traits, person = Traits.of(panel.evidence.people), panel.moment_person
    names = tuple(RELATIONAL)
    found = covariates(traits, person, panel.side.situation.select(one), names)
    items = {k: traits.survey[person, i] for i, k in enumerate(SURVEY_ITEMS)}
    return {**dict(zip(names, found, strict=True)), **items}


def _shares(panel: Panel, own: Array, said: Array, spread: Deviations) -> dict[str, Any]:
    """Variance of each contrast beyond the situation: answers, deviations, the moment's noise.

    What the answers predict is the covariance of prediction and observation, which an overfitted
    prediction cannot inflate.
    """
    z = deviation_columns(panel.side) * [spread.sd[s.facet] for s in SLOPES]
    z = z.reshape(len(own), len(BEHAVIOURS), len(SLOPES))
    table = {}
    for name, contrast in CONTRASTS.items():
        total = float(np.var(own @ contrast))
        answers = float(np.cov(own @ contrast, said @ contrast)[0, 1])
        deviations = float((np.einsum("mbs,b->ms", z, contrast) ** 2).sum(axis=1).mean())
        table[name] = {
            "answers": rounded(answers / total),
            "deviations": rounded(deviations / total),
            "noise": rounded(1 - (answers + deviations) / total),
            "lasting_predicted": rounded(answers / (answers + deviations)),
            "r": correlation_interval(said @ contrast, own @ contrast, panel.moment_person),
        }
    return table
