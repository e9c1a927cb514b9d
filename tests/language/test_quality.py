"""The shipped parameters give the reported figures, and the figures are good enough."""

import pytest

from proactive_gym.language.cheats import CHEAT_TEXTS
from proactive_gym.language.quality import (
    Message,
    cheat_acceptance,
    copy_acceptance,
    facet_accuracy,
    load_paraphrases,
    paraphrase_figures,
    soundness_errors,
    topic_errors,
    written_messages,
)
from proactive_gym.language.reader import Reader
from proactive_gym.world.scenarios import Scenario

CLOSE = 0.003  # two of 640 messages: other processors may round a borderline case otherwise


def test_accuracy_on_unseen_scenarios(
    reader: Reader, unseen_messages: list[Message], report: dict
) -> None:
    figures = facet_accuracy(reader, unseen_messages)
    assert figures == pytest.approx(report["accuracy"], abs=CLOSE)
    assert figures["autonomy"] >= 0.93
    assert figures["verbosity"] >= 0.99
    assert figures["tone"] >= 0.92


def test_topic_errors_on_unseen_scenarios(
    reader: Reader,
    unseen_messages: list[Message],
    scenarios: tuple[Scenario, ...],
    report: dict,
) -> None:
    figures = topic_errors(reader, unseen_messages, scenarios)
    assert figures == pytest.approx(report["topic"], abs=CLOSE)
    assert figures["rejected_verbatim"] <= 0.005
    assert figures["rejected_rewritten"] <= 0.06
    assert figures["accepted_by_same_domain"] <= 0.01
    assert figures["accepted_by_other_domains"] <= 0.005


@pytest.mark.slow
def test_soundness_errors_on_unseen_scenarios(
    reader: Reader,
    unseen_messages: list[Message],
    scenarios: tuple[Scenario, ...],
    report: dict,
) -> None:
    figures = soundness_errors(reader, unseen_messages, scenarios)
    assert {k: report["soundness"][k] for k in figures} == pytest.approx(figures, abs=CLOSE)


def test_true_messages_are_sound_and_corrupted_ones_are_not(
    reader: Reader, unseen_messages: list[Message], scenarios: tuple[Scenario, ...]
) -> None:
    figures = soundness_errors(reader, unseen_messages[::5], scenarios)
    assert figures["rejected_true"] <= 0.03
    for kind in ("doubled", "looped", "repeated", "scrambled", "random_letters", "marks"):
        assert figures[f"accepted_{kind}"] <= 0.01
    for kind in ("keywords", "dropped", "concatenated"):
        assert figures[f"accepted_{kind}"] <= 0.15


def test_cheats_pass_almost_nowhere(reader: Reader, report: dict) -> None:
    figures = cheat_acceptance(reader)
    assert len(CHEAT_TEXTS) >= 20
    assert figures == pytest.approx(report["cheats"], abs=CLOSE)
    assert max(figures.values()) <= 0.025
    assert sum(figures.values()) / len(figures) <= 0.01


@pytest.mark.parametrize("name", [name for name in CHEAT_TEXTS if name.startswith("keywords")])
def test_key_words_pass_nowhere(reader: Reader, name: str) -> None:
    assert not any(reader.read(CHEAT_TEXTS[name], code).acceptable for code in range(240))


def test_copies_of_the_prompt(
    reader: Reader, scenarios: tuple[Scenario, ...], report: dict
) -> None:
    figures = copy_acceptance(reader, scenarios)
    assert figures == pytest.approx(report["copies"], abs=2 * CLOSE)
    assert figures["situation"] == figures["situation_announced"] == 0.0


def test_paraphrases_by_others_pass(
    reader: Reader, scenarios: tuple[Scenario, ...], report: dict
) -> None:
    figures = paraphrase_figures(reader, load_paraphrases(scenarios))
    assert figures == pytest.approx(report["paraphrases"], abs=0.03)
    assert figures["acceptable"] >= 0.95


def test_shipped_messages_pass(reader: Reader, scenarios: tuple[Scenario, ...]) -> None:
    messages = written_messages(scenarios, range(len(scenarios)))[::3]
    passed = sum(reader.read(m.words, m.scenario).acceptable for m in messages)
    assert passed / len(messages) >= 0.98
