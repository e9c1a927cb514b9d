"""What each direction does, with a tiny model and random directions; and what the agent shows."""

import numpy as np
import pytest
import torch

from proactive_agents.legible import Legible
from proactive_agents.lm.agent import LanguageAgent, actions_of
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import behaviours
from proactive_agents.steering import agent as steering_agent
from proactive_agents.steering.dimensions import DIMENSIONS, PARTS
from proactive_agents.steering.rating import Rater
from proactive_agents.steering.sweep import COEFFICIENTS, OUTCOMES, Bench, outcomes, swept
from proactive_gym.envs.observation import Observer
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard.inside import inside

SIZE, COUNT = len(DIMENSIONS), 60
SUITE = Suite("tiny-v0", "validation", (0,), (0,), sessions=3, points=8)


@pytest.fixture(scope="module")
def bench(memory, basis) -> Bench:
    return Bench(Rater.of(memory.model, basis), memory, COUNT)


@pytest.fixture(scope="module")
def plain(memory, bench) -> np.ndarray:
    """What the plain model would do in the bench's moments."""
    states = memory(bench.prompts)
    logits = [memory.model.head.logits(states[:, n], part) for part, n in enumerate(NODES_OF)]
    return actions_of(behaviours(logits).argmax(dim=1).numpy())


@pytest.fixture(scope="module")
def found(bench):
    return swept(bench)


# ------------------------------------------------------------------ the sweep


def test_the_average_person_is_answered_as_by_the_plain_model(bench, plain, found) -> None:
    np.testing.assert_array_equal(bench.actions(np.zeros(SIZE)), plain)
    assert len(np.unique(plain, axis=0)) > 2
    at = COEFFICIENTS.tolist().index(0)
    for k in range(SIZE):
        acts = bench.gates[:, k] != 0
        np.testing.assert_array_equal(found.table[k, at], outcomes(plain[acts]))


def test_persons_are_answered_as_they_are_rated(bench, memory, basis, plain) -> None:
    person = np.random.default_rng(0).normal(0, 1, SIZE).astype(np.float32)
    rater = Rater.of(memory.model, basis)
    gate, each = torch.from_numpy(bench.gates), torch.from_numpy(person).expand(COUNT, -1)
    worth = rater(memory(bench.prompts), gate, each).worth
    actions = bench.actions(person)
    np.testing.assert_array_equal(actions, actions_of(worth.argmax(dim=1).numpy()))
    assert not np.array_equal(actions, plain)


def test_one_coefficient_moves_at_a_time(bench, found) -> None:
    names = [d.name for d in DIMENSIONS]
    assert dict(found.dimensions) == {d.name: PARTS[d.part] for d in DIMENSIONS}
    assert found.table.shape == (SIZE, len(COEFFICIENTS), len(OUTCOMES))
    for name, at in (("speaking", 0), ("formality", -1), ("now at work", 2)):
        k, person = names.index(name), np.zeros(SIZE)
        person[k] = COEFFICIENTS[at]
        acts = bench.gates[:, k] != 0
        np.testing.assert_array_equal(found.table[k, at], outcomes(bench.actions(person)[acts]))
    assert 0 < (bench.gates[:, names.index("now at work")] != 0).sum() < COUNT
    assert (found.table[:, 0] != found.table[:, -1]).any(axis=1).sum() > SIZE / 3


def test_the_same_moments_are_read_again(bench, memory, basis) -> None:
    again = Bench(Rater.of(memory.model, basis), memory, COUNT)
    assert again.prompts == bench.prompts
    other = Bench(Rater.of(memory.model, basis), memory, COUNT, seed=1)
    assert other.prompts != bench.prompts


def test_outcomes_by_hand() -> None:
    actions = [[0, 0, 0, 0], [1, 0, 0, 0], [2, 1, 1, 1], [2, 2, 0, 1], [1, 2, 1, 1], [2, 3, 0, 0]]
    expected = [5 / 6, 3 / 5, 1 / 5, 2 / 5, 1 / 5, 2 / 5, 3 / 5]
    np.testing.assert_allclose(outcomes(np.array(actions)), expected)
    silent = outcomes(np.zeros((3, 4), np.int64))
    assert silent[0] == 0
    assert np.isnan(silent[1:]).all()
    assert np.isnan(outcomes(np.zeros((0, 4), np.int64))).all()


# ------------------------------------------------------------------ what the agent shows


def test_it_shows_what_it_believes(made, engine_of) -> None:
    agent = made()
    assert isinstance(agent, Legible)
    assert not isinstance(LanguageAgent(memory=agent.memory), Legible)
    engine = engine_of(agent)
    agent.begin(engine.keys)
    seen = Observer(engine)(engine, engine.point)
    agent.act(seen)
    mean, sd = agent.belief()
    np.testing.assert_array_equal(mean, agent.prior.mean(seen["profile"]))
    variance = np.tile(np.diag(agent.prior.covariance), (len(mean), 1))
    np.testing.assert_allclose(sd**2, variance, rtol=1e-6)
    mean += 1
    assert not np.array_equal(agent.belief().mean, mean)


def test_a_life_goes_from_the_prior_to_what_is_surer(made, monkeypatch) -> None:
    monkeypatch.setattr(steering_agent, "MOMENTS", 20)
    agent = made(forgetting=1.0)
    options = SUITE.options(agent.options)
    found = inside(agent, SUITE, options)
    sd = np.array(found.posterior.sd)
    assert sd.shape == (SUITE.sessions + 1, SIZE)
    np.testing.assert_allclose(sd[0], np.sqrt(np.diag(agent.prior.covariance)), atol=1e-4)
    assert (np.diff(sd, axis=0) <= 0).all()
    assert (sd[-1] < sd[0]).mean() > 0.5
    mean = np.array(found.posterior.mean)
    np.testing.assert_allclose(mean[0], agent.state()["stranger"][0], atol=1e-4)
    np.testing.assert_allclose(mean[-1], agent.state()["mean"][0], atol=1e-4)
    assert np.abs(mean[-1] - mean[0]).max() > 0.01
    assert found == inside(made(forgetting=1.0), SUITE, options)
