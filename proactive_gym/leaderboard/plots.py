"""The report's figures with one row for each agent, as SVG; figures over time are in `curves`."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from proactive_gym.evaluation.statistics import Interval
from proactive_gym.leaderboard.compose import LAST, person_rewards
from proactive_gym.leaderboard.drawing import (
    BAD,
    INK,
    MUTED,
    dot,
    rows,
    style,
    swarm,
    to_svg,
    whisker,
)
from proactive_gym.leaderboard.record import Estimate, Record
from proactive_gym.leaderboard.standings import Standing
from proactive_gym.leaderboard.views import run_rewards

Colours = Mapping[str, str]
_LEAST_US = 0.1
"""Microseconds below which a clock tells nothing, and a logarithmic axis begins."""


def _ends(value: Estimate | Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if value is None else (value.mean, value.low, value.high)


def reward(standings: Sequence[Standing], colours: Colours) -> str:
    """Mean reward with its interval, and that of the last sessions."""
    with style("reward"):
        figure, axes = rows(standings, "mean reward of a decision point")
        axes.axvline(0, color=MUTED, lw=1)
        for y, s in enumerate(standings):
            colour = colours.get(s.name, MUTED)
            whisker(axes, _ends(s.record.results.get("reward")), y, colour)
            late = s.record.results.get("reward_late")
            if late is not None and late.mean is not None:
                dot(axes, late.mean, y, colour, hollow=True)
        return to_svg(figure, f"Mean reward of each agent, overall and in the last {LAST} sessions")


def lead(standings: Sequence[Standing], colours: Colours) -> str | None:
    """How far each ranked agent is ahead of the next, paired over people; None if there is one."""
    ahead = [s for s in standings if s.lead is not None]
    if not ahead:
        return None
    with style("lead"):
        figure, axes = rows(ahead, "reward minus that of the next below")
        axes.axvline(0, color=INK, lw=1)
        for y, s in enumerate(ahead):
            whisker(axes, _ends(s.lead), y, colours.get(s.name, MUTED))
        return to_svg(figure, "Lead of each ranked agent over the next below")


def runs(standings: Sequence[Standing], colours: Colours) -> str | None:
    """Mean reward of each training run; None if no agent was trained more than once."""
    trained = [s for s in standings if s.record.training]
    if all(len(s.record.training) == 1 for s in trained):
        return None
    with style("runs"):
        figure, axes = rows(trained, "mean reward of one run's weights")
        for y, s in enumerate(trained):
            found, colour = run_rewards(s.record), colours.get(s.name, MUTED)
            axes.plot([min(found), max(found)], [y, y], color=colour, lw=1.2)
            for value in found:
                dot(axes, value, y, colour, hollow=True)
        return to_svg(figure, "Mean reward of each training run on the suite")


def people(standings: Sequence[Standing], colours: Colours) -> str:
    """Every person's mean reward with every agent."""
    found = {s.name: person_rewards(s.record) for s in standings}
    with style("people"):
        figure, axes = rows(standings, "mean reward of a person", row=26)
        _limits(axes, list(found.values()))
        axes.axvline(0, color=MUTED, lw=1)
        for y, s in enumerate(standings):
            swarm(axes, found[s.name], y, colours.get(s.name, MUTED))
            _quantiles(axes, found[s.name], y)
        return to_svg(figure, "Mean reward of every person with every agent")


def against_silence(
    standings: Sequence[Standing], colours: Colours, silent: Record | None
) -> str | None:
    """Every person's reward minus that with silence; None if silence was not measured."""
    others = [s for s in standings if silent is None or s.name != silent.agent]
    if silent is None or not others:
        return None
    base = person_rewards(silent)
    found = {s.name: person_rewards(s.record) - base for s in others}
    with style("against-silence"):
        figure, axes = rows(others, "reward minus that with silence", row=26)
        _limits(axes, list(found.values()))
        axes.axvline(0, color=INK, lw=1)
        for y, s in enumerate(others):
            values = found[s.name]
            swarm(axes, values[values >= 0], y, colours.get(s.name, MUTED))
            swarm(axes, values[values < 0], y, BAD)
            _quantiles(axes, values, y)
        return to_svg(figure, "Reward of every person with every agent, minus that with silence")


