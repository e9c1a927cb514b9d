import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive_gym.errors import DataError, InvalidOptionError
from proactive_gym.language.parameters import PARAMETERS_PATH, load_parameters
from proactive_gym.language.quality import Message
from proactive_gym.language.reader import Reader, Reading
from proactive_gym.vocabulary import AUTONOMY, TONES, VERBOSITY
from proactive_gym.world.scenarios import Scenario

SALARY = 137  # finance-18


@pytest.mark.parametrize(
    ("words", "autonomy", "verbosity", "tone"),
    [
        ("Your salary's a bit lower than usual.", "notify", "brief", "casual"),
        ("Shall I send payroll a query about the deduction?", "ask", "brief", "formal"),
        ("Want me to ping payroll about that odd deduction?", "ask", "brief", "casual"),
        (
            "I have submitted a query to the payroll office concerning the day of unpaid leave. "
            "Should you prefer to raise the matter yourself, it can be withdrawn at any time.",
            "act",
            "detailed",
            "formal",
        ),
    ],
)
def test_reads_facets_from_words(
    reader: Reader, words: str, autonomy: str, verbosity: str, tone: str
) -> None:
    read = reader.read(words, SALARY)
    facets = AUTONOMY[read.autonomy], VERBOSITY[read.verbosity], TONES[read.tone]
    assert facets == (autonomy, verbosity, tone)
    assert read.acceptable


def test_facets_do_not_depend_on_the_scenario(reader: Reader) -> None:
    words = "Shall I send payroll a query about the deduction?"
    assert len({reader.read(words, code)[:3] for code in range(240)}) == 1


def test_the_topic_depends_on_the_scenario(reader: Reader) -> None:
    words = "Shall I send payroll a query about the deduction?"
    passed = [code for code in range(240) if reader.read(words, code).on_topic]
    assert passed == [SALARY]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "Salary.",
        "Salary payslip",
        "salary lower payslip unpaid leave payroll deduction query",
        "Salary salary salary salary salary salary salary salary.",
        "uoyr slayar si a bti loerw tahn uusla adn teh paylsip",
        "!!! ??? ... ###",
        "\u200b\u200b\u200b",
        "Your salary is lower than usual. " * 10,
        "Your salary is lower than usual. " + " " * 2_000,
    ],
)
def test_garbled_words_are_unsound(reader: Reader, words: str) -> None:
    assert not reader.read(words, SALARY).sound


def test_a_copy_of_the_prompt_is_unsound(reader: Reader, scenarios: tuple[Scenario, ...]) -> None:
    for code, scenario in enumerate(scenarios):
        assert not reader.read(scenario.situation, code).sound


@pytest.mark.parametrize(
    "variant",
    [
        "YOUR SALARY'S A BIT LOWER THAN USUAL.",
        "Your salary\u2019s a bit lower than usual.",
        "Your  salary's\na bit lower than usual.",
        "Your sal\u200bary's a bit lower than usual.",
    ],
)
def test_writing_habits_do_not_matter(reader: Reader, variant: str) -> None:
    plain = reader.read("Your salary's a bit lower than usual.", SALARY)
    assert reader.read(variant, SALARY) == plain


def test_batch_reads_as_one_by_one(reader: Reader, unseen_messages: list[Message]) -> None:
    some = unseen_messages[::40]
    batch = reader.read_batch([m.words for m in some], [m.scenario for m in some])
    for i, message in enumerate(some):
        one = reader.read(message.words, message.scenario)
        for field, value in zip(Reading._fields, one, strict=True):
            assert getattr(batch, field)[i] == pytest.approx(value, rel=1e-6)
    assert batch.autonomy.dtype == np.int8
    assert batch.sound.dtype == np.bool_


def test_empty_batch(reader: Reader) -> None:
    assert reader.read_batch([], []).on_topic.shape == (0,)


def test_memory_does_not_change_results(reader: Reader) -> None:
    fresh = Reader(reader.facets, reader.soundness, reader.topic, reader.index)
    words = "Your salary's a bit lower than usual."
    assert fresh.read(words, 3) == reader.read(words, 3) == fresh.read(words, 3)


@pytest.mark.parametrize("scenario", [-1, 240])
def test_unknown_scenario(reader: Reader, scenario: int) -> None:
    with pytest.raises(InvalidOptionError, match="0 to 239"):
        reader.read("Your bus is late.", scenario)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_reads_anything(reader: Reader, words: str) -> None:
    read = reader.read(words, 0)
    assert 0.0 <= read.topic_score <= 1.0
    assert 0.0 <= read.soundness_score <= 1.0


def test_huge_input_costs_little(reader: Reader) -> None:
    huge = "Your salary is lower than usual. " * 300_000
    begin = time.perf_counter()
    assert not reader.read(huge, SALARY).sound
    assert time.perf_counter() - begin < 0.5


def test_parameters_are_small_and_read_only() -> None:
    assert PARAMETERS_PATH.stat().st_size <= 500_000
    with pytest.raises(ValueError, match="read-only"):
        load_parameters()["tone_weights"][0] = 1.0


def test_missing_parameters_are_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.npz"):
        load_parameters(tmp_path / "nowhere.npz")


def test_torn_parameters_are_named(tmp_path) -> None:
    torn = tmp_path / "torn.npz"
    torn.write_bytes(PARAMETERS_PATH.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"torn\.npz"):
        load_parameters(torn)
