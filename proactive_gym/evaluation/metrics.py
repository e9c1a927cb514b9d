"""The metrics of the leaderboard, as pure functions of sums over people, sessions and lives.

Each takes what `referee.judge` counts, summed over whatever is of interest, so that the same
function gives an overall value, a session's, or ten thousand bootstrap samples at once. All cover
every decision point, switched off or not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Sums = Mapping[str, Array]


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: Under which records keep it.
        title: For people.
        of: From sums to values.
        better: +1 if more is better, -1 if less is, 0 if neither.
        meaning: In a sentence, with its range.
    """

    name: str
    title: str
    of: Callable[[Sums], Array]
    better: int
    meaning: str


def _ratio(numerator: str, denominator: str) -> Callable[[Sums], Array]:
    return lambda s: s[numerator] / s[denominator]


def _specificity(s: Sums) -> Array:
    return 1 - s["false_alarms"] / s["unneeded"]


METRICS: Mapping[str, Metric] = {
    m.name: m
    for m in (
        Metric(
            "reward",
            "reward",
            _ratio("reward", "points"),
            1,
            "mean reward of a decision point, (satisfaction - 5) / 5, from -1 to 1",
        ),
        Metric(
            "reward_seen",
            "reward, seen scenarios",
            _ratio("reward_seen", "points_seen"),
            1,
            "reward at scenarios that assistants may have trained on",
        ),
        Metric(
            "reward_unseen",
            "reward, unseen scenarios",
            lambda s: (s["reward"] - s["reward_seen"]) / (s["points"] - s["points_seen"]),
            1,
            "reward at scenarios that no assistant trained on",
        ),
        Metric(
            "satisfaction",
            "satisfaction",
            _ratio("satisfaction", "lives"),
            1,
            "questionnaire after each session, 1-7",
        ),
        Metric(
            "trust", "trust", _ratio("trust", "lives"), 1, "questionnaire after each session, 1-7"
        ),
        Metric(
            "comfort",
            "comfort",
            _ratio("comfort", "lives"),
            1,
            "questionnaire after each session, 1-7",
        ),
        Metric(
            "retention",
            "retention",
            _ratio("on", "lives"),
            1,
            "share of sessions after which the assistant is still switched on",
        ),
        Metric(
            "intervention_rate",
            "spoken",
            _ratio("delivered", "points"),
            0,
            "share of points at which words reached the person",
        ),
        Metric(
            "precision",
            "precision",
            lambda s: s["hits"] / (s["hits"] + s["false_alarms"]),
            1,
            "of messages where it mattered, the share that was needed",
        ),
        Metric(
            "recall",
            "recall",
            _ratio("hits", "needed"),
            1,
            "of points that needed words, the share that got some",
        ),
        Metric(
            "f1",
            "F1",
            lambda s: 2 * s["hits"] / (s["hits"] + s["false_alarms"] + s["needed"]),
            1,
            "harmonic mean of precision and recall",
        ),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            lambda s: (s["hits"] / s["needed"] + _specificity(s)) / 2,
            1,
            "mean of recall and of the share of unneeded points left alone; 0.5 is chance",
        ),
        Metric(
            "timing_right",
            "timing right",
            _ratio("timing_right", "points"),
            1,
            "share of points at which silence, now or hold was the person's wish",
        ),
        Metric(
            "timing_regret",
            "timing regret",
            _ratio("timing_regret", "points"),
            -1,
            "expected reward lost by the timing, a point",
        ),
        Metric(
            "temporal_appropriateness",
            "temporal appropriateness",
            lambda s: (s["well_timed"] - s["ill_timed"] - s["missed"]) / s["points"],
            1,
            "(well timed - ill timed - missed) / all points, from -1 to 1",
        ),
        Metric(
            "autonomy_match",
            "autonomy match",
            _ratio("autonomy_right", "delivered"),
            1,
            "of messages, the share with the person's autonomy",
        ),
        Metric(
            "style_match",
            "style match",
            _ratio("style_right", "delivered"),
            1,
            "of messages, the share in the person's style",
        ),
        Metric(
            "harsh_rate",
            "harsh reactions",
            _ratio("harsh", "points"),
            -1,
            "undo, complain or mute, a point",
        ),
    )
}
"""By name, in the order of tables."""


def values(metric: Metric, sums: Sums) -> Array:
    """A metric of sums; NaN where it is a ratio of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(metric.of(sums))
