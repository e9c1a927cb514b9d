"""How the report's figures are drawn: their canvas, their colours, and SVG that fits into a page.

Figures use matplotlib's objects and never its global state. They are drawn in sentinel colours, one
for each role, which become CSS variables with the light theme's colour to fall back on; so they
follow the page's theme, and still show on their own.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from proactive_gym.leaderboard.standings import ORACLE, POPULATION, SILENT, Standing

WIDTH = 400
"""Of every figure, in SVG units: narrow enough for a telephone, where a unit is nearly a pixel."""
INK, MUTED, GRID, BAD = "#010203", "#010204", "#010205", "#010206"
SLOTS = ("#0102a0", "#0102a1", "#0102a2", "#0102a3", "#0102a4", "#0102a5")
_ROLES = {
    INK: "currentColor",
    MUTED: "var(--muted, #767b85)",
    GRID: "var(--grid, #e3e5e9)",
    BAD: "var(--bad, #b72c0a)",
    SLOTS[0]: "var(--agent-1, #1b2f9e)",
    SLOTS[1]: "var(--agent-2, #b72c0a)",
    SLOTS[2]: "var(--agent-3, #007068)",
    SLOTS[3]: "var(--agent-4, #d929a8)",
    SLOTS[4]: "var(--agent-5, #a8810c)",
    SLOTS[5]: "var(--agent-6, #318af8)",
}
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "lines.solid_capstyle": "round",
}
_LONGEST = 22
_LETTER = 6.4
"""Width of a letter at the size of labels, on the generous side: fonts differ by machine."""
_LINE = 13
"""Height of a label."""
_ATTRIBUTE = re.compile(r' (d|x|y|x1|x2|y1|y2|transform|points|width|height)="([^"]*)"')
_DECIMAL = re.compile(r"-?\d+\.\d+")

Array = NDArray[np.float64]


@contextmanager
def style(name: str) -> Iterator[None]:
    """The figures' style, for what is drawn and saved within.

    Args:
        name: Of the figure; it keeps the ids of one apart from those of another in one page.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        yield


def colours(standings: Sequence[Standing]) -> dict[str, str]:
    """The agents that stand out, each with its colour in every figure; the others are grey.

    These are `oracle-observed` and `silent` in ink, `population`, and then the best agents, those
    that adapt before the others.
    """
    ranked = [s for s in standings if s.rank is not None and s.name != SILENT]
    ordered = sorted(ranked, key=lambda s: (s.name != POPULATION, not s.record.adapts))
    chosen = {s.name for s in ordered[: len(SLOTS)]}
    found = dict(zip((s.name for s in ranked if s.name in chosen), SLOTS, strict=False))
    inked = {s.name: INK for s in standings if s.name in (ORACLE, SILENT)}
    return {**found, **inked}


def dashes(standing: Standing) -> str:
    """The line of an agent: references and silence differ by more than colour."""
    if standing.record.reference:
        return ":"
    return "--" if standing.name == SILENT else "-"


def short(name: str) -> str:
    """A name that fits beside a plot."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def canvas(
    height: float, left: float, right: float = 12, *, title: str = ""
) -> tuple[Figure, Axes]:
    """A figure known to no window system, with axes within margins, all in SVG units."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    top, bottom = 26 if title else 8, 38
    inner = (WIDTH - left - right) / WIDTH, (height - top - bottom) / height
    # Above rather than beside the axis: it reads level, and long words fit.
    figure.text(2 / WIDTH, 1 - 4 / height, title, va="top", size=11.5, weight="bold")
    axes = figure.add_axes((left / WIDTH, bottom / height, *inner))
    axes.tick_params(length=3)
    return figure, axes


def rows(standings: Sequence[Standing], label: str, row: float = 20) -> tuple[Figure, Axes]:
    """A canvas with one row for each agent, the best on top.

    Args:
        standings: Of the agents.
        label: Of the horizontal axis.
        row: Height of a row.
    """
    names = [short(s.name) for s in standings]
    figure, axes = canvas(row * len(names) + 46, left=_LETTER * max(map(len, names)) + 12)
    axes.set_yticks(range(len(names)), names)
    for tick, standing in zip(axes.get_yticklabels(), standings, strict=True):
        tick.set_fontstyle("italic" if standing.record.reference else "normal")
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", lw=1)
    axes.set_xlabel(label)
    axes.locator_params(axis="x", nbins=6)
    return figure, axes


