"""Plots of the calibration report: pure functions of its figures, drawn without a display."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proactive_gym.calibration.assess.panel import INSIDE, OUTSIDE
from proactive_gym.calibration.report import CEILING_CHOICE, PROBE, Report

BLUE, ORANGE, GREY, GREEN = "#1f5fa8", "#d1742a", "#7a7a7a", "#3a8a5c"
COLOURS = {INSIDE: BLUE, OUTSIDE: ORANGE}
LABELS = {INSIDE: "cross-validated", OUTSIDE: "validation people"}
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "proactive-gym",
}
_DPI = 130


def draw_all(report: Report, folder: Path) -> list[Path]:
    """Draw every plot into `folder`; the files' paths."""
    plots: dict[str, Callable[[Report], Figure]] = {
        "ratings": _ratings,
        "ratings_calibration": _calibration,
        "choice": _choice,
        "reactions": _reactions,
        "trust": _trust,
        "deviations": _deviations,
        "stated": _stated,
    }
    paths = []
    with mpl.rc_context(_STYLE):
        for name, draw in plots.items():
            path = folder / f"{name}.png"
            # Without the software's version in it, the same figures give the same file.
            draw(report).savefig(path, dpi=_DPI, metadata={"Software": None})
            paths.append(path)
    return paths


