"""Prompts from observations: the boxes of `ProactiveAssist-v0`, or the words of its text face.

In the boxes the situation's words are an embedding, which is looked up among the packaged
scenarios': a device would have the words themselves, as the text face does.
"""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from proactive_agents.lm.prompt import Moments
from proactive_gym.envs.observation import NOTICED
from proactive_gym.envs.reading import Observations, Seen
from proactive_gym.errors import InvalidOptionError
from proactive_gym.language.embedding import DIMENSIONS, situation_embeddings
from proactive_gym.language.words import REACTION_WORDS
from proactive_gym.vocabulary import DAYS, DOMAINS, PLACES, REACTIONS
from proactive_gym.world import load_scenarios
from proactive_gym.world.words import ACTIVITY_WORDS

_DAY_H = 24.0
_LATER = 48.0
"""Hours that stand for a break that is more than a day away."""


def moments_of(seen: Seen) -> Moments:
    """What prompts tell of n moments."""
    return Moments(
        weekday=seen.weekday,
        hour=seen.hour,
        activity=seen.activity,
        place=seen.place,
        alone=seen.alone,
        break_delay=np.where(seen.break_delay >= _DAY_H, _LATER, seen.break_delay),
        estimate=np.column_stack([seen.benefit, seen.urgency, seen.stakes]),
        window_h=seen.window_h,
        domain=seen.domain,
    )


def situations_of(observations: Observations) -> list[str]:
    """The situations' words, (n,).

    Raises:
        InvalidOptionError: An embedding is none of the packaged scenarios'.
    """
    boxes = np.ascontiguousarray(observations["noticed"][:, NOTICED - DIMENSIONS :], np.float32)
    known = _by_embedding()
    try:
        return [known[row.tobytes()] for row in boxes]
    except KeyError:
        raise InvalidOptionError(
            "the situation's embedding is not one of the packaged scenarios': use the text face "
            "for situations of your own"
        ) from None


@cache
def _by_embedding() -> dict[bytes, str]:
    rows = situation_embeddings()
    return {row.tobytes(): s.situation for row, s in zip(rows, load_scenarios(), strict=True)}


@dataclass(frozen=True, eq=False)
class Told:
    """What a text observation says.

    Attributes:
        situation: What was noticed, in words.
        seen: The moment as read from boxes; one row.
    """

    situation: str
    seen: Seen


_ACTIVITY = {words: i for i, words in enumerate(ACTIVITY_WORDS.values())}
_MOMENT = re.compile(
    r"^(?P<day>\w{3}) (?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d), (?P<activity>[^,]+), (?P<place>.+), "
    r"(?P<company>alone|with others)\. (?P<pause>.+)$",
    re.MULTILINE,
)
_NOTICED = re.compile(r"^You noticed \((?P<domain>\w+)\): (?P<situation>.+)$", re.MULTILINE)
_ESTIMATES = re.compile(
    r"^Estimated benefit (?P<b>-?[\d.]+), urgency (?P<u>-?[\d.]+), stakes (?P<s>-?[\d.]+) "
    r"\(of 5\)\. Speaking up helps within (?P<w>[\d.]+) h\.$",
    re.MULTILINE,
)
_DAY = re.compile(
    r"^(?:Day (?P<day>\d+) of (?P<days>\d+), a (?P<weekday>\w+)\.|All \d+ days are over\.)"
    r"(?P<state>.*)$",
    re.MULTILINE,
)
_LAST = re.compile(r"; the person ([^;]+)\.$")
_NOW, _FAR = "This is a natural break.", f"No natural break within {_DAY_H:g} h."
_SOON = re.compile(r"Next natural break in(?: (\d+) h)?(?: (\d+) min)?\.")
_SHOWN = {words: REACTIONS.index(name) for name, words in REACTION_WORDS.items()}


def read_text(observation: str) -> Told:
    """Read an observation of `ProactiveAssistText-v0`.

    Raises:
        InvalidOptionError: It does not have that form.
    """
    found = [p.search(observation) for p in (_DAY, _MOMENT, _NOTICED, _ESTIMATES)]
    parts = [match.groupdict() for match in found if match]
    try:
        day, moment, noticed, estimates = parts
        seen = _seen(day, moment | noticed | estimates, _last(observation))
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise InvalidOptionError(
            f"this is no observation of ProactiveAssistText-v0: {observation[:80]!r}"
        ) from error
    return Told(noticed["situation"], seen)


def _seen(day: dict[str, str | None], told: dict[str, str], reaction: int) -> Seen:
    """A moment that was told in words; the first line names the day on which it began."""
    clock = [name[:3] for name in DAYS].index(told["day"])
    weekday, state = day["weekday"], day["state"] or ""
    one = {
        # After midnight the clock's day is the next one, and after the last day it is all there is.
        "weekday": DAYS.index(weekday) if weekday else clock,
        "hour": int(told["h"]) + int(told["m"]) / 60,
        "activity": _ACTIVITY[told["activity"]],
        "place": PLACES.index(told["place"]),
        "alone": told["company"] == "alone",
        "break_delay": _pause(told["pause"]),
        "domain": DOMAINS.index(told["domain"]),
        "benefit": float(told["b"]),
        "urgency": float(told["u"]),
        "stakes": float(told["s"]),
        "window_h": float(told["w"]),
        "reaction": reaction,
        "session": (int(day["day"] or 0) - 1) / int(day["days"] or 0) if weekday else 1.0,
        "muted": "You are muted" in state,
        "off": "has switched you off" in state,
    }
    return Seen(**{name: np.array([value]) for name, value in one.items()})


def _pause(words: str) -> float:
    """Hours to the break; raises `ValueError` where there is no such phrase."""
    if words in (_NOW, _FAR):
        return 0.0 if words == _NOW else _DAY_H
    match = _SOON.fullmatch(words)
    if match is None or not any(match.groups()):
        raise ValueError(words)
    hours, minutes = (int(group or 0) for group in match.groups())
    return hours + minutes / 60


def _last(observation: str) -> int:
    """The last reaction; raises `ValueError` or `KeyError` where it is none."""
    lines = observation.strip().split("\n")
    if "Recent exchange:" not in lines:
        return -1
    match = _LAST.search(lines[-1])
    if match is None:
        raise ValueError(lines[-1])
    return _SHOWN[match[1]]
