"""The report's figures of what goes on inside an agent, as SVG: one small panel a dimension."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proactive_gym.leaderboard.drawing import INK, MUTED, SLOTS, WIDTH, short, style, to_svg
from proactive_gym.leaderboard.inside import Inside

SHOWN = 8
"""Panels of a figure."""
MAIN = ("speaking", "waiting", "suggesting", "asking", "acting", "detail", "formality")
"""Whose sweeps are drawn where an agent has them, else its first ones; the eighth is a legend."""
_COLUMNS = 2
_LEFT, _BETWEEN, _RIGHT = 28, 22, 8
_HEAD, _TITLE, _PANEL, _FOOT = 22, 26, 74, 52


def posterior(inside: Inside, colour: str) -> str:
    """The belief about one person from session to session, where most was learnt."""
    told = inside.posterior
    mean, sd = np.array(told.mean), np.array(told.sd)
    learnt = gone(inside)
    most = np.argsort(-learnt, kind="stable")[:SHOWN]
    names, across = list(inside.dimensions), np.arange(len(mean))
    low, high = (mean - 2 * sd)[:, most].min(), (mean + 2 * sd)[:, most].max()
    with style("posterior"):
        figure, panels = _panels(len(most), "What is believed of one person")
        for axes, k in zip(panels, most, strict=True):
            for width, alpha in ((2, 0.13), (1, 0.2)):
                band = mean[:, k] - width * sd[:, k], mean[:, k] + width * sd[:, k]
                axes.fill_between(across, *band, color=colour, alpha=alpha, lw=0)
            axes.axhline(0, color=INK, lw=1)
            axes.plot(across, mean[:, k], color=colour, lw=2)
            axes.set_ylim(low, high)
            axes.set_xlim(0, across[-1])
            axes.set_xticks(_ends(across[-1]))
            axes.locator_params(axis="y", nbins=4)
            _titled(axes, names[k], f"{learnt[k]:.0%}".replace("%", " %"))
        counted = [f"{at}\n{told.reactions[at]}" for at in _ends(across[-1])]
        _finish(panels, "session, and reactions seen so far", counted)
        return to_svg(figure, f"Belief about {told.person} from session to session")


def gone(inside: Inside) -> np.ndarray:
    """Share of a stranger's variance that is gone at the end of the life, by dimension."""
    sd = np.array(inside.posterior.sd)
    first = np.maximum(sd[0], 1e-9)
    return np.asarray(np.clip(1 - (sd[-1] / first) ** 2, 0, 1))


def sweeps(inside: Inside) -> str:
    """What is said while one coefficient goes up."""
    found = inside.swept
    names = list(inside.dimensions)
    main = [name for name in MAIN if name in names] or names[: SHOWN - 1]
    hues = dict(zip(found.outcomes, (INK, *SLOTS), strict=False))
    with style("sweeps"):
        figure, panels = _panels(len(main) + 1, "What is said as one number goes up")
        for axes, name in zip(panels, main, strict=False):
            table = found.table[names.index(name)]
            axes.axvline(0, color=MUTED, lw=1)
            for (outcome, part), shares in zip(found.outcomes.items(), table.T, strict=True):
                width = 2.4 if part == inside.dimensions[name] else 1.1
                hue = hues.get(outcome, MUTED)
                axes.plot(found.coefficients, shares, color=hue, lw=width, clip_on=False)
            axes.set_ylim(0, 1)
            axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
            axes.set_xlim(found.coefficients[0], found.coefficients[-1])
            axes.locator_params(axis="x", nbins=5)
            _titled(axes, name, "")
        _legend(panels.pop(), hues)
        _finish(panels, "standard deviations of the population")
        return to_svg(figure, "What is said as one coefficient goes up, by dimension")


def _panels(count: int, title: str) -> tuple[Figure, list[Axes]]:
    """A figure with panels in two columns, from left to right and from the top down."""
    rows = -(-count // _COLUMNS)
    height = _HEAD + rows * (_TITLE + _PANEL) + _FOOT
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    figure.text(2 / WIDTH, 1 - 4 / height, title, va="top", size=11.5, weight="bold")
    width = (WIDTH - _LEFT - _RIGHT - _BETWEEN * (_COLUMNS - 1)) / _COLUMNS
    panels = []
    for i in range(count):
        row, column = divmod(i, _COLUMNS)
        left = _LEFT + column * (width + _BETWEEN)
        top = _HEAD + row * (_TITLE + _PANEL) + _TITLE
        place = (left / WIDTH, 1 - (top + _PANEL) / height, width / WIDTH, _PANEL / height)
        panels.append(figure.add_axes(place))
        panels[-1].tick_params(length=3, labelsize=9.5)
    return figure, panels


def _titled(axes: Axes, name: str, aside: str) -> None:
    axes.set_title(short(name), loc="left", size=10.5, pad=5)
    axes.set_title(aside, loc="right", size=10.5, color=MUTED, pad=5)
    axes.grid(axis="y", lw=1)


def _finish(panels: Sequence[Axes], label: str, ticks: Sequence[str] | None = None) -> None:
    """Labels at the outer panels alone."""
    for i, axes in enumerate(panels):
        if i % _COLUMNS:
            axes.tick_params(axis="y", labelleft=False)
        if i + _COLUMNS < len(panels):
            axes.tick_params(axis="x", labelbottom=False)
        elif ticks is not None:
            axes.set_xticks(axes.get_xticks(), ticks)
            # Within the panel, so that they do not meet those of the panel beside it.
            axes.get_xticklabels()[0].set_horizontalalignment("left")
            axes.get_xticklabels()[-1].set_horizontalalignment("right")
    panels[-1 - (len(panels) - 1) % _COLUMNS].set_xlabel(label, size=10, loc="left")


def _ends(last: int) -> list[int]:
    """Ticks at the first session, the middle one and the last."""
    return sorted({0, int(last) // 2, int(last)})


def _legend(axes: Axes, hues: dict[str, str]) -> None:
    """What the lines are, in the place of a panel and of the ticks that it would have."""
    box = axes.get_position()
    below = box.height * _TITLE / _PANEL
    axes.set_position((box.x0, box.y0 - below, box.width, box.height + below))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(hues) - 0.5, -0.5)
    for y, (outcome, hue) in enumerate(hues.items()):
        axes.plot([0.1, 0.25], [y, y], color=hue, lw=2.4)
        axes.text(0.32, y, short(outcome), va="center_baseline", size=10.5)
