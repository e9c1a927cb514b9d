import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive_gym.errors import InvalidActionError
from proactive_gym.language.actions import format_text_action, parse_text_action


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("<silent>", ("silent", "")),
        (" <silent>\n", ("silent", "")),
        ("<now> Your bus is late.", ("now", "Your bus is late.")),
        ("<hold>Your bus is late.", ("hold", "Your bus is late.")),
        ("<NOW>  two\nlines ", ("now", "two\nlines")),
        ("<now> <hold> is said", ("now", "<hold> is said")),
    ],
)
def test_parses(text: str, parsed: tuple[str, str]) -> None:
    assert parse_text_action(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Your bus is late.",
        "now Your bus is late.",
        "<later> Your bus is late.",
        "<> words",
        "<now>",
        "<hold>   ",
        "<silent> but not quite",
        "words <now> words",
        "<now",
        None,
        3,
        b"<silent>",
        ["<silent>"],
    ],
)
def test_refuses(text: object) -> None:
    with pytest.raises(InvalidActionError, match="text actions are"):
        parse_text_action(text)


def test_refusal_names_what_was_wrong_briefly() -> None:
    with pytest.raises(InvalidActionError, match="unknown marker in '<later>") as caught:
        parse_text_action("<later> " + "x" * 10_000)
    assert len(str(caught.value)) < 200


@settings(derandomize=True)
@given(st.sampled_from(["now", "hold"]), st.text(min_size=1).filter(str.strip))
def test_round_trip(timing: str, words: str) -> None:
    assert parse_text_action(format_text_action(timing, words)) == (timing, words.strip())


def test_silence_round_trip() -> None:
    assert format_text_action("silent") == "<silent>"


@pytest.mark.parametrize(("timing", "words"), [("later", "x"), ("now", " "), ("silent", "x")])
def test_format_refuses(timing: str, words: str) -> None:
    with pytest.raises(InvalidActionError):
        format_text_action(timing, words)
