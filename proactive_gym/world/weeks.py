"""Who lives which weeks, as data: occupations, weeks, exceptions, ways to travel, company.

Like the days they are assumptions, written to be plausible and not fitted to a survey.
"""

from typing import NamedTuple

OCCUPATIONS = (
    "office",
    "office_part_time",
    "hands_on",
    "hands_on_part_time",
    "shifts",
    "study",
    "office_and_study",
    "hands_on_and_study",
    "carer",
    "home",
    "retired",
)
"""What fills a person's weekdays, told from facts and age by `routines.occupation_of`."""

WORKDAYS = frozenset(
    {
        "office",
        "home_office",
        "hands_on",
        "early_shift",
        "late_shift",
        "first_night",
        "night_shift",
    }
)
"""The day kinds on which a person is at paid work."""


class Week(NamedTuple):
    """A cycle of day kinds.

    A week that is `anchored` begins on Monday. Any other begins on a random day, as rosters do, and
    need not last seven days.
    """

    days: tuple[str, ...]
    anchored: bool


def _week(days: str, *, anchored: bool) -> Week:
    return Week(tuple(days.split()), anchored)


WEEKS: dict[str, Week] = {
    "office": _week("office office office office office free free", anchored=True),
    "office_four_days": _week("office office office office free free free", anchored=True),
    "office_half": _week("office retired office retired office retired retired", anchored=True),
    "hands_on": _week(
        "hands_on hands_on hands_on hands_on hands_on free free",
        anchored=True,
    ),
    "hands_on_tue_sat": _week(
        "free hands_on hands_on hands_on hands_on hands_on free",
        anchored=True,
    ),
    "hands_on_six_days": _week(
        "hands_on hands_on hands_on hands_on hands_on hands_on free",
        anchored=True,
    ),
    "hands_on_roster": _week(
        "hands_on hands_on hands_on hands_on hands_on free free", anchored=False
    ),
    "hands_on_half": _week(
        "retired hands_on retired hands_on retired hands_on retired", anchored=True
    ),
    "rotating_shifts": _week(
        "early_shift early_shift late_shift late_shift first_night night_shift after_night eve",
        anchored=False,
    ),
    "early_shifts": _week(
        "early_shift early_shift early_shift early_shift early_shift free eve",
        anchored=False,
    ),
    "late_shifts": _week(
        "late_shift late_shift late_shift late_shift late_shift free free",
        anchored=False,
    ),
    "night_shifts": _week(
        "first_night night_shift night_shift night_shift after_night free free",
        anchored=False,
    ),
    "study": _week("study study study study study free free", anchored=True),
    "office_and_study": _week("office study office study office free free", anchored=True),
    "hands_on_and_study": _week("study hands_on study study hands_on hands_on free", anchored=True),
    "carer": _week("carer carer carer carer carer free free", anchored=True),
    "home": _week("home_day home_day home_day home_day home_day free free", anchored=True),
    "retired": _week("retired retired retired retired retired retired retired", anchored=True),
}

WEEKS_OF: dict[str, dict[str, float]] = {
    "office": {"office": 9, "office_four_days": 1},
    "office_part_time": {"office_half": 2, "office_four_days": 1},
    "hands_on": {
        "hands_on": 6,
        "hands_on_tue_sat": 1,
        "hands_on_six_days": 2,
        "hands_on_roster": 1,
    },
    "hands_on_part_time": {"hands_on_half": 2, "hands_on": 1},
    "shifts": {"rotating_shifts": 5, "early_shifts": 2, "late_shifts": 2, "night_shifts": 1},
    "study": {"study": 1},
    "office_and_study": {"office_and_study": 1},
    "hands_on_and_study": {"hands_on_and_study": 1},
    "carer": {"carer": 1},
    "home": {"home": 1},
    "retired": {"retired": 1},
}

EXCEPTIONS: dict[str, dict[str, float]] = {
    "office": {"office": 74, "home_office": 22, "free_home": 4},
    "hands_on": {"hands_on": 96, "free_home": 4},
    "study": {"study": 72, "study_home": 28},
    "free": {"free_home": 58, "free_out": 42},
    "retired": {"retired": 68, "retired_out": 32},
}
"""What a planned day turns out to be; a kind that is not listed stays what it is.

Shifts have no exceptions, so that a free day never falls between a night at work and the sleep
after it.
"""

MODES_OF: dict[str, tuple[float, float, float, float]] = {
    "drives, big city": (50, 18, 24, 8),
    "drives, suburb": (75, 9, 12, 4),
    "drives, small town": (82, 8, 3, 7),
    "drives, rural": (92, 4, 3, 1),
    "other, big city": (0, 36, 44, 20),
    "other, suburb": (0, 44, 40, 16),
    "other, small town": (0, 44, 20, 36),
    "other, rural": (0, 58, 17, 25),
}
"""Weights of car, bus, train and walking, by driving and settlement."""

HOUSEHOLD_GROUPS: dict[str, str] = {
    "lives alone": "alone",
    "lives with a partner": "couple",
    "lives with a spouse": "couple",
    "shares a flat with roommates": "shared",
    "lives with parents": "family",
    "single parent": "family",
    "lives with a partner and small children": "family",
    "lives with a partner and teenagers": "family",
    "lives with adult children": "family",
    "lives in a three-generation household": "family",
    "lives in assisted housing": "assisted",
}

ALONE: dict[str, dict[str, float]] = {
    "alone": {"home": 0.95, "bed": 0.97, "work": 0.60, "out": 0.65, "road": 0.85},
    "assisted": {"home": 0.75, "bed": 0.98, "work": 0.60, "out": 0.55, "road": 0.75},
    "couple": {"home": 0.40, "bed": 0.15, "work": 0.60, "out": 0.55, "road": 0.60},
    "shared": {"home": 0.55, "bed": 0.95, "work": 0.60, "out": 0.60, "road": 0.75},
    "family": {"home": 0.30, "bed": 0.90, "work": 0.60, "out": 0.50, "road": 0.55},
}
"""Chance that nobody else is there, by household group and company."""

ALONE_IN_PARTNERS_BED = 0.15
"""Chance that nobody else is in bed for somebody with a partner in a couple or family home."""