def _limits(axes: Axes, values: Sequence[np.ndarray]) -> None:
    low, high = min(v.min() for v in values), max(v.max() for v in values)
    room = 0.04 * (high - low) or 0.1
    axes.set_xlim(low - room, high + room)


def _quantiles(axes: Axes, values: np.ndarray, y: float) -> None:
    tenth, median = np.quantile(values, [0.1, 0.5])
    axes.plot([median, median], [y - 0.42, y + 0.42], color=INK, lw=2)
    axes.plot([tenth, tenth], [y - 0.3, y + 0.3], color=INK, lw=1)


def seen(standings: Sequence[Standing], colours: Colours) -> str:
    """Reward at seen scenarios, and at unseen ones."""
    with style("seen"):
        figure, axes = rows(standings, "mean reward")
        for y, s in enumerate(standings):
            colour = colours.get(s.name, MUTED)
            both = [s.record.results.get(f"reward_{kind}") for kind in ("seen", "unseen")]
            told = [v.mean for v in both if v is not None and v.mean is not None]
            axes.plot(told, [y] * len(told), color=colour, lw=1.2)
            for value, hollow in zip(both, (False, True), strict=True):
                whisker(axes, (_ends(value)[0], None, None), y, colour, hollow)
        return to_svg(figure, "Reward of each agent at seen and at unseen scenarios")


def judged(standings: Sequence[Standing], colours: Colours) -> str | None:
    """The off-policy check; None if no agent was checked."""
    checked = [s for s in standings if s.record.judged is not None]
    if not checked:
        return None
    with style("judged"):
        figure, axes = rows(checked, "mean reward, as judged", row=26)
        axes.axvline(0, color=MUTED, lw=1)
        for y, s in enumerate(checked):
            colour, found = colours.get(s.name, MUTED), s.record.judged
            assert found is not None
            whisker(axes, _ends(found.alternatives), y - 0.16, colour)
            whisker(axes, _ends(found.judgments), y + 0.2, colour, hollow=True)
        return to_svg(figure, "Reward of first choices, as people judged them")


def simulators(standings: Sequence[Standing], colours: Colours) -> str | None:
    """Mean reward under each other simulator; None if there is none."""
    played = [s for s in standings if s.record.simulators is not None]
    if not played:
        return None
    found = {
        s.name: np.mean(s.record.simulators.reward, axis=1)
        for s in played
        if s.record.simulators is not None
    }
    with style("simulators"):
        figure, axes = rows(played, "mean reward under one simulator")
        _limits(axes, list(found.values()))
        for y, s in enumerate(played):
            swarm(axes, found[s.name], y, colours.get(s.name, MUTED))
            mean = found[s.name].mean()
            axes.plot([mean, mean], [y - 0.4, y + 0.4], color=INK, lw=2)
        return to_svg(figure, "Mean reward of each agent under each other simulator")


def cost(standings: Sequence[Standing], colours: Colours) -> str:
    """Time to act and to observe, on a logarithmic axis."""
    with style("cost"):
        figure, axes = rows(standings, "microseconds, logarithmic")
        for y, s in enumerate(standings):
            colour, spent = colours.get(s.name, MUTED), s.record.cost
            times = [max(t, _LEAST_US) for t in (spent.act_us, spent.observe_us)]
            axes.plot(times, [y, y], color=colour, lw=1.2)
            for at, hollow in zip(times, (False, True), strict=True):
                dot(axes, at, y, colour, hollow)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        return to_svg(figure, "Microseconds that each agent takes to act and to observe")