def whisker(
    axes: Axes, ends: Sequence[float | None], y: float, colour: str, hollow: bool = False
) -> None:
    """A value with its interval, (mean, low, high); nothing where it is undefined."""
    mean, low, high = ends
    if mean is None or not np.isfinite(mean):
        return
    if low is not None and high is not None:
        axes.plot([low, high], [y, y], color=colour, lw=1.2 if hollow else 2)
    dot(axes, mean, y, colour, hollow)


def dot(axes: Axes, x: float, y: float, colour: str, hollow: bool = False) -> None:
    """One value; a hollow one stands for the other kind that the caption names."""
    face = "none" if hollow else colour
    axes.plot(x, y, "o", ms=5.5, mec=colour, mfc=face, mew=1.3, zorder=3)


def swarm(axes: Axes, values: Array, y: float, colour: str, size: float = 3.2) -> None:
    """One dot for each value, stacked around y where they would cover each other."""
    low, high = axes.get_xlim()
    bins = np.floor((values - low) / (high - low) * 75).astype(int)
    at = np.zeros(len(values))
    for found in np.unique(bins):
        inside = np.flatnonzero(bins == found)
        spread = np.arange(len(inside)) - (len(inside) - 1) / 2
        at[inside] = spread * min(0.13, 0.76 / len(inside))
    points = np.column_stack([values, y + at])
    # Lines of no length with round ends: a tenth of the bytes that markers take.
    codes = np.tile([Path.MOVETO, Path.LINETO], len(points))
    path = Path(np.repeat(points, 2, axis=0), codes)
    path.should_simplify = False
    axes.add_patch(PathPatch(path, fc="none", ec=colour, lw=size, capstyle="round", alpha=0.75))


def end_labels(figure: Figure, axes: Axes, ends: dict[str, tuple[float, str]]) -> None:
    """Names at the right ends of lines, moved apart where they would overlap.

    Args:
        figure: Which holds the axes.
        axes: Whose limits are final.
        ends: Height and colour of each line's end, by name.
    """
    low, high = axes.get_ylim()
    size = axes.get_position().height * figure.get_figheight() * 72
    gap = (high - low) / size * _LINE
    ordered = sorted(ends, key=lambda name: ends[name][0])
    heights = _apart([ends[name][0] for name in ordered], gap, low, high)
    right = axes.get_xlim()[1]
    step = (right - axes.get_xlim()[0]) * 0.025
    for name, at in zip(ordered, heights, strict=True):
        end, colour = ends[name]
        axes.plot([right, right + 2 * step], [end, at], color=colour, lw=0.8, clip_on=False)
        axes.text(right + 3 * step, at, short(name), color=colour, va="center_baseline", size=10.5)


def _apart(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending heights at least a gap apart, within the limits if they fit, near where they were.

    Neighbours that are too close become a block around their mean, until no two blocks touch.
    """
    blocks: list[list[float]] = []
    for height in heights:
        blocks.append([height])
        while len(blocks) > 1 and _bottom(blocks[-1], gap, low, high) < (
            _bottom(blocks[-2], gap, low, high) + gap * len(blocks[-2])
        ):
            last = blocks.pop()
            blocks[-1] += last
    return [_bottom(b, gap, low, high) + gap * i for b in blocks for i in range(len(b))]


def _bottom(block: Sequence[float], gap: float, low: float, high: float) -> float:
    extent = gap * (len(block) - 1)
    return max(low, min(float(np.mean(block)) - extent / 2, high - extent))


def label_margin(names: Sequence[str]) -> float:
    """Room that the names at the ends of lines need, in SVG units."""
    return _LETTER * max((len(short(n)) for n in names), default=0) + 24


def to_svg(figure: Figure, title: str) -> str:
    """A figure as SVG to stand within a page, the same bytes for the same figure.

    Args:
        figure: Drawn within `style`.
        title: What it shows, for those who cannot see it.
    """
    text = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    svg = text.getvalue()
    height = round(figure.get_figheight() * 72)
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r' font-family: [^;"]*;', "", body).replace("xlink:href", "href")
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = _ATTRIBUTE.sub(lambda a: f' {a[1]}="{_rounded(a[2])}"', body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", body)
    body = re.sub(r"\n\s*", " ", body)
    for sentinel, colour in _ROLES.items():
        body = body.replace(sentinel, colour)
    head = (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        'stroke-linejoin="round" stroke-linecap="butt" fill="currentColor">'
    )
    return f"{head}<title>{escape(title)}</title>{body.strip()}"


def _rounded(numbers: str) -> str:
    return _DECIMAL.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), numbers)


def colour_of(sentinel: str) -> str:
    """The CSS colour that a sentinel becomes."""
    return _ROLES[sentinel]
