"""What the logits of a reply's words mean: the worth of behaviours.

A reply names timing, autonomy, verbosity and tone, one word each. Its worth is its log-likelihood
among replies, on the scale of the timing's logit:

    worth(reply) = SCALE * (z_timing + log p_autonomy + log p_verbosity + log p_tone)

where z are logits and each p is a softmax over the words of its part, after the words before it
(the manner is rated after "now", whatever the timing).
The expected reward is tanh(worth). So the likeliest reply is the best one, and a reaction to it
tells of the same numbers from which it was chosen. Silence has no later parts: its worth is that of
its logit alone.

A person's steering changes logits; the softmaxes' normalisers stay those of the plain model. A
person's worths are then the plain ones plus what steering adds to the words of the reply, and a
dislike of one word does not become a liking of the others.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.tree import NODE_AT, NODES_OF
from proactive_gym.users.features import ACTIONS, DISTINCT, PLACE_VALUES

SCALE = 0.25
"""Worth of one logit."""
SILENT = int(np.flatnonzero(ACTIONS[:, 0] == 0)[0])
SPOKEN = DISTINCT[1:].copy()
"""The 32 actions that speak, in the order of `ACTIONS`, of which they are the last."""
_AS_NOW = [(1, *manner) for manner in SPOKEN[:, 1:].tolist()]
PATHS = torch.tensor([[NODES_OF[d].index(NODE_AT[w[:d]]) for d in range(4)] for w in _AS_NOW])
"""Of each of `SPOKEN`, which of a part's nodes its words stand before, (32, 4)."""
WORDS = torch.from_numpy(SPOKEN)
"""Words of each of `SPOKEN` by part, (32, 4)."""
_VALUES = torch.from_numpy(PLACE_VALUES)


def tree_logits(model: LanguageModel, states: Tensor) -> list[Tensor]:
    """Logits of the words of each part after that part's nodes, (n, nodes, words).

    Args:
        model: The plain model.
        states: (n, len(NODES), width), from `model.states`.
    """
    return [model.head.logits(states[:, nodes], part) for part, nodes in enumerate(NODES_OF)]


def behaviours(logits: Sequence[Tensor], plain: Sequence[Tensor] | None = None) -> Tensor:
    """Worth of silence and of each of `SPOKEN`, (n, 33).

    Args:
        logits: By part, of the words after that part's nodes, (n, nodes, words).
        plain: Those of the plain model, where `logits` are steered.
    """
    norms = [z.logsumexp(dim=2, keepdim=True) for z in (plain or logits)]
    norms[0] = torch.zeros_like(norms[0])
    likely = [z - norm for z, norm in zip(logits, norms, strict=True)]
    spoken = torch.stack([z[:, PATHS[:, p], WORDS[:, p]] for p, z in enumerate(likely)]).sum(dim=0)
    return SCALE * torch.cat([likely[0][:, 0, :1], spoken], dim=1)


def decision_loss(logits: Sequence[Tensor], action: Tensor, rewards: Tensor) -> Tensor:
    """Mean squared error of the expected rewards of five behaviours on one path of the tree.

    They are silence, and the path's words with either tone, now or held.

    Args:
        logits: Of the four parts along the path, (n, 3), (n, 4), (n, 2), (n, 2).
        action: (n, 4), the path's words, no silence in it.
        rewards: (n, 48).
    """
    manner = torch.zeros_like(logits[3][:, :1])
    for part in (1, 2):
        likely = torch.log_softmax(logits[part], dim=1)
        manner = manner + likely.gather(1, action[:, part : part + 1])
    tone = torch.log_softmax(logits[3], dim=1)
    spoken = SCALE * (logits[0][:, 1:, None] + manner[:, :, None] + tone[:, None, :])
    rated = torch.cat([SCALE * logits[0][:, :1], spoken.flatten(1)], dim=1)
    codes = [torch.zeros_like(action[:, 0])]
    for timing in (1, 2):
        for word in (0, 1):
            behaviour = action.clone()
            behaviour[:, 0], behaviour[:, 3] = timing, word
            codes.append(behaviour @ _VALUES)
    wanted = rewards.gather(1, torch.stack(codes, dim=1))
    return (torch.tanh(rated) - wanted).square().mean()
