"""The numbers of the simulated people that no data identify, each with meaning and source.

What the data do identify (worths, ratings, reactions, deviations, trust) is fitted and stands in
`parameters.json`. Rankings of assistants should survive a sweep of every number here.
"""

from dataclasses import dataclass

from proactive_gym.assumptions import Assumptions, assumed


@dataclass(frozen=True)
class UserAssumptions(Assumptions):
    """Every assumed number of the simulated people.

    Raises:
        InvalidOptionError: A value is outside its range.
    """

    heterogeneity: float = assumed(
        1.0,
        0.0,
        3.0,
        "scale of the person-level deviations; 1 is as fitted",
        "fitted variances (1); any other value must be labelled",
    )
    drift: float = assumed(
        0.1,
        0.0,
        1.0,
        "how much of a person's deviations is new in each session: d' = sqrt(1 - drift²) d + "
        "drift times a fresh draw, so the spread between people stays as fitted",
        "chosen: deviations of sessions ten apart correlate by 0.95",
    )
    life_change_rate: float = assumed(
        0.01,
        0.0,
        1.0,
        "chance a session that a person's life changes and all deviations are drawn anew",
        "chosen: about one person in ten during ten sessions",
    )
    fatigue: float = assumed(
        0.03,
        0.0,
        1.0,
        "worth that a message loses for each earlier one beyond the day's tolerance",
        "chosen: the data judge moments one by one; ten messages too many cost about 0.15 reward",
    )
    tolerance: float = assumed(
        4.0,
        0.0,
        50.0,
        "messages a session that never tire, before the answer to T1 (1-7) is added",
        "chosen after T1, 'it may speak up unasked several times a day'",
    )
    hold_fade: float = assumed(
        0.5,
        0.0,
        5.0,
        "worth lost by a held message of urgency 3 whose break comes at the window's end; "
        "proportional to delay / window and to urgency",
        "chosen: the judges rated 'hold' without being told for how long",
    )
    trust_a_point: float = assumed(
        0.1,
        0.0,
        1.0,
        "share of a diary day's change of trust that one decision point brings",
        "chosen: diaries tell of one event a day, a session has twenty points",
    )
    voice: float = assumed(
        0.025,
        0.0,
        0.14,
        "chance that a missed need is voiced, for each point of R4 (gives feedback, 1-7)",
        "chosen: 0.1 at the middle of the scale",
    )
    off_penalty: float = assumed(
        0.1,
        0.0,
        2.0,
        "reward that being switched off costs at each point, beyond silence",
        "chosen: more than lower trust can make silence feel better",
    )
