"""What an assistant is told, in words: what was noticed, what happened, whom it talks to.

The numbers that a policy would get as boxes stand in these words, estimates to a hundredth and
times to a minute. The moment itself is put into words by `proactive_gym.world.words`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.people import AGE_RANGE, OLDEST_ENCODED, People
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    CHRONOTYPES,
    CONDITIONS,
    DEVICES,
    DOMAINS,
    GENDERS,
    HOUSEHOLDS,
    REACTIONS,
    SETTLEMENTS,
    SURVEY_ITEMS,
    TONES,
    VERBOSITY,
)
from proactive_gym.world.words import ACTIVITY_WORDS

REACTION_WORDS: dict[str, str] = {
    "none": "showed no reaction",
    "wish": "wished you had spoken up",
    "accept": "accepted",
    "thumbs_up": "gave a thumbs up",
    "dismiss": "waved it away",
    "not_now": "said not now",
    "ignore": "ignored it",
    "undo": "undid it",
    "complain": "complained",
    "mute": "muted you for the day",
}
"""What the person visibly did, told to the assistant: "the person ..."."""

SURVEY_STATEMENTS: dict[str, str] = {
    "T1": "It may speak up unasked several times a day.",
    "T2": "It may interrupt me while I'm in focused work or study.",
    "T3": "It may interrupt me in a meeting, a class or a conversation.",
    "T4": "It may speak up while I drive or commute.",
    "T5": "It may speak up while I relax.",
    "T6": "It may speak up before 8 in the morning.",
    "T7": "It may speak up after 10 at night.",
    "T8": "It may speak up while I exercise, cook or do chores.",
    "T9": "If something is urgent it should interrupt me whatever I'm doing.",
    "T10": "It should wait for a natural break rather than speak at the best-informed moment.",
    "A1": "It may do small things (a reminder, a list entry) without asking.",
    "A2": "It may move my appointments without asking.",
    "A3": "It may send messages in my name without asking.",
    "A4": "It may spend a small amount of money without asking.",
    "A5": "It may control devices in my home without asking.",
    "A6": "It may act on health matters (log symptoms, book a check-up) without asking.",
    "A7": "I want to confirm every step before anything happens.",
    "C1": "I want its messages as short as possible.",
    "C2": "I want to know why it suggests something.",
    "C3": "I want a casual, friendly tone rather than a formal one.",
    "C4": "I like some warmth or humour in its messages.",
    "C5": "I want one clear recommendation rather than options.",
    "R1": "I quickly forgive its mistakes.",
    "R2": "I'd switch it off after a few bad interruptions.",
    "R3": "I'd let it do more by itself as it proves itself.",
    "R4": "I usually give feedback (thumbs, a word) when asked.",
}
"""The survey's statements, as the data card `data/personas.md` gives them."""

CONTEXTS: tuple[str, ...] = (
    *(f"while {ACTIVITY_WORDS[activity]}" for activity in ACTIVITIES),
    *(f"about {domain}" for domain in DOMAINS),
    *(f"to {level}" for level in AUTONOMY),
    "to silence",
)
"""The contexts in which reactions are counted: activities, domains, autonomy levels, silence."""

_DAY_H = 24.0


def duration_in_words(hours: float) -> str:
    """A positive duration as "35 min" or "2 h 5 min", at least a minute."""
    whole, minutes = divmod(max(round(hours * 60), 1), 60)
    return " ".join(f"{n} {unit}" for n, unit in ((whole, "h"), (minutes, "min")) if n)


def break_in_words(delay_h: float) -> str:
    """How far away the next natural break is; beyond a day it no longer matters how far."""
    if delay_h <= 0:
        return "This is a natural break."
    if delay_h >= _DAY_H:
        return "No natural break within 24 h."
    return f"Next natural break in {duration_in_words(delay_h)}."


def estimates_in_words(estimate: Sequence[float], window_h: float) -> str:
    """The assistant's estimates (benefit, urgency, stakes) and how long speaking up can help."""
    benefit, urgency, stakes = estimate
    return (
        f"Estimated benefit {benefit:.2f}, urgency {urgency:.2f}, stakes {stakes:.2f} (of 5). "
        f"Speaking up helps within {window_h:.4g} h."
    )


def style_in_words(action: Sequence[int]) -> str:
    """How something was said: "ask, brief, casual", from the four codes of an action."""
    _, autonomy, verbosity, tone = action
    return f"{AUTONOMY[autonomy]}, {VERBOSITY[verbosity]}, {TONES[tone]}"


def profile_in_words(people: People, row: int, view: str) -> list[str]:
    """What a device knows of a person under a profile view, as lines.

    Args:
        people: The people.
        row: Which of them.
        view: "none" (no lines), "demographics" or "survey" (their answers as well).
    """
    if view == "none":
        return []
    lines = [demographics_in_words(people, row)]
    return lines if view == "demographics" else [*lines, *_answers(people, row)]


def demographics_in_words(people: People, row: int) -> str:
    """One line; of a health condition only whether there is one, as in the boxes."""
    age = int(people.age[row])
    low, high = AGE_RANGE[0], OLDEST_ENCODED
    parts = (
        f"aged {max(age, low)}" if age < high else f"aged {high} or more",
        GENDERS[people.gender[row]],
        SETTLEMENTS[people.settlement[row]],
        HOUSEHOLDS[people.household[row]],
        DEVICES[people.devices[row]],
        CHRONOTYPES[people.chronotype[row]],
        "no health condition"
        if CONDITIONS[people.condition[row]] == "none"
        else "a health condition",
        f"comfort with technology {people.tech_comfort[row]} of 5",
    )
    return "The person: " + "; ".join(parts) + "."


def _answers(people: People, row: int) -> list[str]:
    survey = people.survey[row].tolist()
    domains = ", ".join(f"{d} {n}" for d, n in zip(DOMAINS, people.domains[row], strict=True))
    statements = zip(survey, (SURVEY_STATEMENTS[i] for i in SURVEY_ITEMS), strict=True)
    return [
        "What the person said, from 1 (strongly disagree) to 7 (strongly agree):",
        *(f"- {answer}: {statement}" for answer, statement in statements),
        f"Welcome of unasked help, 1 to 7: {domains}.",
    ]


def counts_in_words(counts: NDArray[np.integer]) -> list[str]:
    """Reactions so far, one line for each context in which there were any.

    Args:
        counts: (len(CONTEXTS) * len(REACTIONS),), reactions of one context side by side.
    """
    table = counts.reshape(len(CONTEXTS), len(REACTIONS)).tolist()
    lines = []
    for context, row in zip(CONTEXTS, table, strict=True):
        seen = [f"{REACTIONS[i]} {count}" for i, count in enumerate(row) if count]
        if seen:
            lines.append(f"- {context}: {', '.join(seen)}")
    return ["Reactions so far:", *lines] if lines else []
