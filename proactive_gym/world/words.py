"""A moment in words: "Tue 14:05, commuting, on a bus, alone".

Only the moment; what was noticed and what was said is put into words elsewhere.
"""

from itertools import pairwise

from proactive_gym.vocabulary import ACTIVITIES, DAYS, PLACES
from proactive_gym.world.sessions import Moments

ACTIVITY_WORDS: dict[str, str] = {
    "focused_work": "in focused work",
    "meeting": "in a meeting",
    "conversation": "in a conversation",
    "commuting": "commuting",
    "driving": "driving",
    "exercising": "exercising",
    "chores": "doing chores",
    "relaxing": "relaxing",
    "eating": "eating",
    "getting_ready": "getting ready",
    "in_bed": "in bed",
}


def clock_in_words(hour: float) -> str:
    """An hour in [0, 24) as "14:05", rounded down to the minute."""
    minutes = int(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def situation_in_words(activity: int, place: int, alone: bool) -> str:
    """Codes of a situation as "commuting, on a bus, alone"."""
    company = "alone" if alone else "with others"
    return f"{ACTIVITY_WORDS[ACTIVITIES[activity]]}, {PLACES[place]}, {company}"


def moment_in_words(moments: Moments, row: int, point: int) -> str:
    """Point `point` of row `row` as "Tue 14:05, commuting, on a bus, alone".

    After midnight the weekday is the new day's.
    """
    hours = moments.hour[row, : point + 1].tolist()
    # Within a session the clock falls only when it passes midnight.
    midnights = sum(later < earlier for earlier, later in pairwise(hours))
    day = DAYS[(int(moments.weekday[row]) + midnights) % len(DAYS)][:3]
    situation = situation_in_words(
        int(moments.activity[row, point]),
        int(moments.place[row, point]),
        bool(moments.alone[row, point]),
    )
    return f"{day} {clock_in_words(hours[point])}, {situation}"
