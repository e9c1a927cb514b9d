import re
from itertools import islice

import numpy as np
import pytest
from scipy.special import ndtri

from proactive_agents.lm import prompt
from proactive_agents.lm.situations import training_situations
from proactive_baselines.rlhf import preferences
from proactive_baselines.rlhf.preferences import SPLITS, Comparison, comparisons, rate, said
from proactive_gym.data.records import load_splits
from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas import Population
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import AUTONOMY, DOMAINS, TIMINGS, TONES, VERBOSITY

SITUATIONS = {s.id: s for s in training_situations()}
PARTS = (TIMINGS, AUTONOMY, VERBOSITY, TONES)


def some(count: int, seed: int = 0, split: str = "population") -> list[Comparison]:
    return list(islice(comparisons(seed, split), count))


@pytest.fixture(scope="module")
def found() -> list[Comparison]:
    return some(20_000)  # more than a day of everyone's


def parsed(reply: str) -> tuple[list[int], str]:
    """The action of a reply and its message."""
    if reply == " silent.":
        return [TIMINGS.index("silent"), 0, 0, 0], ""
    words = re.fullmatch(r" (\w+), (\w+), (\w+), (\w+): (.+)", reply)
    assert words is not None, reply
    *names, message = words.groups()
    return [part.index(name) for part, name in zip(PARTS, names, strict=True)], message


def test_the_chosen_reply_satisfied_more_and_is_another(found: list[Comparison]) -> None:
    for c in found:
        assert 0 <= c.rejected_answer < c.chosen_answer <= 10
        assert c.chosen != c.rejected
    assert {c.chosen_answer for c in found} == set(range(1, 11))


def test_answers_are_those_of_their_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences, "rate", lambda rewards, actions, noise: actions % 11)
    positions = {tuple(action): i for i, action in enumerate(ACTIONS.tolist())}
    spoken = [c for c in some(500) if " silent." not in (c.chosen, c.rejected)]
    for c in spoken:
        assert positions[tuple(parsed(c.chosen)[0])] % 11 == c.chosen_answer
        assert positions[tuple(parsed(c.rejected)[0])] % 11 == c.rejected_answer


def test_both_replies_are_those_of_the_situation(found: list[Comparison]) -> None:
    for c in found[:3000]:
        situation = SITUATIONS[c.scenario]
        assert (c.moment.domain, c.moment.situation) == (situation.domain, situation.situation)
        for reply in (c.chosen, c.rejected):
            action, message = parsed(reply)
            _, autonomy, verbosity, tone = action
            assert message in ("", situation.messages[autonomy][verbosity][tone])
            assert said(situation.messages, action) == reply
            assert reply.startswith(prompt.reply(action))


def test_moments_are_those_of_the_prompts(found: list[Comparison]) -> None:
    for c in found[:3000]:
        assert c.moment.domain in DOMAINS
        assert re.fullmatch(r"\n\w{3} \d\dh, .+,\nbenefit .+, within [\d.]+ h\.", c.moment.words)


def test_every_reply_is_compared(found: list[Comparison]) -> None:
    heard = {tuple(parsed(reply)[0]) for c in found for reply in (c.chosen, c.rejected)}
    wanted = {tuple(a) for a in ACTIONS.tolist() if a[0] != TIMINGS.index("silent")}
    assert heard == {*wanted, (TIMINGS.index("silent"), 0, 0, 0)}


def test_people_and_moments_come_in_a_mixed_order(found: list[Comparison]) -> None:
    first = found[:800]
    assert len({c.person for c in first}) > 400
    assert len({c.moment.words[:4] for c in first}) == 7
    assert {c.moment.domain for c in first} == set(DOMAINS)


@pytest.mark.parametrize("split", SPLITS)
def test_people_are_those_of_the_split_and_situations_are_for_training(split: str) -> None:
    found, people = some(3000, split=split), Population.load()
    raters = {c.person for c in found}
    assert raters <= set(people.split(split).ids)
    assert raters.isdisjoint(people.split("test").ids)
    met = {c.scenario for c in found}
    assert met <= set(SITUATIONS)
    assert met.isdisjoint(load_splits().scenarios_unseen)


@pytest.mark.parametrize("split", ["test", "everyone"])
def test_other_people_are_not_to_be_had(split: str) -> None:
    with pytest.raises(InvalidOptionError, match="split must be one of population, validation"):
        next(comparisons(0, split))


def test_seeds_reproduce_and_differ(found: list[Comparison]) -> None:
    assert some(500) == found[:500]
    for other in (some(500, seed=1), some(500, split="validation")):
        assert not set(other) & set(found)


def test_days_differ(found: list[Comparison]) -> None:
    assert len(set(found)) == len(found)


def test_ratings_mean_the_expected_reward() -> None:
    draws = 2000
    rewards = np.random.default_rng(0).uniform(-0.9, 0.9, len(ACTIONS))
    actions = np.random.default_rng(1).permutation(len(ACTIONS))
    noise = ndtri((np.arange(draws) + 0.5) / draws)
    answers = rate(
        np.tile(rewards, (draws, 1)),
        np.tile(actions, (draws, 1)),
        np.repeat(noise[:, None], len(actions), axis=1),
    )
    assert (answers.min(), answers.max()) == (0, 10)
    np.testing.assert_allclose(answers.mean(axis=0) / 5 - 1, rewards[actions], atol=0.003)


def test_ratings_of_one_reply_vary_by_the_noise_alone() -> None:
    rewards, actions = np.zeros((3, len(ACTIONS))), np.full((3, 1), 17)
    low, middle, high = rate(rewards, actions, np.array([[-2.0], [0.0], [2.0]]))[:, 0]
    assert low < middle < high
    assert middle == 5
