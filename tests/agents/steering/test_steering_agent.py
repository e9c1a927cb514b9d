"""The assistant that is steered: its protocol, with a tiny model and random directions."""

import numpy as np
import pytest

from proactive_agents.protocol import Agent
from proactive_agents.steering import agent as steering_agent
from proactive_agents.steering.agent import SIZE, SteeringAgent
from proactive_agents.steering.basis import VIEWS
from proactive_agents.steering.dimensions import DIMENSIONS, KINDS
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.observation import PROFILE_SIZES, Observer
from proactive_gym.envs.reading import last_reaction
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.suites import SUITES
from proactive_gym.streams import derive
from proactive_gym.vocabulary import REACTIONS

SUITE = SUITES["quick-v0"]
MET = (3, 7, 11)
"""Whom `engine_of` seats."""


@pytest.fixture
def played(engine_of):
    """`played(agent, people)`: all actions of two short days, (steps, lives, 4)."""

    def of(agent: Agent, people=None) -> np.ndarray:
        engine = engine_of(agent) if people is None else engine_of(agent, people)
        return np.array([step.action for step in play(agent, engine, note=lambda engine: None)])

    return of


# ------------------------------------------------------------------ the protocol


@pytest.mark.parametrize("view", VIEWS)
def test_it_keeps_to_the_protocol(made, engine_of, view: str) -> None:
    agent = made(view=view)
    assert isinstance(agent, Agent)
    assert agent.adapts
    assert SUITE.options(made(view="none").options).profile == "none"
    engine = engine_of(agent)
    observations = Observer(engine)(engine, engine.point)
    kept = {name: box.copy() for name, box in observations.items()}
    agent.begin(derive(engine.keys, 9))
    assert agent.state() == {}
    check_action(agent.act(observations), engine.slots)
    for name, box in observations.items():
        np.testing.assert_array_equal(box, kept[name])
    state = agent.state()
    known = observations.get("profile", np.zeros((engine.slots, 0), np.float32))
    assert known.shape[1] == PROFILE_SIZES.get(view, 0)
    np.testing.assert_array_equal(state["mean"], agent.basis.priors[view].mean(known))
    np.testing.assert_array_equal(state["stranger"], state["mean"])


def test_the_same_lives_are_played_the_same_way(made, played) -> None:
    agent = made()
    first = played(agent)
    np.testing.assert_array_equal(first, played(agent))
    np.testing.assert_array_equal(first, played(made()))
    assert len(np.unique(first.reshape(-1, 4), axis=0)) > 2


def test_what_it_does_to_a_person_does_not_hang_on_the_others(made, played) -> None:
    agent = made()
    together, whole = played(agent), agent.state()
    alone, own = played(agent, MET[1:2]), agent.state()
    # Slot j holds person j mod n, seed by seed.
    np.testing.assert_array_equal(together[:, 1 :: len(MET)], alone)
    for name, array in own.items():
        np.testing.assert_allclose(whole[name][1 :: len(MET)], array, atol=1e-4)


def test_its_state_is_one_row_a_person_and_small(made, played) -> None:
    agent = made(view="survey")
    played(agent)
    state = agent.state()
    lives = len(MET) * len(SUITE.seeds)
    assert all(len(array) == lives for array in state.values())
    assert all(array.dtype == np.float32 for array in state.values())
    assert sum(array.nbytes for array in state.values()) <= 8192 * lives
    assert np.abs(state["mean"] - state["stranger"]).max() > 0.01


@pytest.mark.parametrize("forgetting", [1.0, 0.98])
def test_it_goes_on_from_its_state_to_the_bit(made, told, forgetting: float) -> None:
    """A stranger that is given a state does and learns what the assistant of the state does."""
    agent, other = made(forgetting=forgetting), made(forgetting=forgetting)
    engine, observer = told(agent)
    kept = agent.state()
    copies = {name: array.copy() for name, array in kept.items()}
    other.begin(derive(engine.keys, 8))
    other.load(kept)
    for _ in range(4):
        seen = observer(engine, engine.point)
        action = agent.act(seen)
        np.testing.assert_array_equal(other.act(seen), action)
        engine.step(action)
        reactions = last_reaction(observer(engine, engine.point % 4))
        agent.observe(reactions)
        other.observe(reactions)
        for name, array in agent.state().items():
            np.testing.assert_array_equal(other.state()[name], array)
    # What was kept is kept: nobody learns into it.
    for name, array in copies.items():
        np.testing.assert_array_equal(kept[name], array)
        assert name == "stranger" or not np.array_equal(agent.state()[name], array)


def test_an_empty_state_is_that_of_somebody_not_met(made, told) -> None:
    agent = made()
    told(agent)
    agent.load({})
    assert agent.state() == {}


