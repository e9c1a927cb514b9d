"""What every agent of the registry must keep to."""

import numpy as np
import pytest

from proactive_agents.lm.finetune import FineTunedAgent
from proactive_agents.protocol import Agent, Insider, Memoryless
from proactive_agents.registry import AGENTS, make
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import last_reaction
from proactive_gym.errors import CheckpointError
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.suites import SUITES, begin
from proactive_gym.streams import derive

SUITE = SUITES["quick-v0"]
PEOPLE = np.array([3, 7, 11])


def options_of(agent: Agent) -> Options:
    return Options(people="validation", sessions=2, points=4, deviations="frozen", **agent.options)


def actions_of(agent: Agent, people: np.ndarray) -> np.ndarray:
    """All actions of two short days, (steps, lives, 4)."""
    engine = begin(SUITE, options_of(agent), people)
    return np.array([step.action for step in play(agent, engine, note=lambda engine: None)])


def test_it_is_an_agent_whose_options_a_suite_allows(agent) -> None:
    assert isinstance(agent, Agent)
    assert SUITE.options(agent.options).people == "validation"


def test_it_acts_for_a_batch_and_leaves_the_observation_alone(agent) -> None:
    engine = begin(SUITE, options_of(agent), PEOPLE)
    observations = Observer(engine)(engine, engine.point)
    kept = {name: box.copy() for name, box in observations.items()}
    agent.begin(derive(engine.keys, 9))
    if isinstance(agent, Insider):
        agent.attend(engine)
    check_action(agent.act(observations), engine.slots)
    for name, box in observations.items():
        np.testing.assert_array_equal(box, kept[name])


def test_the_same_lives_are_played_the_same_way(agent) -> None:
    np.testing.assert_array_equal(actions_of(agent, PEOPLE), actions_of(agent, PEOPLE))


def test_what_it_does_to_a_person_does_not_hang_on_the_others(agent) -> None:
    together, alone = actions_of(agent, PEOPLE), actions_of(agent, PEOPLE[1:2])
    # Slot j holds person j mod n, seed by seed.
    np.testing.assert_array_equal(together[:, 1 :: len(PEOPLE)], alone)


def test_its_state_is_one_row_a_person_and_small(agent) -> None:
    actions_of(agent, PEOPLE)
    state = agent.state()
    lives = len(PEOPLE) * len(SUITE.seeds)
    assert all(len(array) == lives for array in state.values())
    # Adapters are the reference for what a person costs without steering.
    most = 80_000 if isinstance(agent, FineTunedAgent) else 8192
    assert sum(array.nbytes for array in state.values()) <= most * lives
    assert bool(state) == (not isinstance(agent, Memoryless))


@pytest.mark.parametrize("name", [n for n in AGENTS if not n.startswith("oracle")])
def test_it_goes_on_from_its_state(name: str, weights) -> None:
    """Saved after the first day and loaded into a stranger, it does what it would have done."""
    agent = make(name, weights(name))
    engine = begin(SUITE, options_of(agent), PEOPLE)
    observer = Observer(engine)
    agent.begin(derive(engine.keys, 9))
    for _ in range(4):
        engine.step(agent.act(observer(engine, engine.point)))
        agent.observe(last_reaction(observer(engine, engine.point % 4)))
    seen, state = observer(engine, engine.point), agent.state()
    expected = agent.act(seen)
    if state:
        agent.begin(derive(engine.keys, 8))
        agent.load(state)
        np.testing.assert_array_equal(agent.act(seen), expected)


def test_another_agents_state_is_refused(agent) -> None:
    agent.begin(np.arange(2, dtype=np.uint64))
    with pytest.raises(CheckpointError, match="state"):
        agent.load({"dreams": np.zeros(2)})


def test_a_reaction_can_be_told_after_every_action(agent) -> None:
    engine = begin(SUITE, options_of(agent), PEOPLE)
    agent.begin(engine.keys)
    observer = Observer(engine)
    for reaction in range(10):
        if isinstance(agent, Insider) and engine.point[0] == 0:
            agent.attend(engine)
        action = agent.act(observer(engine, engine.point))
        agent.observe(np.full(engine.slots, reaction))
        if reaction < 7:
            engine.step(action)
    assert all(np.isfinite(array).all() for array in agent.state().values())
