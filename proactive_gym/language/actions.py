"""The grammar of text actions: `<silent>`, `<now> words`, `<hold> words`.

It checks form only. Whether the words make sense is for `proactive_gym.language.reader`.
"""

import re

from proactive_gym.errors import InvalidActionError
from proactive_gym.vocabulary import TIMINGS

_FORMS = "text actions are `<silent>`, `<now> words` and `<hold> words`"
_MARKER = re.compile(r"\s*<([^<>\s]*)>(.*)", re.DOTALL)
_SHOWN = 60  # characters of a wrong action that an error message repeats


def parse_text_action(text: object) -> tuple[str, str]:
    """Split a text action into its timing and its words.

    White space around marker and words does not matter, nor does the marker's case.

    Returns:
        The timing, a word of `TIMINGS`, and the words, empty exactly when it is "silent".

    Raises:
        InvalidActionError: `text` is no string, begins with no marker or an unknown one, says
            nothing after `<now>` or `<hold>`, or something after `<silent>`.
    """
    if not isinstance(text, str):
        raise InvalidActionError(f"{_FORMS}: a str is needed, not {type(text).__name__}")
    match = _MARKER.fullmatch(text)
    if match is None:
        raise InvalidActionError(f"{_FORMS}: no marker at the start of {_shown(text)}")
    timing, words = match[1].lower(), match[2].strip()
    if timing not in TIMINGS:
        raise InvalidActionError(f"{_FORMS}: unknown marker in {_shown(text)}")
    _check_words(timing, words)
    return timing, words


def format_text_action(timing: str, words: str = "") -> str:
    """The text action that `parse_text_action` splits into `timing` and `words`.

    Raises:
        InvalidActionError: Unknown timing, nothing to say, or words in spite of silence.
    """
    words = words.strip()
    if timing not in TIMINGS:
        raise InvalidActionError(f"{_FORMS}: there is no timing {timing!r}")
    _check_words(timing, words)
    return f"<{timing}> {words}".rstrip()


def _check_words(timing: str, words: str) -> None:
    if timing == "silent" and words:
        raise InvalidActionError(f"{_FORMS}: words after <silent>: {_shown(words)}")
    if timing != "silent" and not words:
        raise InvalidActionError(f"{_FORMS}: no words after <{timing}>")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
