import numpy as np
import pytest

from proactive_gym.vocabulary import ACTIVITIES, DAYS, PLACES
from proactive_gym.world import clock_in_words, moment_in_words, situation_in_words
from proactive_gym.world.words import ACTIVITY_WORDS


@pytest.mark.parametrize(
    ("hour", "words"), [(0.0, "00:00"), (14.1, "14:06"), (9.999, "09:59"), (23.9999, "23:59")]
)
def test_clock(hour, words):
    assert clock_in_words(hour) == words


def test_situation():
    bus = PLACES.index("on a bus")
    assert situation_in_words(ACTIVITIES.index("commuting"), bus, True) == (
        "commuting, on a bus, alone"
    )
    assert situation_in_words(ACTIVITIES.index("meeting"), 1, False) == (
        "in a meeting, at their place of work or study, with others"
    )


def test_every_activity_has_words():
    assert tuple(ACTIVITY_WORDS) == ACTIVITIES


def test_moment_names_day_and_clock(lives):
    words = moment_in_words(lives.moments, 0, 0)
    assert words.startswith(DAYS[lives.moments.weekday[0]][:3])
    assert clock_in_words(float(lives.moments.hour[0, 0])) in words


def test_after_midnight_the_day_is_the_next(lives):
    past = np.flatnonzero(lives.moments.hour[:, -1] < lives.moments.hour[:, 0] - 6)
    row = int(past[0])
    before, after = (moment_in_words(lives.moments, row, p)[:3] for p in (0, 19))
    days = [day[:3] for day in DAYS]
    assert (days.index(after) - days.index(before)) % 7 == 1
