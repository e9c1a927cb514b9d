import pytest

from proactive_gym.data.records import data_path
from proactive_gym.language.words import SURVEY_STATEMENTS, break_in_words, duration_in_words
from proactive_gym.vocabulary import SURVEY_ITEMS


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1 / 600, "1 min"), (0.5, "30 min"), (1.0, "1 h"), (2.0833, "2 h 5 min"), (0.9999, "1 h")],
)
def test_durations(hours, words):
    assert duration_in_words(hours) == words


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        (0.0, "This is a natural break."),
        (0.25, "Next natural break in 15 min."),
        (24.0, "No natural break within 24 h."),
    ],
)
def test_breaks(delay, words):
    assert break_in_words(delay) == words


def test_the_surveys_statements_are_the_data_cards():
    card = data_path("personas.md").read_text(encoding="utf-8")
    assert tuple(SURVEY_STATEMENTS) == SURVEY_ITEMS
    for item, statement in SURVEY_STATEMENTS.items():
        assert f"| `{item}` | {statement} |" in card