@pytest.mark.parametrize(
    "change",
    [
        {"dreams": np.zeros(2)},
        {"mean": np.zeros((2, SIZE - 1), np.float32)},
        {"covariance": np.zeros((2, SIZE, SIZE), np.float32)},
        {"stranger": np.zeros((3, SIZE), np.float32)},
        {"never": np.zeros(3, np.float32)},
        {"mean": None},
    ],
    ids=["more", "narrow", "square", "others", "answers", "less"],
)
def test_another_agents_state_is_refused(made, change) -> None:
    agent = made()
    agent.begin(np.arange(2, dtype=np.uint64))
    whole = {
        "mean": np.zeros((2, SIZE), np.float32),
        "covariance": np.zeros((2, SIZE * (SIZE + 1) // 2), np.float32),
        "stranger": np.zeros((2, SIZE), np.float32),
        "never": np.zeros(2, np.float32),
    }
    agent.load(whole)
    state = {name: array for name, array in (whole | change).items() if array is not None}
    with pytest.raises(CheckpointError, match="state"):
        agent.load(state)


def test_every_reaction_can_be_told_after_every_action(made, engine_of) -> None:
    agent = made()
    engine = engine_of(agent)
    seen = Observer(engine)(engine, engine.point)
    agent.begin(engine.keys)
    for reaction in range(len(REACTIONS)):
        agent.act(seen)
        agent.observe(np.full(engine.slots, reaction))
    assert all(np.isfinite(array).all() for array in agent.state().values())


# ------------------------------------------------------------------ what is refused


def test_an_unknown_view_is_refused(made) -> None:
    with pytest.raises(InvalidOptionError, match=r"none, demographics, survey, not 'palm'"):
        made(view="palm")


@pytest.mark.parametrize(
    "options",
    [
        {"optimism": -0.1},
        {"optimism": float("nan")},
        {"optimism": float("inf")},
        {"forgetting": 0.0},
        {"forgetting": 1.01},
        {"forgetting": float("nan")},
        {"never": -0.1},
        {"never": 1.0},
        {"never": float("nan")},
    ],
)
def test_numbers_out_of_range_are_refused(made, options) -> None:
    with pytest.raises(InvalidOptionError, match="optimism must be"):
        made(**options)


def test_a_basis_for_another_model_is_refused(made, random_basis) -> None:
    with pytest.raises(CheckpointError, match="train it again"):
        made(basis=random_basis(width=32))


def test_a_missing_basis_is_named(monkeypatch, tmp_path, memory) -> None:
    monkeypatch.setattr(steering_agent, "PATH", tmp_path / "basis.safetensors")
    with pytest.raises(CheckpointError, match="is not there: train"):
        SteeringAgent(memory=memory)


def test_a_basis_can_be_given_as_its_file(made, basis, tmp_path) -> None:
    basis.save(tmp_path / "own.safetensors")
    found = made(basis=tmp_path / "own.safetensors").basis
    np.testing.assert_array_equal(found.directions, basis.directions)


def test_another_model_needs_a_basis_of_its_own(made) -> None:
    with pytest.raises(CheckpointError, match=r"somebody/model has no directions .* --basis"):
        made(basis=None, model="somebody/model")


def test_nobody_can_be_taught_or_taken_back_before_they_are_met(made) -> None:
    agent = made()
    agent.begin(np.arange(2, dtype=np.uint64))
    for call in (agent.reset, lambda: agent.observe(np.zeros(2, np.int64))):
        with pytest.raises(CheckpointError, match="call act first"):
            call()


# ------------------------------------------------------------------ taking back


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_some_people_is_taken_back(made, told, kind: str) -> None:
    agent = made()
    told(agent)
    before = agent.state()
    agent.reset([kind], rows=[1, 2])
    after = agent.state()
    back = np.array([d.kind == kind for d in DIMENSIONS])
    moved = np.flatnonzero((after["mean"] != before["mean"]).any(axis=1))
    np.testing.assert_array_equal(moved, [1, 2])
    for row in (1, 2):
        np.testing.assert_array_equal(after["mean"][row, back], before["stranger"][row, back])
        np.testing.assert_array_equal(after["mean"][row, ~back], before["mean"][row, ~back])
        own = agent.beliefs.covariance[row][np.ix_(back, back)]
        np.testing.assert_array_equal(own, agent.prior.covariance[np.ix_(back, back)])
    np.testing.assert_array_equal(after["covariance"][0], before["covariance"][0])


def test_who_is_erased_is_a_stranger_again(made, told) -> None:
    agent, fresh = made(), made()
    engine, observer = told(agent)
    seen = observer(engine, engine.point)
    fresh.begin(engine.keys)
    fresh.act(seen)
    agent.reset(rows=range(engine.slots - 1))
    for name, array in fresh.state().items():
        np.testing.assert_array_equal(agent.state()[name][:-1], array[:-1])
    assert not np.array_equal(agent.state()["mean"], fresh.state()["mean"])
    agent.reset()
    for name, array in fresh.state().items():
        np.testing.assert_array_equal(agent.state()[name], array)
    np.testing.assert_array_equal(agent.act(seen), fresh.act(seen))


def test_an_unknown_kind_is_refused_and_nothing_is_taken_back(made, told) -> None:
    agent = made()
    told(agent)
    before = agent.state()
    with pytest.raises(InvalidOptionError, match=r"no kind 'dreams': there are timing, "):
        agent.reset(["timing", "dreams"])
    for name, array in before.items():
        np.testing.assert_array_equal(agent.state()[name], array)
