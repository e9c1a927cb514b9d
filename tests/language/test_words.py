import numpy as np
import pytest

from proactive_gym.language.words import (
    CONTEXTS,
    REACTION_WORDS,
    SURVEY_STATEMENTS,
    break_in_words,
    counts_in_words,
    demographics_in_words,
    duration_in_words,
    estimates_in_words,
    profile_in_words,
    style_in_words,
)
from proactive_gym.personas.population import Population
from proactive_gym.vocabulary import DOMAINS, REACTIONS, SURVEY_ITEMS


def test_every_code_has_words() -> None:
    assert tuple(REACTION_WORDS) == REACTIONS
    assert tuple(SURVEY_STATEMENTS) == SURVEY_ITEMS
    assert len(CONTEXTS) == len(set(CONTEXTS)) == 11 + 13 + 4 + 1


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0.001, "1 min"), (0.75, "45 min"), (1.0, "1 h"), (2.0833, "2 h 5 min"), (0.9999, "1 h")],
)
def test_durations(hours: float, told: str) -> None:
    assert duration_in_words(hours) == told


@pytest.mark.parametrize(
    ("delay", "told"),
    [
        (0.0, "This is a natural break."),
        (0.5, "Next natural break in 30 min."),
        (24.0, "No natural break within 24 h."),
    ],
)
def test_breaks(delay: float, told: str) -> None:
    assert break_in_words(delay) == told


def test_estimates() -> None:
    assert estimates_in_words((3.444, -0.2, 5.3), 0.5) == (
        "Estimated benefit 3.44, urgency -0.20, stakes 5.30 (of 5). Speaking up helps within 0.5 h."
    )


def test_style() -> None:
    assert style_in_words((1, 2, 0, 1)) == "ask, brief, formal"


def test_profile_views_show_what_they_say_and_no_more() -> None:
    people = Population.load().people
    assert profile_in_words(people, 0, "none") == []
    (line,) = profile_in_words(people, 0, "demographics")
    assert line == demographics_in_words(people, 0)
    survey = "\n".join(profile_in_words(people, 0, "survey"))
    assert survey.startswith(line)
    for item, answer in zip(SURVEY_ITEMS, people.survey[0], strict=True):
        assert f"- {answer}: {SURVEY_STATEMENTS[item]}" in survey
    for domain, answer in zip(DOMAINS, people.domains[0], strict=True):
        assert f"{domain} {answer}" in survey


def test_a_condition_is_told_but_not_which() -> None:
    people = Population.load().people
    told = [demographics_in_words(people, row) for row in range(len(people))]
    assert [("no health condition" not in t) for t in told] == (people.condition > 0).tolist()
    assert not any(word in t for t in told for word in ("diabetes", "ADHD", "migraine"))


def test_counts_tell_only_what_happened() -> None:
    counts = np.zeros((len(CONTEXTS), len(REACTIONS)), int)
    assert counts_in_words(counts.ravel()) == []
    counts[1, REACTIONS.index("dismiss")] = 3
    counts[-1, REACTIONS.index("none")] = 7
    first, *lines = counts_in_words(counts.ravel())
    assert first == "Reactions so far:"
    assert lines == [f"- {CONTEXTS[1]}: dismiss 3", "- to silence: none 7"]
