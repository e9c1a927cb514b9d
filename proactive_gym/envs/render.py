"""A life in words, turn by turn, for people who watch: plain text or a coloured terminal.

It shows what a bystander could see: the moment, what was noticed, the assistant's words, the
visible reaction, the day's questionnaire. What the person felt is not here; see `truth`.
"""

from collections.abc import Iterable
from functools import cached_property
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.language.words import break_in_words, demographics_in_words
from proactive_gym.users import Questionnaire
from proactive_gym.vocabulary import DAYS, REACTIONS, TIMINGS
from proactive_gym.world import Scenario, clock_in_words, load_scenarios, situation_in_words

WIDTH = 80
Line = tuple[tuple[str, str], ...]
"""Pieces of text, each with its rich style ("" for none)."""

_INDENT, _LABEL = 7, 11  # columns of the clock; of "noticed", "assistant", "person"
_SILENT, _HOLD = TIMINGS.index("silent"), TIMINGS.index("hold")
_VERBS = ("notifies", "suggests", "asks", "acts")
_REACTIONS = {
    "none": ("shows no reaction", "dim"),
    "wish": ("wishes it had spoken up", "yellow"),
    "accept": ("accepts", "green"),
    "thumbs_up": ("gives a thumbs up", "bold green"),
    "dismiss": ("waves it away", "red"),
    "not_now": ('says "not now"', "yellow"),
    "ignore": ("ignores it", "yellow"),
    "undo": ("undoes it", "red"),
    "complain": ("complains", "bold red"),
    "mute": ("mutes the assistant for the rest of the day", "bold red"),
}


class Screen:
    """What one life looks like to a bystander.

    Call `reset` after the engine's, and `before` and `after` around each of its steps. A screen is
    read whole (`text`) or as it grows (`show`, `take`).

    Args:
        engine: The engine; its first slot is watched.
    """

    def __init__(self, engine: Engine) -> None:
        """Nothing is to be seen before `reset`."""
        self.engine = engine
        self._turn: list[Line] = []
        self._fresh: list[Line] = []
        self._announced = 0
        self._unheard = ""
        self._off = False

    def reset(self) -> None:
        """A new life has begun."""
        self._turn, self._off, self._announced = [], False, 0
        self._fresh = [*person_lines(self.engine), (), day_line(self.engine), ()]

    def announce(self) -> None:
        """Tell the present moment already now, before the assistant has decided."""
        lines = moment_lines(self.engine)
        self._announced = len(lines)
        self._fresh += lines

    def before(
        self, action: NDArray[np.integer], words: str | None = None, nonsense: bool = False
    ) -> None:
        """The assistant is about to act.

        Args:
            action: The four codes, (4,).
            words: What it says; the scenario's own message for these codes by default.
            nonsense: Whether the words will be taken for nonsense.
        """
        self._unheard = _why_unheard(self.engine, action)
        self._turn = [
            *moment_lines(self.engine),
            *_assistant_lines(self.engine, action, words, nonsense),
        ]

    def after(self, turn: Turn) -> None:
        """The engine has taken the step, which brought this turn."""
        delivered = bool(turn.response.delivered[0])
        if self._unheard and not delivered:
            self._turn += labelled("", self._unheard, "dim")
        reaction = REACTIONS[turn.response.reaction[0]]
        self._turn += [*labelled("person", *_REACTIONS[reaction]), ()]
        self._turn += self._switched_off()
        over = bool(turn.truncated[0] or turn.terminated[0])
        if turn.questionnaire is not None:
            self._turn += [*questionnaire_lines(turn.questionnaire), ()]
        self._fresh += self._turn[self._announced :]
        self._announced = 0
        if turn.questionnaire is not None and not over:
            self._fresh += [day_line(self.engine), ()]

    def _switched_off(self) -> list[Line]:
        was, self._off = self._off, bool(self.engine.user.off[0])
        if was or not self._off:
            return []
        return [(("The person has switched the assistant off for good.", "bold red"),), ()]

    def take(self) -> list[Line]:
        """The lines that nobody has taken yet, since `reset`."""
        lines, self._fresh = self._fresh, []
        return lines

    def text(self) -> str:
        """The last turn and the present moment as plain text, without escape codes."""
        if _is_over(self.engine):
            return plain([*self._turn, (("The life with the assistant is over.", ""),)])
        return plain([*self._turn, day_line(self.engine), (), *moment_lines(self.engine)])

    def show(self) -> None:
        """Print what is new to the terminal, in colour where it can."""
        for line in self.take():
            self._console.print(painted(line), soft_wrap=True)

    @cached_property
    def _console(self) -> Any:
        from rich.console import Console

        return Console(highlight=False)


