"""`ProactiveAssistText-v0`: the same life in words.

Words of a moment come from `proactive_gym.language.words`; what the assistant's words are taken to
be is up to `proactive_gym.language.reader`.
"""

from collections import deque
from functools import cache
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.face import Face
from proactive_gym.errors import InvalidActionError, InvalidOptionError
from proactive_gym.language import words as in_words
from proactive_gym.language.actions import format_text_action, parse_text_action
from proactive_gym.language.reader import Reader
from proactive_gym.language.text import MAX_CHARACTERS
from proactive_gym.vocabulary import DAYS, PLACES, REACTIONS, TIMINGS
from proactive_gym.world import Scenario, load_scenarios, moment_in_words

LONGEST_ACTION = MAX_CHARACTERS
LONGEST_OBSERVATION = 20_000
REMEMBERED = 3
"""Turns of the recent exchange that an observation repeats."""
_READ = ("autonomy", "verbosity", "tone", "on_topic", "sound")


class ProactiveAssistTextEnv(Face[str, str]):
    """One person's life with an assistant, in words.

    ## Description
    The decision process of `ProactiveAssist-v0`: the same people, moments, seeds and rewards. The
    assistant is told the moment in words and answers with what it says, or that it stays silent.
    How much it takes on itself, at what length and in which tone is read from its words by a
    reader that was trained on the scenarios' messages; it is not declared.

    ## Action Space
    `Text` of at most 2,000 characters, any characters, in one of three forms:

    | Action         | Meaning                                           |
    |----------------|---------------------------------------------------|
    | `<silent>`     | say nothing                                       |
    | `<now> words`  | say the words now                                 |
    | `<hold> words` | say them at the person's next natural break       |

    Anything else raises `InvalidActionError` and changes nothing. Words that do not speak of what
    was noticed, or are no sound English, get the worst answers: satisfaction 0 and ratings 1.
    `action_space.sample()` gives one of the three forms with some scenario's message, which
    is seldom about what was noticed.

    ## Observation Space
    `Text` of at most 20,000 characters. Its lines hold what the boxes of `ProactiveAssist-v0`
    hold, estimates rounded to a hundredth and times to a minute:

    - the day and the moment's number, and whether the assistant is muted or switched off,
    - weekday, clock, activity, place, company, and the time to the next natural break,
    - what was noticed, with the estimates of benefit, urgency and stakes and the window,
    - what the device knows of the person (unless `profile="none"`),
    - reactions so far by activity, domain, autonomy and silence (with `history="counts"`),
    - the last three turns: what was noticed, what was said and how it was read, the reaction.

    In the place of the boxes' embedding stand the situation's own words. Characters of the
    assistant's words that the scenarios do not use are repeated as `?`.

    ## Rewards
    As in `ProactiveAssist-v0`: (satisfaction - 5) / 5, in [-1, 1].

    ## Starting State
    As in `ProactiveAssist-v0` with the same seed, options and persona.

    ## Episode End
    As in `ProactiveAssist-v0`: truncation after the last session; with `end_when_off=True`,
    termination when the person switches the assistant off.

    ## Information
    As in `ProactiveAssist-v0`, and from `step`:

    - `reading` (unless the assistant stayed silent): how its words were read: `autonomy`,
      `verbosity` and `tone` (codes), `on_topic` and `sound`.

    ## Arguments
    ```python
    env = gym.make("ProactiveAssistText-v0", people="validation", profile="survey")
    ```

    The options of `ProactiveAssist-v0`, with the same defaults.

    ## Version History
    * v0: First version
    """

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        """Set up the environment; see the class."""
        super().__init__(render_mode, **options)
        self.action_space = TextAction()
        self.observation_space = spaces.Text(LONGEST_OBSERVATION, charset=_charset())
        self._reader = Reader.load()
        self._exchange: deque[str] = deque(maxlen=REMEMBERED)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take one decision point.

        Raises:
            StepOrderError: Before `reset` or after the episode's end.
            InvalidActionError: The action space does not hold the action; nothing has changed.
        """
        self._check_running()
        timing, words = _parsed(action)
        codes, reading = np.zeros(4, np.int64), None
        if words:
            reading = self._reader.read(words, self._scenario_code())
            codes[:] = TIMINGS.index(timing), *reading[:3]
        told = self._told(codes, words)
        turn = self._advance(codes, words or None, reading is not None and not reading.acceptable)
        self._exchange.append(f"{told}; the person {_reaction(turn)}.")
        seen, reward, terminated, truncated, info = self._results(turn)
        if reading is not None:
            info["reading"] = {name: getattr(reading, name) for name in _READ}
        return seen, reward, terminated, truncated, info

    def _begin(self) -> None:
        self._exchange.clear()

    def _scenario_code(self) -> int:
        engine = self.engine
        return int(engine.moments.scenario[0, min(engine.point[0], self.options.points - 1)])

    def _told(self, codes: NDArray[np.int64], words: str) -> str:
        """What was noticed and said at the present moment, for the recent exchange."""
        engine = self.engine
        scenario = load_scenarios()[self._scenario_code()]
        moment = moment_in_words(engine.moments, 0, int(engine.point[0]))
        noticed = f"- {moment}: you noticed ({scenario.domain}): {scenario.situation}"
        if not words:
            return f"{noticed} You stayed silent"
        style = in_words.style_in_words(codes.tolist())
        return f"{noticed} You said ({TIMINGS[codes[0]]}, {style}): “{_repeatable(words)}”"

    def _observe(self) -> str:
        engine, options = self.engine, self.options
        lines = [_progress(engine), *_moment(engine, load_scenarios()[self._scenario_code()])]
        lines += in_words.profile_in_words(engine.people, int(engine.person[0]), options.profile)
        if options.history == "counts":
            lines += in_words.counts_in_words(engine.counts[0])
        if self._exchange:
            lines += ["Recent exchange:", *self._exchange]
        return "\n".join(lines)


class TextAction(spaces.Text):
    """The strings that the text face understands; see `proactive_gym.language.actions`."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        """At most `LONGEST_ACTION` characters, which need not be of the charset."""
        super().__init__(LONGEST_ACTION, charset=_charset(), seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A timing, and some scenario's message if it is not silence; it cannot be masked."""
        if mask is not None or probability is not None:
            raise InvalidOptionError("text actions cannot be sampled with a mask or probabilities")
        timing = TIMINGS[self.np_random.integers(len(TIMINGS))]
        if timing == "silent":
            return format_text_action(timing)
        scenarios = load_scenarios()
        messages = scenarios[self.np_random.integers(len(scenarios))].messages
        autonomy, verbosity, tone = (self.np_random.integers(n) for n in (4, 2, 2))
        return format_text_action(timing, messages[autonomy][verbosity][tone])

    def contains(self, x: Any) -> bool:
        """Whether `step` would take it."""
        try:
            _parsed(x)
        except InvalidActionError:
            return False
        return True


