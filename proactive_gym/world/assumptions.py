"""The numbers of the world that no data identify, each named, with its meaning and its source.

The shapes of the days are assumptions too; they stand as tables in `proactive_gym.world.templates`
and `proactive_gym.world.weeks`.
"""

from dataclasses import dataclass

from proactive_gym.assumptions import Assumptions, assumed


@dataclass(frozen=True)
class WorldAssumptions(Assumptions):
    """Every assumed number of the world; `described` lists meaning and source of each.

    Raises:
        InvalidOptionError: A value is outside its range.
    """

    error_rate: float = assumed(
        0.05,
        0.0,
        0.5,
        "share of moments in which the assistant notices what cannot concern the person",
        "chosen: rare enough to leave the other moments their weight, frequent enough to cost "
        "trust about once a session",
    )
    low_benefit_weight: float = assumed(
        1.0,
        0.01,
        100.0,
        "weight of scenarios of benefit 0 or 1 against all others when one is noticed",
        "1 draws all scenarios that fit alike, and about a quarter of those noticed are trivial; "
        "it tunes how often silence is best",
    )
    benefit_noise: float = assumed(
        0.8,
        0.0,
        10.0,
        "standard deviation of the assistant's estimate of benefit (scale 0-5)",
        "reliability about 0.8, as between two independent writers of the same person",
    )
    urgency_noise: float = assumed(
        0.6,
        0.0,
        10.0,
        "standard deviation of the assistant's estimate of urgency (scale 1-5)",
        "reliability about 0.8, as for benefit",
    )
    stakes_noise: float = assumed(
        0.6,
        0.0,
        10.0,
        "standard deviation of the assistant's estimate of stakes (scale 1-5)",
        "reliability about 0.8, as for benefit",
    )
    patient_window_h: float = assumed(
        24.0,
        0.25,
        1000.0,
        "a scenario with at least this window (hours) may be noticed from 23 to 7 whatever its "
        "own hours",
        "few scenarios list night hours and those are alarms; what lasts a day exists at night "
        "too, and people awake then would otherwise meet the same alarms night after night",
    )
    early_bird_shift_h: float = assumed(
        -1.0,
        -3.0,
        0.0,
        "how much earlier (hours, negative) an early bird's free hours are",
        "chosen: mid-sleep on free days spreads by one to two hours between people "
        "(Roenneberg et al. 2007, Sleep Medicine Reviews 11, 429); not fitted",
    )
    night_owl_shift_h: float = assumed(
        1.5,
        0.0,
        3.0,
        "how much later (hours) a night owl's free hours are",
        "as for early birds; the late tail is the longer one",
    )
    habit_sd_h: float = assumed(
        0.35,
        0.0,
        1.0,
        "standard deviation (hours) between people of one chronotype",
        "chosen: below the spread between chronotypes",
    )
    day_sd_h: float = assumed(
        0.25,
        0.0,
        1.0,
        "standard deviation (hours) between the days of one person",
        "chosen: below the spread between people",
    )
    shortest_block_h: float = assumed(
        1 / 12,
        0.01,
        0.2,
        "no block of a day is shorter than this (hours)",
        "chosen: five minutes",
    )
    point_gap: float = assumed(
        0.1,
        0.0,
        0.9,
        "least distance between two decision points, as a share of their mean distance",
        "chosen: about five minutes at twenty points a day",
    )