def plain(lines: Iterable[Line]) -> str:
    """Lines as text."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def painted(line: Line) -> Any:
    """A line as `rich.text.Text`; `str` of it is plain."""
    from rich.text import Text

    return Text.assemble(*line)


def labelled(label: str, text: str, style: str = "") -> list[Line]:
    """A labelled paragraph, wrapped to `WIDTH` columns."""
    return paragraph((" " * _INDENT + label.ljust(_LABEL), "dim"), text, style)


def paragraph(head: tuple[str, str], text: str, style: str = "") -> list[Line]:
    """Text beside a head, wrapped to `WIDTH` columns with a hanging indent."""
    margin = " " * len(head[0])
    first, *rest = wrap(text, WIDTH - len(margin)) or [""]
    return [(head, (first, style)), *(((margin, ""), (row, style)) for row in rest)]


def person_lines(engine: Engine) -> list[Line]:
    """Who it is: the id, and what a device may know."""
    row = int(engine.person[0])
    told = demographics_in_words(engine.people, row).removeprefix("The person: ")
    return paragraph((f"{engine.people.ids[row]:<{_INDENT}}", "bold"), told, "dim")


def day_line(engine: Engine) -> Line:
    """A rule that names the day, and the moment if it is not the first."""
    point, points = int(engine.point[0]), engine.options.points
    name = f"{day_name(engine)}, {DAYS[int(engine.moments.weekday[0])]}"
    return rule(f"{name} ({point + 1}/{points})" if point else name)


def day_name(engine: Engine) -> str:
    """Which day it is, as "Day 2 of 10"."""
    return f"Day {int(engine.session[0]) + 1} of {engine.options.sessions}"


def rule(name: str) -> Line:
    """A horizontal line with a name, `WIDTH` columns wide."""
    return (("── ", "cyan"), (name, "bold cyan"), (" " + "─" * (WIDTH - 4 - len(name)), "cyan"))


def moment_lines(engine: Engine) -> list[Line]:
    """The present moment, and what the assistant has noticed."""
    moments, point = engine.moments, int(engine.point[0])
    at = (0, point)
    situation = situation_in_words(
        int(moments.activity[at]), int(moments.place[at]), bool(moments.alone[at])
    )
    clock = f"{clock_in_words(float(moments.hour[at])):<{_INDENT}}"
    scenario = present_scenario(engine)
    return [
        ((clock, "bold"), (situation, "bold")),
        *labelled("", break_in_words(float(moments.break_delay[at])), "dim"),
        *labelled("noticed", f"[{scenario.domain}] {scenario.situation}"),
    ]


def present_scenario(engine: Engine) -> Scenario:
    """What the assistant has noticed at the present moment."""
    return load_scenarios()[int(engine.moments.scenario[0, int(engine.point[0])])]


def questionnaire_lines(answers: Questionnaire) -> list[Line]:
    """What the person answers after the day."""
    text = (
        f"satisfaction {answers.satisfaction[0]:.1f}, trust {answers.trust[0]:.1f}, "
        f"comfort {answers.comfort[0]:.1f}"
    )
    return [(("After the day (1 to 7): ", "dim"), (text, "bold magenta"))]


def _assistant_lines(
    engine: Engine, action: NDArray[np.integer], words: str | None, nonsense: bool
) -> list[Line]:
    timing, autonomy, verbosity, tone = action.tolist()
    if timing == _SILENT:
        return labelled("assistant", "stays silent", "dim")
    if words is None:
        words = present_scenario(engine).messages[autonomy][verbosity][tone]
    verb = "talks beside the point" if nonsense else _VERBS[autonomy]
    start = _wait(engine) if timing == _HOLD else ""
    return labelled("assistant", f"{start}{verb}: “{words}”", "bold blue")


def _wait(engine: Engine) -> str:
    at = (0, int(engine.point[0]))
    delay = float(engine.moments.break_delay[at])
    clock = clock_in_words((float(engine.moments.hour[at]) + delay) % 24)
    return f"waits for the break at {clock}, " if delay > 0 else "uses this break, "


def _why_unheard(engine: Engine, action: NDArray[np.integer]) -> str:
    """What to say if the words do not reach the person; nothing if there are none."""
    if action[0] == _SILENT:
        return ""
    if engine.user.off[0]:
        return "(nobody hears it: the assistant is switched off)"
    if engine.user.muted[0]:
        return "(nobody hears it: the assistant is muted today)"
    return "(never said: by then it was too late to help)"


def _is_over(engine: Engine) -> bool:
    if engine.options.end_when_off and engine.user.off[0]:
        return True
    return bool(engine.session[0] >= engine.options.sessions) or bool(
        engine.point[0] >= engine.options.points
    )
