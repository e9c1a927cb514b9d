"""What is believed of one person, drawn for a terminal or a pipe."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from proactive_gym.cli.terminal import console

if TYPE_CHECKING:
    from proactive_gym.evaluation.acquaintance import Days

# Of `proactive_agents.steering`, which a command line must not import before it is needed.
Belief = Any
Statement = Any

_END = 3.0
"""Standard deviations at which the scale ends."""
_CELLS = 19
_SPARKS = "▁▂▃▄▅▆▇█"
_MOST_CHANGED = 5
_MOST_DAYS = 30
_UNKNOWN = "not known"
_REACTIONS = {
    "accept": ("accepted", "accepted"),
    "thumbs_up": ("thumbs up", "thumbs up"),
    "dismiss": ("waved away", "waved away"),
    "not_now": ("“not now”", "“not now”"),
    "ignore": ("ignored", "ignored"),
    "undo": ("undone", "undone"),
    "complain": ("complaint", "complaints"),
    "mute": ("mute for the day", "mutes for the day"),
}


def show(belief: Belief, days: "Days | None" = None, taken_back: Sequence[str] = ()) -> None:
    """Print who it is about, how it went, what is believed, and how that came about.

    Args:
        belief: What is believed now.
        days: From which it was learnt; None if it is only looked at.
        taken_back: Kinds of dimensions that were taken back after these days.
    """
    out = console()
    for line in _head(belief, days, taken_back):
        out.print(line)
    for row in _statements(belief, out.width):
        out.print(row)
    if days is not None:
        for row in _course(days, taken_back):
            out.print(row)


def known_in_words(belief: Belief) -> str:
    """A sentence: how much is known, and what is surest."""
    said = _explained(belief)
    known = sorted((s for s in said if s.sure != _UNKNOWN), key=lambda s: -s.chance)
    if not known:
        return f"nothing is known yet of {len(said)} dimensions"
    surest = "; ".join(f"{s.sure} {s.words}" for s in known[:3])
    return f"{len(known)} of {len(said)} dimensions are known, above all: {surest}"


def _explained(belief: Belief) -> Sequence[Statement]:
    from proactive_agents.steering.explain import explain

    return explain(belief.mean, belief.covariance, belief.prior_covariance)


# ------------------------------------------------------------------ who, and how it went


def _head(belief: Belief, days: "Days | None", taken_back: Sequence[str]) -> Iterator[Text]:
    from proactive_gym.personas import Population

    everyone = Population.load()
    about = ""
    if belief.person in everyone.people.ids:
        p = everyone[belief.person]
        about = f"{p.name}, {p.age}, {p.gender}"
    yield Text.assemble((belief.person, "bold cyan"), "  ", (about, "bold"))
    told = {"none": "nothing", "survey": "demographics and the survey"}.get(
        belief.view, belief.view
    )
    lived = f"{belief.days} day{'s' if belief.days != 1 else ''}"
    yield Text(f"What is believed after {lived} (told at first: {told}).")
    if days is not None:
        yield Text(_reactions(days))
    if taken_back:
        yield Text(f"Taken back since: {', '.join(taken_back)}.", "yellow")


def _reactions(days: "Days") -> str:
    """How often it spoke, and how that went."""
    said = f"It spoke in {days.spoken} of {days.points} moments"
    parts = [f"{n} {_REACTIONS[name][n != 1]}" for name, n in days.reactions.items()]
    parts += [f"{days.unheard} unheard"] if days.unheard else []
    text = f"{said}: {', '.join(parts)}." if parts else f"{said}."
    if days.wishes:
        wishes = "a wish was" if days.wishes == 1 else f"{days.wishes} wishes were"
        text += f" After silence {wishes} voiced."
    return text + (" In the end it was switched off." if days.off else "")


# ------------------------------------------------------------------ what is believed


def _statements(belief: Belief, width: int) -> Iterator[Any]:
    """A heading and a table for each kind, the surest first."""
    from proactive_agents.steering.dimensions import DIMENSIONS, KINDS

    at = {d.name: k for k, d in enumerate(DIMENSIONS)}
    words = min(44, max(20, width - _CELLS - 29))
    scale = f"{-_END:+.0f}{'0':^{_CELLS - 4}}{_END:+.0f}"
    for number, kind in enumerate(KINDS):
        own = [s for s in _explained(belief) if s.kind == kind]
        own.sort(key=lambda s: (s.sure == _UNKNOWN, -s.chance))
        table = _grid(8, words, _CELLS, 10, 6)
        first = number == 0
        table.add_row(
            "",
            Text(kind, "bold cyan"),
            Text(scale if first else "", "dim"),
            Text("  believed" if first else "", "dim"),
            Text(" guess" if first else "", "dim"),
        )
        for said in own:
            table.add_row(*_row(said, float(belief.prior_mean[at[said.name]])))
        yield Text()
        yield table
    yield Text()
    legend = (
        "Of each dimension the average person has 0, and one in six people is beyond 1. "
        "● believed, ━ with its standard deviation; ○ guess: what a stranger like this would be "
        "taken for; ?: as everyone, or not known yet."
    )
    yield Text(legend, "dim")


def _grid(*widths: int) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    for width in widths:
        table.add_column(width=width)
    return table


def _row(said: Statement, guess: float) -> tuple[Text, ...]:
    unknown = said.sure == _UNKNOWN
    style = "dim" if unknown else "green" if said.mean > 0 else "red"
    return (
        Text("?" if unknown else said.sure, "dim" if unknown else "bold"),
        Text(said.name if unknown else said.words, "dim" if unknown else ""),
        _bar(said.mean, said.sd, guess, style),
        Text(_signed(said.mean, said.sd).rjust(10), style),
        Text(_signed(guess).rjust(6), "dim"),
    )


def _signed(value: float, sd: float | None = None) -> str:
    """A number with its sign, and its standard deviation if there is one."""
    words = f"{value:+.1f}".replace("-0.0", "+0.0")
    return words if sd is None else f"{words} ± {sd:.1f}"


def _cell(value: float) -> int:
    inside = min(max(value, -_END), _END)
    return round((inside + _END) / (2 * _END) * (_CELLS - 1))


def _bar(mean: float, sd: float, guess: float, style: str) -> Text:
    low, at, high, stranger = (_cell(v) for v in (mean - sd, mean, mean + sd, guess))
    text = Text()
    for cell in range(_CELLS):
        if cell == at:
            text.append("◉" if cell == stranger else "●", style)
        elif cell == stranger:
            text.append("○")
        elif low <= cell <= high:
            text.append("━", style)
        else:
            text.append("┊" if cell == _CELLS // 2 else "·", "dim")
    return text


# ------------------------------------------------------------------ how it came about


def _course(days: "Days", taken_back: Sequence[str]) -> Iterator[Any]:
    """The dimensions that moved most, day after day."""
    from proactive_agents.steering.dimensions import DIMENSIONS

    moved = np.abs(days.mean[-1] - days.mean[0])
    left = [k for k, d in enumerate(DIMENSIONS) if d.kind not in taken_back]
    shown = sorted(left, key=lambda k: -moved[k])[:_MOST_CHANGED]
    if not shown or len(days.mean) < 2:
        return
    some = np.unique(np.linspace(0, len(days.mean) - 1, _MOST_DAYS).round().astype(int))
    largest = max(0.5, float(np.abs(days.mean[:, shown]).max()))
    yield Text("\nWhat changed most, from the first day to the last", "bold")
    table = _grid(23, len(some), 25)
    for k in shown:
        ends = [_signed(float(days.mean[i, k]), float(days.sd[i, k])) for i in (0, -1)]
        spark = "".join(_spark(value / largest) for value in days.mean[some, k])
        table.add_row(Text(DIMENSIONS[k].name), Text(spark, "green"), Text(" to ".join(ends)))
    yield table


def _spark(share: float) -> str:
    """From the lowest block at -1 to the highest at 1."""
    return _SPARKS[round((share + 1) / 2 * (len(_SPARKS) - 1))]
