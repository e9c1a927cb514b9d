"""The tree of replies: the points at which a word of a reply follows, and how a batch holds them.

A reply names timing, autonomy, verbosity and tone, one word each. Its first words form a tree of 14
points; branches of the tree do not see one another, so that one pass rates all replies. How to say
something is rated as if it were said now, also for a break.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from proactive_agents.lm import prompt
from proactive_gym.vocabulary import TIMINGS

_NOW = TIMINGS.index("now")


class Node(NamedTuple):
    """A point of the tree: `words` were chosen (one of each part so far), after node `parent`."""

    words: tuple[int, ...]
    parent: int


def _nodes() -> tuple[Node, ...]:
    """The turn's beginning, then every way to begin a reply that speaks now, breadth first."""
    found = [Node((), -1)]
    for depth in range(1, len(prompt.REPLY)):
        spoken = [[_NOW], *(range(len(p)) for p in prompt.REPLY[1:depth])]
        at = {node.words: i for i, node in enumerate(found)}
        found += [Node(words, at[words[:-1]]) for words in product(*spoken)]
    return tuple(found)


NODES = _nodes()
"""The 14 points after which a word of the reply follows."""
NODE_AT = {node.words: i for i, node in enumerate(NODES)}
NODES_OF = tuple(
    [i for i, node in enumerate(NODES) if len(node.words) == part]
    for part in range(len(prompt.REPLY))
)
"""Of each part of a reply, the points after which its word follows."""


class Rows(NamedTuple):
    """n prompts' ends, each followed by the whole tree, T tokens padded on the left.

    Attributes:
        ids: (n, T).
        position: (n, T), of each token in its prompt.
        sees: bool (n, T, T), which of these tokens each one sees.
        ends: (len(NODES),), the columns after which words of the reply follow.
    """

    ids: Tensor
    position: Tensor
    sees: Tensor
    ends: Tensor


class Tree:
    """The tree in the words of a tokenizer.

    Args:
        words: Tokens of each word, by part of the reply.
    """

    def __init__(self, words: Sequence[Sequence[Sequence[int]]]) -> None:
        ids: list[int] = []
        spans: list[list[int]] = [[]]
        depths: list[int] = []
        for node in NODES[1:]:
            above = spans[node.parent]
            tokens = words[len(node.words) - 1][node.words[-1]]
            own = list(range(len(ids), len(ids) + len(tokens)))
            depths += [len(above) + i + 1 for i in range(len(tokens))]
            ids += tokens
            spans.append([*above, *own])
        self._sees = torch.zeros(len(ids), len(ids), dtype=torch.bool)
        for span in spans:
            for i, token in enumerate(span):
                self._sees[token, span[: i + 1]] = True
        self._ids, self._depths = torch.tensor(ids), torch.tensor(depths)
        self._ends = torch.tensor([span[-1] for span in spans[1:]])

    def after(self, rests: Sequence[list[int]], lengths: Tensor) -> Rows:
        """The tree after n prompts.

        Args:
            rests: Tokens of the prompts' ends.
            lengths: (n,), how many tokens stand before each of them.
        """
        longest, size = max(map(len, rests)), len(self._ids)
        rest = torch.tensor([[0] * (longest - len(r)) + r for r in rests])
        real = torch.arange(longest) >= (longest - torch.tensor([len(r) for r in rests]))[:, None]
        sees = torch.zeros(len(rests), longest + size, longest + size, dtype=torch.bool)
        sees[:, :longest, :longest] = real[:, None, :] & torch.ones(longest, longest).tril().bool()
        sees[:, longest:, :longest] = real[:, None, :]
        sees[:, longest:, longest:] = self._sees
        position = (real.cumsum(1) - 1).clamp(min=0) + lengths[:, None]
        return Rows(
            torch.cat([rest, self._ids.expand(len(rests), -1)], dim=1),
            torch.cat([position, position[:, -1:] + self._depths], dim=1),
            sees,
            torch.cat([torch.tensor([longest - 1]), self._ends + longest]),
        )