def _parsed(action: object) -> tuple[str, str]:
    if isinstance(action, str) and len(action) > LONGEST_ACTION:
        raise InvalidActionError(
            f"a text action has at most {LONGEST_ACTION:,} characters, not {len(action):,}"
        )
    return parse_text_action(action)


@cache
def _charset() -> frozenset[str]:
    """Printable ASCII, the line feed, and what else the data and the phrases use."""
    texts = [*PLACES, "“”\n", *(chr(code) for code in range(32, 127))]
    for scenario in load_scenarios():
        texts += [scenario.situation, scenario.deed]
        texts += (words for act in scenario.messages for length in act for words in length)
    return frozenset("".join(texts))


def _repeatable(words: str) -> str:
    """The assistant's words on one line, in characters of the charset."""
    return "".join(c if c in _charset() else "?" for c in " ".join(words.split()))


def _reaction(turn: Turn) -> str:
    return in_words.REACTION_WORDS[REACTIONS[turn.response.reaction[0]]]


def _progress(engine: Engine) -> str:
    options, session, point = engine.options, int(engine.session[0]), int(engine.point[0])
    if session == options.sessions:
        return f"All {session} days are over."
    line = f"Day {session + 1} of {options.sessions}, a {DAYS[engine.moments.weekday[0]]}. "
    line += f"Moment {min(point + 1, options.points)} of {options.points}."
    if engine.user.off[0]:
        return f"{line} The person has switched you off for good."
    return f"{line} You are muted for the rest of the day." if engine.user.muted[0] else line


def _moment(engine: Engine, scenario: Scenario) -> list[str]:
    moments, point = engine.moments, min(int(engine.point[0]), engine.options.points - 1)
    at = (0, point)
    pause = in_words.break_in_words(float(moments.break_delay[at]))
    estimates = in_words.estimates_in_words(moments.estimate[at].tolist(), scenario.window_h)
    return [
        f"{moment_in_words(moments, 0, point)}. {pause}",
        f"You noticed ({scenario.domain}): {scenario.situation}",
        estimates,
    ]