def _axes(columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure on its own, known to no window system, with a row of axes."""
    figure = Figure(figsize=size)
    axes = figure.subplots(1, columns, squeeze=False, **options)
    return figure, list(axes[0])


def _bars(figures: dict[str, float]) -> list[list[float]]:
    """Lengths of the error bar below and above a figure."""
    return [[figures["value"] - figures["low"]], [figures["high"] - figures["value"]]]


def _ratings(report: Report) -> Figure:
    figure, axes = _axes(4, (10, 2.9), sharey=True)
    for ax, (rating, rungs) in zip(axes, report["ratings"].items(), strict=True):
        names = [n for n, groups in rungs.items() if "r" in groups[INSIDE]]
        for k, group in enumerate((INSIDE, OUTSIDE)):
            for y, name in enumerate(names):
                r = rungs[name][group]["r"]
                at = y + (0.13 if k else -0.13)
                ax.errorbar(r["value"], at, xerr=_bars(r), fmt="o", ms=4.5, color=COLOURS[group])
        for y, name in enumerate(names):
            if name in PROBE[rating]:
                ax.plot(PROBE[rating][name], y, "D", color=GREY, ms=4.5, mfc="white", zorder=3)
        ax.axvline(PROBE[rating]["judges"], color=GREY, ls="--", lw=1)
        ax.set(title=rating, xlim=(0.1, 0.95), xlabel="r")
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
    handles = [
        *(axes[0].plot([], [], "o", color=COLOURS[g], label=LABELS[g])[0] for g in COLOURS),
        axes[0].plot([], [], "D", color=GREY, mfc="white", label="probe (gradient boosting)")[0],
        axes[0].plot([], [], "--", color=GREY, label="two judges")[0],
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _calibration(report: Report) -> Figure:
    names = [*report["ratings"], "alternatives"]
    figure, axes = _axes(len(names), (11, 3.1))
    for ax, name in zip(axes, names, strict=True):
        side = name == "alternatives"
        groups = report["alternatives"] if side else report["ratings"][name]["model"]
        ends = (0, 10) if side else (1, 5)
        ax.plot(ends, ends, color=GREY, lw=1, ls="--")
        for group in (OUTSIDE, INSIDE):
            points = groups[group]["calibration"]
            ax.plot(
                points["expected"], points["observed"], "o-", ms=4, lw=1, color=COLOURS[group],
                label=LABELS[group],
            )  # fmt: skip
        ax.set(title="satisfaction, 0-10" if side else name, xlim=ends, ylim=ends)
        ax.set_box_aspect(1)
        ax.set_xticks(range(ends[0], ends[1] + 1, 2 if side else 1))
        ax.set_yticks(range(ends[0], ends[1] + 1, 2 if side else 1))
        ax.set_xlabel("expected")
    axes[0].set_ylabel("observed")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=2)
    return figure


def _choice(report: Report) -> Figure:
    figure, (ax,) = _axes(1, (7.2, 3.2))
    names = list(report["choice"])
    for y, name in enumerate(names):
        for group, at in ((INSIDE, y - 0.17), (OUTSIDE, y + 0.17)):
            value = report["choice"][name][group]["value"]
            ax.errorbar(
                value["value"], at, xerr=_bars(value), fmt="o", ms=5, color=COLOURS[group],
                label=LABELS[group] if y == 0 else None,
            )  # fmt: skip
        simulated = report["simulated"]["value"][name][INSIDE]
        label = "simulated people" if y == 0 else None
        ax.plot(simulated, y, "s", color=GREEN, ms=4.5, mfc="white", label=label, zorder=3)
    ax.axvline(CEILING_CHOICE, color=GREY, ls="--", lw=1, label="one judge's best, by another")
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="mean reward of the choice", xlim=(-0.5, 0.7), ylim=(len(names) - 0.5, -0.5))
    ax.axvline(0, color=GREY, lw=0.6)
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def _reactions(report: Report) -> Figure:
    confusion = report["reactions"]["confusion"]
    figure, axes = _axes(2, (8.4, 4.3), sharey=True)
    for ax, (name, found) in zip(axes, confusion.items(), strict=True):
        counts, labels = np.array(found["counts"]), [x.replace("_", " ") for x in found["labels"]]
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(share.shape):
            if counts[row, column]:
                colour = "white" if share[row, column] > 0.55 else "black"
                text = f"{share[row, column]:.2f}".lstrip("0")
                ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
        ax.set_xticks(range(len(labels)), labels, rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(labels)), labels)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        ax.set(title=f"given {name}", xlabel="most probable")
    axes[0].set_ylabel("observed (shares of each row)")
    return figure


def _trust(report: Report) -> Figure:
    figure, (left, middle, right) = _axes(3, (10.6, 3.3), width_ratios=(1.1, 1.25, 0.9))
    for group in (INSIDE, OUTSIDE):
        life, colour = report["trust"]["trajectory"][group], COLOURS[group]
        days = range(len(life["observed"]))
        left.plot(
            days, life["observed"], "o", ms=4, color=colour, label=f"{LABELS[group]}, observed"
        )
        left.plot(days, life["simulated"], "-", color=colour, label=f"{LABELS[group]}, model")
    inside = report["trust"]["trajectory"][INSIDE]
    low, high = (
        np.array(inside["simulated"]) + sign * np.array(inside["simulated_sd"]) for sign in (-1, 1)
    )
    across = np.arange(len(low))
    left.fill_between(
        across, low, high, color=BLUE, alpha=0.1, lw=0, label="model, ±1 sd of people"
    )
    for sign in (-1, 1):
        edge = np.array(inside["observed"]) + sign * np.array(inside["observed_sd"])
        label = "observed, ±1 sd of people" if sign > 0 else None
        left.plot(across, edge, ":", color=BLUE, lw=1, label=label)
    left.set(title="trust by day", xlabel="day", ylim=(1, 7))
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8
    )
    events = sorted(report["trust"]["events"].items(), key=lambda e: e[1]["observed"])
    for y, (_, e) in enumerate(events):
        middle.plot([e["observed"], e["predicted"]], [y, y], color=GREY, lw=1)
        middle.plot(e["observed"], y, "o", color=BLUE, ms=5, label=None if y else "observed")
        middle.plot(
            e["predicted"], y, "s", color=GREEN, ms=4.5, mfc="white", label=None if y else "model"
        )
    middle.set_yticks(range(len(events)), [name.replace("_", " ") for name, _ in events])
    middle.axvline(0, color=GREY, lw=0.6)
    middle.set(title="change of trust after a day", xlabel="points")
    middle.legend(loc="lower right", fontsize=8)
    levels = report["trust"]["switch_off"][INSIDE]["by_trust"]
    at = np.arange(len(levels))
    right.bar(
        at - 0.18, [e["observed"] for e in levels.values()], 0.34, color=BLUE, label="observed"
    )
    right.bar(
        at + 0.18, [e["predicted"] for e in levels.values()], 0.34, color=GREEN, label="model"
    )
    right.set_xticks(at, list(levels))
    right.set(title="switched off after the day", xlabel="trust after the day")
    right.legend(loc="upper right", fontsize=8)
    return figure


def _deviations(report: Report) -> Figure:
    figure, (left, right) = _axes(2, (9.4, 3.9), width_ratios=(1.35, 1))
    components = report["deviations"]["components"]
    for y, found in enumerate(components.values()):
        sd, colour = found["sd"], ORANGE if found["includes_zero"] else BLUE
        bars = [[sd - found["low"]], [found["high"] - sd]]
        left.errorbar(sd, y, xerr=bars, fmt="o", ms=4.5, color=colour)
    left.plot([], [], "o", color=BLUE, label="above zero")
    left.plot([], [], "o", color=ORANGE, label="interval includes zero")
    left.set_yticks(range(len(components)), list(components))
    left.set(title="how people deviate from their answers", xlabel="standard deviation, worth")
    left.set_xlim(left=-0.01)
    left.set_ylim(len(components) - 0.5, -0.5)
    left.legend(loc="upper right", fontsize=8)
    others = {int(k): v for k, v in report["other_moments"].items() if k != "0"}
    for group, shift in ((INSIDE, -0.05), (OUTSIDE, 0.05)):
        for known, groups in others.items():
            r = groups[group]["r_of_the_rest"]
            label = LABELS[group] if known == min(others) else None
            right.errorbar(
                known + shift, r["value"], yerr=_bars(r), fmt="o", ms=5, color=COLOURS[group],
                label=label,
            )  # fmt: skip
    right.axhline(0, color=GREY, lw=0.6)
    right.set_xticks(list(others))
    right.set(
        title="what other moments tell of this one",
        xlabel="other moments of the person known",
        ylabel="r with what the survey leaves",
        xlim=(0.6, max(others) + 0.4),
        ylim=(-0.02, 0.46),
    )
    right.legend(loc="upper left", fontsize=8)
    return figure


def _stated(report: Report) -> Figure:
    figure, (left, right) = _axes(2, (10.6, 3.5))
    statements = report["stated"]["statements"]
    for y, found in enumerate(statements.values()):
        left.errorbar(found["r"]["value"], y, xerr=_bars(found["r"]), fmt="o", ms=4.5, color=BLUE)
    left.set_yticks(range(len(statements)), list(statements))
    left.set(title="one statement and the behaviour it speaks of", xlabel="r", xlim=(0, 1))
    left.set_ylim(len(statements) - 0.5, -0.5)
    shares = report["stated"]["shares"]
    start = np.zeros(len(shares))
    parts = {"answers": BLUE, "deviations": ORANGE, "noise": "#d5d5d5"}
    for part, colour in parts.items():
        width = np.array([s[part] for s in shares.values()])
        right.barh(range(len(shares)), width, 0.62, left=start, color=colour, label=part)
        start += width
    right.set_yticks(range(len(shares)), list(shares))
    right.set(title="variance beyond the situation", xlabel="share", xlim=(0, 1))
    right.set_ylim(len(shares) - 0.5, -0.5)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, fontsize=8)
    return figure
