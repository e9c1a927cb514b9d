"""Rows of training text: a situation, and moments and replies that branch off from it.

A row holds one situation and several branches, each a moment with what stands before the reply, a
reply's words, and often its message. Branches do not see one another, so that a row teaches as much
as one text for each branch, at a fraction of the cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from proactive_agents.lm import prompt
from proactive_agents.lm.lives import Lives
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.swaps import exchanged
from proactive_gym.personas.people import People
from proactive_gym.vocabulary import REACTIONS
from proactive_gym.world import Scenario

Messages = list[list[list[list[int]]]]

IGNORED = -100
"""The label of a token that is not learnt."""


@dataclass(frozen=True)
class Branch:
    """One continuation of a situation.

    Attributes:
        ids: Its tokens.
        learnt: Position in `ids` from which tokens are learnt.
        marker: Position of the assistant's marker in `ids`.
        moment: Row of `Lives`.
        action: Timing, autonomy, verbosity, tone of the reply.
    """

    ids: list[int]
    learnt: int
    marker: int
    moment: int
    action: tuple[int, ...]


class Own(NamedTuple):
    """Tokens of a situation and of its messages, by autonomy, verbosity and tone."""

    prefix: list[int]
    messages: Messages


@dataclass(eq=False)
class Batch:
    """B rows of T tokens, padded on the right.

    Attributes:
        ids: (B, T).
        position: (B, T), each branch's positions go on from the situation's.
        branch: (B, T): 0 the situation, 1, 2, ... its branches, -1 padding.
        label: (B, T), the token that follows, or `IGNORED`.
        decision: (D, 2), row and position of the marker of each branch.
        moment: (D,), the branches' rows of `Lives`.
        action: (D, 4).
    """

    ids: NDArray[np.int64]
    position: NDArray[np.int64]
    branch: NDArray[np.int64]
    label: NDArray[np.int64]
    decision: NDArray[np.int64]
    moment: NDArray[np.int64]
    action: NDArray[np.int64]


@dataclass
class Words:
    """What a model's text is made of, as tokens.

    Attributes:
        tokenizer: Makes tokens.
        situations: The training situations by default.
    """

    tokenizer: PreTrainedTokenizerFast
    situations: Sequence[Scenario] = field(default_factory=training_situations)

    def __post_init__(self) -> None:
        """Tokenise what is used again and again."""
        encode = self.encode
        self.prefixes = [encode(prompt.noticed(s.domain, s.situation)) for s in self.situations]
        end = [self.tokenizer.eos_token_id]
        self.messages = [
            [
                [[encode(f" {m}") + end for m in tones] for tones in lengths]
                for lengths in s.messages
            ]
            for s in self.situations
        ]
        self.replies = [[encode(word) for word in part] for part in prompt.REPLY]
        self.marker, self.end = encode(prompt.MARKER), end

    def encode(self, text: str) -> list[int]:
        """Tokens of a text, nothing added."""
        return self.tokenizer(text, add_special_tokens=False).input_ids

    @property
    def pad(self) -> int:
        """The padding token."""
        return int(self.tokenizer.pad_token_id)

    def exchanged(self, situation: int, swaps: dict[str, str]) -> "Own":
        """A situation's tokens and its messages', with words exchanged for others."""
        if not swaps:
            return Own(self.prefixes[situation], self.messages[situation])
        s = self.situations[situation]
        prefix = self.encode(prompt.noticed(s.domain, exchanged(s.situation, swaps)))
        said = [
            [
                [self.encode(f" {exchanged(m, swaps)}") + self.end for m in tones]
                for tones in lengths
            ]
            for lengths in s.messages
        ]
        return Own(prefix, said)

    def branch(
        self, moment: int, told: str, action: Sequence[int], messages: Messages | None
    ) -> Branch:
        """A branch of a moment's situation.

        Args:
            moment: Row of the lives that were `read`.
            told: What stands between the moment and the marker.
            action: Of the reply.
            messages: From which the reply's message is taken; None to end before it.
        """
        before = self.encode(self.lines[moment] + told) if told else self.coded[moment]
        ids = [*before, *self.marker]
        marker = len(ids) - 1
        timing, autonomy, verbosity, tone = action
        depth = 1 if timing == 0 else len(self.replies)
        for part in range(depth):
            ids += self.replies[part][action[part]]
        if timing == 0:
            ids += self.end
        elif messages is not None:
            ids += messages[autonomy][verbosity][tone]
        return Branch(ids, marker + 1, marker, moment, tuple(action))

    def read(self, lives: Lives) -> None:
        """Put the moments of `lives` into words, once."""
        self.lines = lives.moments.words()
        self.coded = self.tokenizer(self.lines, add_special_tokens=False).input_ids


def told_of(rng: np.random.Generator, people: People, person: int, last: NDArray[np.int64]) -> str:
    """What stands before the marker: often nothing, else a few answers or the last exchange."""
    words = ""
    if rng.random() < 0.5:
        count = min(1 + rng.geometric(0.15), len(prompt.STATED))
        chosen = rng.choice(len(prompt.STATED), count, replace=False)
        answers = np.concatenate([people.survey[person], people.domains[person]])
        words += prompt.profile({prompt.STATED[i]: int(answers[i]) for i in chosen})
    if last[0] >= 0 and rng.random() < 0.25:
        words += prompt.exchange(last[:4].tolist(), REACTIONS[last[4]])
    return words


def pack(prefix: Sequence[list[int]], branches: Sequence[Sequence[Branch]], pad: int) -> Batch:
    """Lay rows side by side.

    Args:
        prefix: Of each row, the situation's tokens.
        branches: Of each row.
        pad: The padding token.
    """
    lengths = [len(p) + sum(len(b.ids) for b in bs) for p, bs in zip(prefix, branches, strict=True)]
    shape = (len(prefix), max(lengths))
    ids, position = np.full(shape, pad), np.zeros(shape, np.int64)
    branch, label = np.full(shape, -1), np.full(shape, IGNORED)
    decision, moment, action = [], [], []
    for row, (start, own) in enumerate(zip(prefix, branches, strict=True)):
        at = len(start)
        ids[row, :at], position[row, :at], branch[row, :at] = start, np.arange(at), 0
        label[row, : at - 1] = start[1:]
        for number, b in enumerate(own, start=1):
            stop = at + len(b.ids)
            ids[row, at:stop], branch[row, at:stop] = b.ids, number
            position[row, at:stop] = np.arange(len(start), len(start) + len(b.ids))
            label[row, at + b.learnt - 1 : stop - 1] = b.ids[b.learnt :]
            decision.append((row, at + b.marker))
            moment.append(b.moment)
            action.append(b.action)
            at = stop
    return Batch(
        ids, position, branch, label, np.array(decision), np.array(moment), np.array(action)
    )
