"""Rewards of replies that a model wrote."""

from itertools import islice

import numpy as np
import pytest

pytest.importorskip("trl", reason="needs proactive-gym[rlhf]")

from proactive_agents.lm import prompt
from proactive_baselines.rlhf.rewards import WORST, ByModel, ByPeople, code_of, moments
from proactive_gym.users.features import ACTIONS


def reply(action):
    words = prompt.reply(action.tolist())
    return words if action[0] == 0 else f"{words} Your train is late."


def test_replies_name_their_actions():
    for i, action in enumerate(ACTIONS):
        code = code_of(reply(action))
        assert (ACTIONS[code][0] == 0) if action[0] == 0 else code == i


@pytest.mark.parametrize(
    "text",
    [
        "",
        " now, ask, brief, casual:",
        " now, ask, brief",
        " silent. By the way, your train is late.",
        " sometimes, ask, brief, casual: Hello.",
        "Your train is late.",
        " ask, now, brief, casual: Hello.",
    ],
)
def test_what_names_no_reply_has_no_action(text):
    assert code_of(text) is None


def test_people_reward_what_they_would_feel():
    felt = np.linspace(-0.9, 0.9, len(ACTIONS)).tolist()
    code = code_of(" hold, suggest, detailed, formal: Take the bus.")
    texts = [" hold, suggest, detailed, formal: Take the bus.", "mumble", " silent."]
    assert ByPeople()(["p"] * 3, texts, [felt] * 3) == [felt[code], WORST, felt[0]]
    turns = [[{"role": "assistant", "content": text.strip()}] for text in texts]
    assert ByPeople()(["p"] * 3, turns, [felt] * 3) == [felt[code], WORST, felt[0]]


def test_moments_are_repeatable_and_told_in_both_styles():
    some = list(islice(moments(3, "standard"), 30))
    assert some == list(islice(moments(3, "standard"), 30))
    assert some != list(islice(moments(4, "standard"), 30))
    for row in some:
        assert row["prompt"].endswith(prompt.MARKER)
        assert len(row["felt"]) == len(ACTIONS)
        assert -1 <= min(row["felt"]) <= max(row["felt"]) <= 1
    turns = next(moments(3, "conversational"))["prompt"]
    assert turns[0]["role"] == "user"


def test_a_judge_reads_the_end_of_replies():
    read = []

    class Judge:
        class tokenizer:  # noqa: N801
            eos_token = "</s>"

        def __call__(self, texts):
            read.extend(texts)
            return np.arange(len(texts))

    assert ByModel(Judge())(["a: b."], [" silent."]) == [0.0]
    assert read == ["a: b. silent.</s>"]
