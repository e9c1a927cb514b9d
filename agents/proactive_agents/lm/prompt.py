"""What a language model reads and answers: the moment in words, and the parts of a reply.

    finance: The user's card shows three tiny charges ...
    Tue 14h, in focused work, at home, alone, break in 1 h,
    benefit 4.5, urgency 3.0, stakes 2.5, within 4 h.
    Assistant: now, ask, brief, casual: Shall I freeze your card?

The situation comes first, so that its computation is shared by all moments in which it is noticed;
numbers are rounded to what an assistant can use. Before `Assistant:` may stand what the person said
of their own wishes, and the last exchange. A reply names timing, autonomy, length and tone, each a
word of its own, and then speaks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    DAYS,
    DOMAINS,
    PLACES,
    REACTIONS,
    SURVEY_ITEMS,
    TIMINGS,
    TONES,
    VERBOSITY,
)
from proactive_gym.world.words import ACTIVITY_WORDS

Codes = NDArray[np.integer]
Floats = NDArray[np.floating]

REPLY: tuple[tuple[str, ...], ...] = (
    tuple(f" {t}." if t == "silent" else f" {t}," for t in TIMINGS),
    tuple(f" {a}," for a in AUTONOMY),
    tuple(f" {v}," for v in VERBOSITY),
    tuple(f" {t}:" for t in TONES),
)
"""The words of a reply: timing, autonomy, verbosity, tone. After silence nothing follows."""
MARKER = "\nAssistant:"
"""Where the assistant's turn begins."""

_WINDOWS_H = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0)
_HALVES = np.arange(-2, 15) / 2
"""Estimates are told in halves, from -1 to 7."""
_BREAKS = (
    " at a break,",
    *(f" break in {w}," for w in ("15 min", "30 min", "1 h", "2 h", "4 h", "8 h", "24 h")),
    " no break soon,",
)
_LEVELS = ("no", "rather not", "rather", "yes")
_ANSWERS: dict[str, str] = {
    "T1": "speaking up often",
    "T2": "interrupting work",
    "T3": "interrupting conversations",
    "T4": "speaking on the way",
    "T5": "speaking at leisure",
    "T6": "speaking early",
    "T7": "speaking late",
    "T8": "speaking at chores",
    "T9": "urgent matters always",
    "T10": "waiting for breaks",
    "A1": "small acts unasked",
    "A2": "moving appointments",
    "A3": "sending messages",
    "A4": "spending money",
    "A5": "controlling the home",
    "A6": "acting on health",
    "A7": "confirming every step",
    "C1": "short messages",
    "C2": "reasons",
    "C3": "casual tone",
    "C4": "warmth",
    "C5": "one recommendation",
    "R1": "forgiving",
    "R2": "switching off soon",
    "R3": "more freedom with time",
    "R4": "giving feedback",
}
STATED: tuple[str, ...] = (*SURVEY_ITEMS, *DOMAINS)
"""What a profile sentence can speak of: survey items, then domains."""


@dataclass(frozen=True, eq=False)
class Moments:
    """n moments in which something was noticed, arrays of shape (n,).

    Attributes:
        weekday: 0 Monday to 6 Sunday.
        hour: Clock time, [0, 24).
        activity: Position in `ACTIVITIES`.
        place: Position in `PLACES`.
        alone: Whether nobody else is there.
        break_delay: Hours to the next natural break.
        estimate: (n, 3): benefit, urgency, stakes.
        window_h: Hours in which speaking up can help.
        domain: Position in `DOMAINS`.
    """

    weekday: Codes
    hour: Floats
    activity: Codes
    place: Codes
    alone: NDArray[np.bool_]
    break_delay: Floats
    estimate: Floats
    window_h: Floats
    domain: Codes

    def __len__(self) -> int:
        """The number of moments."""
        return len(self.hour)

    def take(self, rows: NDArray[Any]) -> "Moments":
        """Some of them."""
        return Moments(**{name: value[rows] for name, value in vars(self).items()})

    def words(self) -> list[str]:
        """Each moment as a line of the prompt."""
        halves = np.clip(np.rint(self.estimate * 2).astype(int) + 2, 0, len(_HALVES) - 1)
        pause = np.searchsorted(_WINDOWS_H, np.round(self.break_delay, 4))
        window = np.abs(np.subtract.outer(self.window_h, _WINDOWS_H)).argmin(axis=1)
        columns = (
            _CLOCK[self.weekday, self.hour.astype(int)],
            _ACTIVITY[self.activity],
            _PLACE[self.place],
            _COMPANY[self.alone * 1],
            _BREAK[pause],
            *(_ESTIMATE[i, halves[:, i]] for i in range(3)),
            _WITHIN[window],
        )
        return ["".join(parts) for parts in zip(*(c.tolist() for c in columns), strict=True)]


_CLOCK = np.array([[f"\n{d[:3]} {h:02d}h," for h in range(24)] for d in DAYS], object)
_ACTIVITY = np.array([f" {ACTIVITY_WORDS[a]}," for a in ACTIVITIES], object)
_PLACE = np.array([f" {p}," for p in PLACES], object)
_COMPANY = np.array([" with others,", " alone,"], object)
_BREAK = np.array(_BREAKS, object)
_ESTIMATE = np.array(
    [[f"{n} {x}," for x in _HALVES] for n in ("\nbenefit", " urgency", " stakes")], object
)
_WITHIN = np.array([f" within {w:g} h." for w in _WINDOWS_H], object)


def noticed(domain: str, situation: str) -> str:
    """The prompt's beginning: what was noticed."""
    return f"{domain}: {situation}"


def profile(answers: dict[str, int]) -> str:
    """What the person said of their wishes, as a line.

    Args:
        answers: By name in `STATED`, 1 (strongly disagree, keep out) to 7.
    """
    return "".join(["\nTold:", *(_said(name, answer) for name, answer in answers.items())])


def _said(name: str, answer: int) -> str:
    return f" {_ANSWERS.get(name, f'help with {name}')}: {_LEVELS[min(answer // 2, 3)]};"


def exchange(action: Sequence[int], reaction: str) -> str:
    """The last exchange, as a line: what was done and what the person visibly did."""
    return f"\nLast:{reply(action)} {_REACTED[reaction]}."


_REACTED = {name: name.replace("_", " ") for name in REACTIONS}


def reply(action: Sequence[int]) -> str:
    """The words of a reply that say timing, autonomy, verbosity and tone."""
    depth = 1 if action[0] == 0 else len(REPLY)
    return "".join(REPLY[i][action[i]] for i in range(depth))


def phrases() -> list[str]:
    """Everything of which prompts are made, but for the situations: one token each."""
    tables: Iterable[NDArray[Any]] = (
        _CLOCK,
        _ACTIVITY,
        _PLACE,
        _COMPANY,
        _BREAK,
        _ESTIMATE,
        _WITHIN,
    )
    found = [phrase for table in tables for phrase in table.ravel().tolist()]
    found += [f"{d}:" for d in DOMAINS]
    found += ["\nTold:", "\nLast:", MARKER, *(word for part in REPLY for word in part)]
    found += [_said(name, 2 * level + 1) for name in STATED for level in range(len(_LEVELS))]
    found += [f" {words}." for words in _REACTED.values()]
    return found
