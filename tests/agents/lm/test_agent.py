"""The agent that takes a model's likeliest reply, with a model of random weights."""

import numpy as np
import pytest
import torch

from proactive_agents.lm.agent import LanguageAgent, actions_of, prompts_of
from proactive_agents.lm.memory import StateMemory
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import SPOKEN, behaviours
from proactive_agents.protocol import Agent
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.evaluation.playing import play
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import DOMAINS

COUNT = 40


@pytest.fixture(scope="module")
def remembering(tiny) -> StateMemory:
    return StateMemory(tiny)


def engine_of(count: int = COUNT, sessions: int = 1) -> Engine:
    options = Options(people="validation", sessions=sessions, points=4, profile="none")
    engine = Engine(options, count)
    engine.reset(engine.everyone, derive(2, engine.everyone))
    return engine


@pytest.fixture(scope="module")
def observations() -> dict[str, np.ndarray]:
    engine = engine_of()
    return Observer(engine)(engine, engine.point)


def some(observations, rows) -> dict[str, np.ndarray]:
    return {name: box[rows] for name, box in observations.items()}


def test_it_is_an_agent(remembering, observations) -> None:
    language = LanguageAgent(memory=remembering)
    assert isinstance(language, Agent)
    assert dict(language.options) == {"profile": "none"}
    kept = {name: box.copy() for name, box in observations.items()}
    language.begin(np.arange(COUNT, dtype=np.uint64))
    check_action(language.act(observations), COUNT)
    language.observe(np.zeros(COUNT, np.int64))
    assert language.state() == {}
    language.load({})
    with pytest.raises(CheckpointError, match="keeps no state"):
        language.load({"dreams": np.zeros(COUNT)})
    for name, box in observations.items():
        np.testing.assert_array_equal(box, kept[name])


def test_it_takes_the_likeliest_reply_to_what_was_noticed(tiny, remembering, observations) -> None:
    moments = moments_of(Seen.of(observations))
    situations = situations_of(observations)
    prompts = prompts_of(tiny, moments, situations)
    for i in (0, 7):
        assert prompts[i].start == f"{DOMAINS[moments.domain[i]]}: {situations[i]}"
        assert prompts[i].rest == f"{moments.words()[i]}\nAssistant:"
    with torch.inference_mode():
        states = tiny.states(prompts)
        worth = behaviours([tiny.head.logits(states[:, n], p) for p, n in enumerate(NODES_OF)])
    best = worth.topk(2, dim=1)
    clear = (best.values[:, 0] - best.values[:, 1] > 0.01).numpy()
    assert clear.mean() > 0.5
    actions = LanguageAgent(memory=remembering).act(observations)
    expected = [[0] * 4 if b == 0 else SPOKEN[b - 1].tolist() for b in best.indices[:, 0].tolist()]
    np.testing.assert_array_equal(actions[clear], np.array(expected)[clear])
    assert len(np.unique(actions, axis=0)) > 1


def test_directly_it_always_speaks_now_and_chooses_how(tiny, remembering, observations) -> None:
    direct = LanguageAgent(direct=True, memory=remembering)
    actions = direct.act(observations)
    assert (actions[:, 0] == 1).all()
    assert len(np.unique(actions, axis=0)) > 1
    prompts = prompts_of(tiny, moments_of(Seen.of(observations)), situations_of(observations))
    with torch.inference_mode():
        states = remembering(prompts)
        worth = behaviours([tiny.head.logits(states[:, n], p) for p, n in enumerate(NODES_OF)])
    now = [1 + i for i, a in enumerate(SPOKEN) if a[0] == 1]
    expected = SPOKEN[np.array(now)[worth[:, now].argmax(dim=1).numpy()] - 1]
    np.testing.assert_array_equal(actions, expected)


@pytest.mark.parametrize("direct", [False, True])
def test_a_choice_does_not_hang_on_who_else_chooses(tiny, observations, direct) -> None:
    together = LanguageAgent(direct=direct, memory=StateMemory(tiny)).act(observations)
    alone = LanguageAgent(direct=direct, memory=StateMemory(tiny))
    for row in range(0, COUNT, 5):
        np.testing.assert_array_equal(
            alone.act(some(observations, slice(row, row + 1)))[0], together[row]
        )
    turned = LanguageAgent(direct=direct, memory=StateMemory(tiny))
    backwards = slice(None, None, -1)
    np.testing.assert_array_equal(turned.act(some(observations, backwards))[backwards], together)


def test_it_chooses_from_words_as_from_boxes(remembering, observations) -> None:
    language = LanguageAgent(memory=remembering)
    chosen = language.choose(Seen.of(observations), situations_of(observations))
    np.testing.assert_array_equal(chosen, language.act(observations))
    others = ["A whale was seen off the coast."] * COUNT
    assert not np.array_equal(language.choose(Seen.of(observations), others), chosen)


def test_it_plays_whole_lives(remembering) -> None:
    lives = []
    for _ in range(2):
        language, engine = LanguageAgent(memory=remembering), engine_of(6, sessions=2)
        lives.append(
            [(s.action, s.turn.reward) for s in play(language, engine, note=lambda engine: None)]
        )
    assert len(lives[0]) == 2 * 4
    for (action, reward), (again, same) in zip(*lives, strict=True):
        np.testing.assert_array_equal(action, again)
        np.testing.assert_array_equal(reward, same)


def test_boxes_of_another_shape_are_refused(remembering, observations) -> None:
    broken = dict(observations)
    broken["moment"] = broken["moment"][:, :5]
    with pytest.raises(InvalidOptionError, match="moment"):
        LanguageAgent(memory=remembering).act(broken)


def test_behaviours_are_silence_and_all_ways_to_speak() -> None:
    actions = actions_of(np.arange(33))
    assert actions[0].tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(actions[1:], ACTIONS[ACTIONS[:, 0] > 0])
