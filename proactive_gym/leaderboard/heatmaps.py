"""Tables of tinted numbers: where agents fail, and what else moves with a dimension of one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.leaderboard.compose import person_rewards
from proactive_gym.leaderboard.inside import Inside
from proactive_gym.leaderboard.record import Record
from proactive_gym.leaderboard.standings import Standing
from proactive_gym.leaderboard.tables import NONE
from proactive_gym.leaderboard.views import group_means, place_means
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS

_STRONGEST = 60
"""Per cent of tint at most, so that numbers stay readable on it."""
LEAST_TOLD = 0.05
"""Change of a share below which cross-talk is tinted but not told."""
_MOVES_MUCH = 0.5
"""From which change of a share on the tint is full."""


class Heat(NamedTuple):
    """One cell.

    Attributes:
        text: A number in words.
        side: "good" or "bad".
        tint: In per cent.
        framed: Whether it is marked.
    """

    text: str
    side: str
    tint: int
    framed: bool = False


class Heatmap(NamedTuple):
    """A table of tinted numbers.

    Attributes:
        name: Unique in a page.
        title: What the numbers are.
        heads: Groups of columns: a title, which may be empty, and the columns' labels.
        rows: What the row is of, and its cells; agents from the best to the worst.
        of: What rows are of.
    """

    name: str
    title: str
    heads: list[tuple[str, list[str]]]
    rows: list[tuple[str, list[Heat]]]
    of: str = "agent"


def by_place(standings: Sequence[Standing]) -> list[Heatmap]:
    """Reward and timing regret, by activity and by domain."""
    found = []
    for places, names in (("activity", ACTIVITIES), ("domain", DOMAINS)):
        heads = [("", [name.replace("_", " ") for name in names])]
        for statistic, title, form in (
            ("reward", "Mean reward", _signed),
            ("timing_regret", "Timing regret", _plain),
        ):
            table = np.array([place_means(s.record, places, statistic) for s in standings])
            tinted = _tinted(table, form, -1 if statistic == "timing_regret" else 1)
            name, said = f"{places}-{statistic}", f"{title} by {places}"
            found.append(Heatmap(name, said, heads, _named(standings, tinted)))
    return found


def by_pair(standings: Sequence[Standing]) -> Heatmap:
    """Probability that a person fares better with the row's agent than with the column's."""
    rewards = np.array([person_rewards(s.record) for s in standings])
    mine, theirs = rewards[:, None], rewards[None]
    table = ((mine > theirs) + 0.5 * (mine == theirs)).mean(axis=2)
    np.fill_diagonal(table, np.nan)
    rows = _tinted(table, _plain, 1, centre=0.5)
    heads = [("", [s.name for s in standings])]
    title = "Chance that a person fares better with the row than with the column"
    return Heatmap("pairs", title, heads, _named(standings, rows))


def by_kind(standings: Sequence[Standing]) -> Heatmap | None:
    """Reward by kind of person; None if the records name no kinds."""
    groups = standings[0].record.groups
    if not groups:
        return None
    heads = [
        (name, [f"{label} ({group.codes.count(i)})" for i, label in enumerate(group.labels)])
        for name, group in groups.items()
    ]
    table = np.array([_kinds(s.record, list(groups)) for s in standings])
    rows = _named(standings, _tinted(table, _signed, 1))
    return Heatmap("kind-reward", "Mean reward by kind of person", heads, rows)


def crosstalk(inside: Inside) -> list[Heatmap]:
    """What moves with each dimension, framed where it acts: one table of timing, one of the rest.

    More exactly, of the part of a reply on which the first dimension acts, and of the others.
    """
    found = inside.swept
    parts = list(inside.dimensions.values())
    heads = [("", list(found.outcomes))]
    rows = []
    tinted = _tinted(found.crosstalk(), _large, 1, largest=_MOVES_MUCH)
    for (name, part), cells in zip(inside.dimensions.items(), tinted, strict=True):
        own = [outcome == part for outcome in found.outcomes.values()]
        marked = [cell._replace(framed=f) for cell, f in zip(cells, own, strict=True)]
        rows.append((name, marked))
    maps = []
    for of in (parts[:1], [p for p in dict.fromkeys(parts) if p != parts[0]]):
        chosen = [row for row, part in zip(rows, parts, strict=True) if part in of]
        if chosen:
            title = f"Dimensions of {', '.join(of)}"
            maps.append(Heatmap(f"crosstalk-{of[0]}", title, heads, chosen, "dimension"))
    return maps


def _kinds(record: Record, groups: Sequence[str]) -> list[float]:
    return [mean for group in groups for mean in group_means(record, group)]


def _named(
    standings: Sequence[Standing], tinted: Sequence[list[Heat]]
) -> list[tuple[str, list[Heat]]]:
    return [(s.name, cells) for s, cells in zip(standings, tinted, strict=True)]


def _tinted(
    table: NDArray[np.float64],
    form: Callable[[float], str],
    better: int,
    centre: float = 0.0,
    largest: float | None = None,
) -> list[list[Heat]]:
    """Cells tinted by their distance from the centre, relative to the largest of the table.

    Args:
        table: Of numbers; what is not finite is not tinted.
        form: Their words.
        better: 1 if more is better, -1 if less is.
        centre: Where nothing is tinted.
        largest: From which distance on the tint is full, instead.
    """
    defined = np.abs(table[np.isfinite(table)] - centre)
    if largest is None:
        largest = float(defined.max()) if defined.size else 0.0

    def heat(value: float) -> Heat:
        if not np.isfinite(value):
            return Heat(NONE, "good", 0)
        away = value - centre
        tint = round(_STRONGEST * min(abs(away) / largest, 1)) if largest else 0
        return Heat(form(value), "good" if away * better >= 0 else "bad", tint)

    return [[heat(float(value)) for value in row] for row in table]


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"


def _large(value: float) -> str:
    return _signed(value) if abs(value) >= LEAST_TOLD else ""


def _plain(value: float) -> str:
    return f"{value:.2f}"
