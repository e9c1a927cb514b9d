"""Contrastive directions: what a profile in the prompt changes in the model's activations.

The same moments are read twice, once after a person who said yes to a statement that speaks of a
dimension, once after one who said no; the mean difference of the activations at the dimension's
part of the reply is its direction (contrastive activation addition, Rimsky and others 2023, arXiv
2312.06681, with profiles in the place of answers). Two dimensions, of which no statement speaks,
get none.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from proactive_agents.lm import prompt
from proactive_agents.lm.lives import Lives
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_gym.vocabulary import DOMAINS
from proactive_gym.world import Scenario

_YES, _NO = 7, 1
STATEMENTS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "speaking": (("T1", _YES),),
    "waiting": (("T10", _YES),),
    "now at work": (("T2", _YES), ("T3", _YES)),
    "now at move": (("T4", _YES),),
    "now at home": (("T5", _YES), ("T8", _YES)),
    "now at night": (("T6", _YES), ("T7", _YES)),
    "by urgency": (("T9", _YES),),
    **{f"domain {d}": ((d, _YES),) for d in DOMAINS},
    "suggesting": (("C5", _YES),),
    "asking": (("A7", _YES),),
    "acting": (("A1", _YES), ("A7", _NO)),
    "acting on calendar": (("A2", _YES),),
    "acting on messages": (("A3", _YES),),
    "acting on money": (("A4", _YES),),
    "acting on home": (("A5", _YES),),
    "acting on health": (("A6", _YES),),
    "detail": (("C1", _NO), ("C2", _YES)),
    "formality": (("C3", _NO),),
}
"""Statements that speak of a dimension, and the answer of somebody high in it."""
_TOGETHER = 256


def contrasts(
    model: LanguageModel,
    lives: Lives,
    situations: tuple[Scenario, ...],
    moments: int = 512,
    seed: int = 0,
    before: torch.nn.Module | None = None,
) -> NDArray[np.float32]:
    """A direction for each dimension, (K, width).

    Args:
        model: Trained on prompts with profiles.
        lives: From which moments are taken.
        situations: Into which the lives point.
        moments: How many are read for each dimension; where it has a gate, open ones.
        seed: Of the choice.
        before: A module before which activations are read; after the last layer without.
    """
    rng = np.random.default_rng(seed)
    found = []
    for dimension in DIMENSIONS:
        answers = dict(STATEMENTS.get(dimension.name, ()))
        open_ones = np.flatnonzero(dimension.gate(lives.moments) > 0)
        rows = rng.choice(open_ones, min(moments, len(open_ones)), replace=False)
        opposite = {name: _YES + _NO - answer for name, answer in answers.items()}
        yes, no = (
            _mean(model, lives, situations, rows, told, dimension.part, before)
            for told in (answers, opposite)
        )
        found.append(yes - no)
    return torch.stack(found).numpy()


def _mean(
    model: LanguageModel,
    lives: Lives,
    situations: tuple[Scenario, ...],
    rows: NDArray[np.int64],
    answers: dict[str, int],
    part: int,
    before: torch.nn.Module | None,
) -> torch.Tensor:
    """Mean activation at a part's nodes after a profile, (width,)."""
    told = prompt.profile(answers) if answers else ""
    total = torch.zeros(0)
    for some in np.array_split(rows, max(1, len(rows) // _TOGETHER)):
        of = [situations[i] for i in lives.situation[some]]
        words = lives.moments.take(some).words()
        prompts = [
            model.prompt(s.domain, s.situation, w + told) for s, w in zip(of, words, strict=True)
        ]
        states = model.states(prompts, before)[:, NODES_OF[part]].sum(dim=0).mean(dim=0)
        total = states if not len(total) else total + states
    return total / len(rows)
