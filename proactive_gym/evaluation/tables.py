"""The ladder as words and numbers: cells of a table, Markdown, and how it was played.

How a terminal shows the cells is up to the command line.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from proactive_gym.evaluation.ladder import RUNGS, Ladder, Rung
from proactive_gym.evaluation.statistics import Interval

NONE = "-"
LEGEND = (
    "Reward is the mean of a decision point, from -1 to 1; step is the gain over the rung below. "
    "Intervals are 95 %, from resampled people. Spoken: points with words. Trust: at the end, "
    "1 to 7. Off: lives that ended switched off. Worse: people worse off than with silence."
)
"""What the columns mean."""

_MARKDOWN_HEAD = (
    "rung",
    "what it knows",
    "reward (95 % interval)",
    "step (95 % interval)",
    "spoken",
    "trust",
    "off",
    "worse",
)


class Row(NamedTuple):
    """The cells of one rung; an interval is empty where there is none."""

    rung: str
    knows: str
    reward: str
    reward_interval: str
    step: str
    step_interval: str
    spoken: str
    trust: str
    off: str
    worse: str


def rows(ladder: Ladder) -> list[Row]:
    """The cells of every rung, from below."""
    return [_row(rung) for rung in ladder.rungs]


def _row(rung: Rung) -> Row:
    return Row(
        rung.name,
        RUNGS[rung.name],
        *_mean_and_interval(rung.reward),
        *_mean_and_interval(rung.step),
        _share(rung.spoken),
        f"{rung.trust:.1f}",
        _share(rung.off),
        _share(rung.harmed) if rung.step else NONE,
    )


def _mean_and_interval(value: Interval | None) -> tuple[str, str]:
    if value is None:
        return NONE, ""
    return _signed(value.mean), f"{_signed(value.low)} to {_signed(value.high)}"


def _signed(value: float) -> str:
    """Three decimals and a sign; zero has a plus however it came about."""
    return f"{round(value, 3) + 0.0:+.3f}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def to_markdown(ladder: Ladder, version: str) -> str:
    """The table, its legend and its settings as Markdown.

    Args:
        ladder: What was played.
        version: Of the package.
    """
    lines = [_line(_MARKDOWN_HEAD), _line(("---", "---", *["---:"] * 6))]
    for row in rows(ladder):
        reward = f"{row.reward} ({row.reward_interval})"
        step = f"{row.step} ({row.step_interval})" if row.step_interval else row.step
        cells = (row.rung, row.knows, reward, step, row.spoken, row.trust, row.off, row.worse)
        lines.append(_line(cells))
    return "\n".join([*lines, "", LEGEND, "", settings_in_words(ladder.settings, version), ""])


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def settings_in_words(settings: Mapping[str, Any], version: str) -> str:
    """How a ladder was played, in one line.

    Args:
        settings: `Ladder.settings`.
        version: Of the package.
    """
    count, people = settings["persons"], settings["people"]
    whom = "simulated person" if count == 1 else "simulated people"
    if people in ("population", "validation", "test"):
        whom += f" of the {people} split"
    lives = _counted(settings["lives"], "life", "lives")
    sessions = _counted(settings["sessions"], "session", "sessions")
    points = _counted(settings["points"], "point", "points")
    return (
        f"{count} {whom}, {lives} each of {sessions} x {points}; seed {settings['seed']}, "
        f"heterogeneity {settings['heterogeneity']:g}, drift {settings['drift']:g}; "
        f"proactive-gym {version}."
    )


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
