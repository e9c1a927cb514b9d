"""The report's figures over time, as SVG: sessions of a life, and reports of training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.leaderboard.drawing import (
    INK,
    MUTED,
    canvas,
    dashes,
    end_labels,
    label_margin,
    short,
    style,
    to_svg,
)
from proactive_gym.leaderboard.record import Record, Training
from proactive_gym.leaderboard.standings import Standing
from proactive_gym.leaderboard.views import Band, by_session, gain_by_session

SESSION_METRICS = ("reward", "satisfaction", "trust", "timing_right")
"""Shown by session, of agents and of their frozen copies alike."""
_HEIGHT = 290
_LEAST_REPORTS = 3
"""Of training, for a curve to say more than the table beside it."""
_FIRST_KEYS = ("reward", "loss")
_ACROSS = ("progress", "steps")

Colours = Mapping[str, str]


def sessions(standings: Sequence[Standing], colours: Colours) -> dict[str, str]:
    """Metrics in each session of a life, one figure for each of `SESSION_METRICS`."""
    bands = {s.name: by_session(s.record, SESSION_METRICS) for s in standings}
    return {
        metric: _by_session(
            standings, colours, {name: found[metric] for name, found in bands.items()}, metric
        )
        for metric in SESSION_METRICS
    }


def _by_session(
    standings: Sequence[Standing], colours: Colours, bands: Mapping[str, Band], metric: str
) -> str:
    title = METRICS[metric].title
    with style(f"sessions-{metric}"):
        figure, axes = canvas(_HEIGHT, 42, label_margin(list(colours)), title=title)
        for s in (s for s in standings if s.name not in colours):
            axes.plot(_across(bands[s.name]), bands[s.name].mean, color=MUTED, lw=1, alpha=0.55)
        shown = [s for s in reversed(standings) if s.name in colours]
        for s in shown:
            _banded(axes, bands[s.name], colours[s.name], dashes(s))
        _finish(axes, bands)
        end_labels(figure, axes, {s.name: (bands[s.name].mean[-1], colours[s.name]) for s in shown})
        return to_svg(figure, f"{title.capitalize()} by session")


def gains(standings: Sequence[Standing], colours: Colours) -> dict[str, str]:
    """The same minus the frozen copy, of agents that adapt; empty if none does."""
    adapting = [s for s in standings if s.record.adapts]
    if not adapting:
        return {}
    bands = {s.name: gain_by_session(s.record, SESSION_METRICS) for s in adapting}
    return {
        metric: _gains(
            adapting, colours, {name: found[metric] for name, found in bands.items()}, metric
        )
        for metric in SESSION_METRICS
    }


def _gains(
    adapting: Sequence[Standing], colours: Colours, bands: Mapping[str, Band], metric: str
) -> str:
    title = METRICS[metric].title
    with style(f"gains-{metric}"):
        margin = label_margin([s.name for s in adapting])
        figure, axes = canvas(_HEIGHT, 42, margin, title=f"{title}, minus that of the frozen copy")
        axes.axhline(0, color=INK, lw=1)
        ends = {}
        for s in adapting:
            colour = colours.get(s.name, MUTED)
            _banded(axes, bands[s.name], colour, dashes(s))
            ends[s.name] = (float(bands[s.name].mean[-1]), colour)
        _finish(axes, bands)
        end_labels(figure, axes, ends)
        return to_svg(figure, f"{title.capitalize()} of adapting agents minus their frozen copies")


def _across(band: Band) -> np.ndarray:
    return np.arange(1, len(band.mean) + 1)


def _banded(axes: Axes, band: Band, colour: str, line: str) -> None:
    across = _across(band)
    axes.fill_between(across, band.low, band.high, color=colour, alpha=0.13, lw=0)
    dots = "o" if len(across) < 4 else None
    axes.plot(across, band.mean, color=colour, lw=2, ls=line, marker=dots, ms=4)


def _finish(axes: Axes, bands: Mapping[str, Band]) -> None:
    """Limits and ticks of axes by session."""
    last = max(len(band.mean) for band in bands.values())
    axes.set_xlim(1 - 0.02 * last, last + 0.02 * last)
    every = 1 if last <= 12 else int(np.ceil(last / 10))
    axes.set_xticks(range(1, last + 1, every))
    axes.set_xlabel("session")
    axes.grid(axis="y", lw=1)
    axes.set_ylim(*axes.get_ylim())


def training(record: Record, colour: str) -> str | None:
    """What training reported, a thin line for each run and their mean; None if it told too little.

    Reward is drawn if it was told, else loss, else whatever comes first.
    """
    told = [t for t in record.training if len(t.curve) >= _LEAST_REPORTS]
    key = _key(told)
    if not told or key is None:
        return None
    steps = all("steps" in point for t in told for point in t.curve)
    runs = [
        (
            np.array([p["steps" if steps else "progress"] for p in t.curve if key in p]),
            np.array([p[key] for p in t.curve if key in p]),
        )
        for t in told
    ]
    with style(f"training-{record.agent}"):
        words = f"{short(record.agent)}: {key.replace('_', ' ')} while training"
        figure, axes = canvas(240, left=46, title=words)
        _runs(axes, runs, colour)
        unit = 1e6 if steps and max(x[-1] for x, _ in runs) >= 1e6 else 1e3
        if steps:
            axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit:g}")
        told_in = "millions" if unit == 1e6 else "thousands"
        axes.set_xlabel(f"steps, {told_in}" if steps else "share of training done")
        axes.grid(axis="y", lw=1)
        axes.locator_params(axis="both", nbins=6)
        return to_svg(figure, words)


def _key(told: Sequence[Training]) -> str | None:
    """What all runs told often enough to draw."""
    counts = [
        {k: sum(k in point for point in t.curve) for point in t.curve for k in point} for t in told
    ]
    common = (
        {k for k in counts[0] if all(c.get(k, 0) >= _LEAST_REPORTS for c in counts)}
        if counts
        else set()
    )
    rest = sorted(common - set(_FIRST_KEYS) - set(_ACROSS))
    return next((k for k in (*_FIRST_KEYS, *rest) if k in common), None)


def _runs(axes: Axes, runs: Sequence[tuple[np.ndarray, np.ndarray]], colour: str) -> None:
    """Runs, and the band and mean between them where they all told at once."""
    dots = "o" if len(runs[0][0]) < 6 else None
    alone = len(runs) == 1
    for across, values in runs:
        width, alpha = (2, 1.0) if alone else (1, 0.6)
        axes.plot(across, values, color=colour, lw=width, alpha=alpha, marker=dots, ms=4)
    across = runs[0][0]
    if alone or any(not np.array_equal(across, other) for other, _ in runs):
        return
    table = np.array([values for _, values in runs])
    axes.fill_between(across, table.min(axis=0), table.max(axis=0), color=colour, alpha=0.15, lw=0)
    axes.plot(across, table.mean(axis=0), color=colour, lw=2)
