"""A day with an assistant at the keyboard: watch a simple one, or be it yourself.

Input and output are two functions, so that anything can play. At the day's end it tells what the
person felt, which an assistant never learns.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from textwrap import shorten
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from gymnasium.utils import seeding
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_seed
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.episodes import episode_keys, position_of, root_key_of_seed
from proactive_gym.envs.options import Options
from proactive_gym.envs.render import (
    WIDTH,
    Line,
    Screen,
    day_name,
    labelled,
    painted,
    paragraph,
    present_scenario,
    rule,
)
from proactive_gym.errors import InvalidOptionError
from proactive_gym.language.reader import Reader
from proactive_gym.language.text import MAX_CHARACTERS
from proactive_gym.language.words import estimates_in_words
from proactive_gym.personas import Population
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, TIMINGS
from proactive_gym.world import clock_in_words

Codes = NDArray[np.int64]
_SILENT, _NOW, _HOLD = range(len(TIMINGS))
_ASK = AUTONOMY.index("ask")
_BUSY = tuple(ACTIVITIES.index(a) for a in ("focused_work", "meeting", "conversation", "driving"))
_NUMBERS = ("1", "2", "3", "4")
_QUIT = ("q", "quit", "exit")
_PROMPT = "Your choice (? for help): "
_HELP = (
    "Enter: stay silent. 1 to 4: say one of the messages above now; h1 to h4: at the next "
    "natural break. Or type your own words (with h: before them, at the break). q: stop."
)


class Choice(NamedTuple):
    """What an assistant does: codes (4,), own words if any, and whether they make no sense."""

    codes: Codes
    words: str | None = None
    nonsense: bool = False


class Felt(NamedTuple):
    """One decision point as the person felt it; ratings are 0 where silence leaves none."""

    day: str
    clock: str
    said: str
    satisfaction: int
    ratings: tuple[int, int, int]
    reward: float


def silent(engine: Engine) -> Choice:
    """Never speaks."""
    return Choice(np.zeros(4, np.int64))


def eager(engine: Engine) -> Choice:
    """Suggests something about everything, at once."""
    return Choice(np.array([_NOW, AUTONOMY.index("suggest"), 0, 0]))


def considerate(engine: Engine) -> Choice:
    """Asks, if it seems worth it: at once if urgent or nothing is disturbed, else at the break."""
    at = (0, int(engine.point[0]))
    benefit, urgency, _ = engine.moments.estimate[at].tolist()
    if benefit < 3:
        return silent(engine)
    disturbs = int(engine.moments.activity[at]) in _BUSY
    return Choice(np.array([_HOLD if disturbs and urgency < 4 else _NOW, _ASK, 0, 0]))


POLICIES: dict[str, Callable[[Engine], Choice]] = {
    "silent": silent,
    "eager": eager,
    "considerate": considerate,
}
"""Simple assistants that can be watched."""


class Player:
    """The assistant at the keyboard.

    Args:
        say: Shows a line.
        ask: Shows a prompt and returns what was typed.
    """

    def __init__(self, say: Callable[[Any], object], ask: Callable[[str], str]) -> None:
        """Nothing has been asked yet."""
        self._say, self._ask = say, ask
        self._reader = Reader.load()

    def __call__(self, engine: Engine) -> Choice:
        """What the keyboard decides at the present moment.

        Raises:
            EOFError: Whoever plays wants to stop.
        """
        _show(self._say, _offer(engine))
        while True:
            typed = self._ask(_PROMPT).strip()
            if typed.lower() in _QUIT:
                raise EOFError
            choice = self._choice(typed, engine)
            if choice is not None:
                return choice
            _show(self._say, labelled("", _HELP, "yellow"))

    def _choice(self, typed: str, engine: Engine) -> Choice | None:
        """What was meant, or None if that is not to be seen."""
        if not typed:
            return silent(engine)
        timing, rest = _NOW, typed
        if typed[0] in "hH" and (typed[1:].strip() in _NUMBERS or typed[1:2] == ":"):
            timing, rest = _HOLD, typed[1:].removeprefix(":").strip()
        if rest in _NUMBERS:
            return Choice(np.array([timing, _NUMBERS.index(rest), 0, 0]))
        # A single word is a slip of the fingers, and never a sentence.
        if len(rest.split()) < 2 or len(rest) > MAX_CHARACTERS:
            return None
        scenario = int(engine.moments.scenario[0, int(engine.point[0])])
        reading = self._reader.read(rest, scenario)
        return Choice(np.array([timing, *reading[:3]]), rest, not reading.acceptable)


def play(
    say: Callable[[Any], object],
    ask: Callable[[str], str],
    *,
    persona: str | None = None,
    seed: int | None = None,
    sessions: int = 1,
    points: int = 20,
    you: bool = False,
    policy: str = "considerate",
    assistant: Callable[[Engine], Choice] | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> float:
    """Live through some days with a person.

    Args:
        say: Shows one line, a `rich.text.Text`: `print` shows it plainly, a rich console's `print`
            in colour.
        ask: Shows a prompt and returns what was typed, as `input` does. EOFError and "q" stop.
        persona: An id such as "p0042"; drawn from the seed among all thousand people by default.
        seed: Of the life; a fresh one by default, which is shown so that it can be repeated.
        sessions: Days.
        points: Decision points a day.
        you: Whether the keyboard is the assistant, rather than `policy`.
        policy: A name in `POLICIES`, or that of the `assistant`.
        assistant: Who is watched instead of one of `POLICIES`.
        options: Options of the environment that it needs.

    Returns:
        The mean reward of the decision points that were lived through, 0 if there were none.

    Raises:
        InvalidOptionError: An unknown policy, or a seed, days or points out of range.
        UnknownPersonError: Nobody has this id.
    """
    if assistant is None and policy not in POLICIES:
        raise InvalidOptionError(f"policy must be one of {', '.join(POLICIES)}, not {policy!r}")
    chosen = check_seed(seed)
    life = chosen if chosen is not None else seeding.np_random()[1] % 1_000_000
    world = Options(people=Population.load(), sessions=sessions, points=points, **options)
    engine = _begin(world, life, persona)
    who = "you are the assistant" if you else f'watching the "{policy}" assistant'
    _show(say, [((f"Seed {life}: {who}.", "dim"),), ()])
    acting = Player(say, ask) if you else assistant or POLICIES[policy]
    felt = _live(engine, acting, say, announce=you)
    _show(say, _closing(engine, felt))
    alone = _live(_begin(world, life, persona), silent, _nowhere, turns=len(felt))
    mean = _mean(felt)
    _show(say, [_comparison(mean, _mean(alone))])
    return mean


def _begin(options: Options, seed: int, persona: str | None) -> Engine:
    """The life that an environment with these options and this seed would begin with."""
    engine = Engine(options, 1)
    person = None if persona is None else np.array([position_of(persona, engine.people)])
    roots = np.array([root_key_of_seed(seed)], np.uint64)
    engine.reset(engine.everyone, episode_keys(roots, np.zeros(1, np.uint64)), person)
    return engine


def _live(
    engine: Engine,
    assistant: Callable[[Engine], Choice],
    say: Callable[[Any], object],
    announce: bool = False,
    turns: int | None = None,
) -> list[Felt]:
    """Run a life to its end, or for some turns, or until EOFError; what the person felt."""
    screen, felt = Screen(engine), list[Felt]()
    screen.reset()
    _show(say, screen.take())
    if turns is None:
        turns = engine.options.sessions * engine.options.points
    while len(felt) < turns:
        if announce:
            screen.announce()
            _show(say, screen.take())
        try:
            choice = assistant(engine)
        except EOFError:
            break
        felt.append(_step(engine, screen, choice))
        _show(say, screen.take())
    return felt


def _step(engine: Engine, screen: Screen, choice: Choice) -> Felt:
    clock = clock_in_words(float(engine.moments.hour[0, int(engine.point[0])]))
    day = day_name(engine)
    said = ""
    if choice.codes[0] != _SILENT:
        _, autonomy, verbosity, tone = choice.codes.tolist()
        said = choice.words or present_scenario(engine).messages[autonomy][verbosity][tone]
    screen.before(choice.codes, choice.words, choice.nonsense)
    turn = engine.step(choice.codes[None], np.array([choice.nonsense]))
    screen.after(turn)
    response = turn.response
    timing, autonomy, style = response.ratings[0].tolist()
    unheard = "" if response.delivered[0] or not said else "(unheard) "
    return Felt(
        day,
        clock,
        unheard + said,
        int(response.satisfaction[0]),
        (timing, autonomy, style),
        float(turn.reward[0]),
    )


def _offer(engine: Engine) -> list[Line]:
    """What the assistant at the keyboard is told besides: its estimates, and what it might say."""
    at = (0, int(engine.point[0]))
    scenario = present_scenario(engine)
    estimates = estimates_in_words(engine.moments.estimate[at].tolist(), scenario.window_h)
    lines = labelled("", estimates, "dim")
    for number, (level, act) in enumerate(zip(AUTONOMY, scenario.messages, strict=True), start=1):
        lines += labelled(f"{number} {level}", f"“{act[0][0]}”")
    return lines


def _closing(engine: Engine, felt: list[Felt]) -> list[Line]:
    """Who the person was, and what they felt."""
    name = engine.people.ids[int(engine.person[0])]
    persona = Population.load()[name]
    about = f"{persona.name}, {persona.age}, {persona.occupation}: “{persona.quote}”"
    lines = [
        *paragraph((f"{name:<7}", "bold"), about, "italic"),
        (),
        (("What they felt: satisfaction 0 to 10; timing, initiative, style 1 to 5", "bold"),),
    ]
    for day, turns in groupby(felt, lambda f: f.day):
        lines += [(), rule(day), *(_felt_line(f) for f in turns)]
    return [*lines, ()]


def _felt_line(felt: Felt) -> Line:
    level = felt.satisfaction
    style = "green" if level >= 6 else "red" if level <= 3 else "yellow"
    ratings = " ".join(str(r or "-") for r in felt.ratings)
    said = shorten(felt.said, WIDTH - 31, placeholder=" …") if felt.said else "silence"
    return (
        (f"{felt.clock:<7}", "bold"),
        ("━" * level, style),
        ("·" * (10 - level), "dim"),
        (f"{level:>3}", f"bold {style}"),
        (f"  {ratings}  ", "dim"),
        (said, "" if felt.said else "dim"),
    )


def _comparison(mean: float, silence: float) -> Line:
    return (
        ("Mean reward ", ""),
        (f"{mean:+.2f}", "bold"),
        (f" (from -1 to 1); always silent in the same life: {silence:+.2f}", ""),
    )


def _mean(felt: list[Felt]) -> float:
    return float(np.mean([f.reward for f in felt])) if felt else 0.0


def _show(say: Callable[[Any], object], lines: Iterable[Line]) -> None:
    for line in lines:
        say(painted(line))


def _nowhere(line: Any) -> None:
    """Shows nothing."""
