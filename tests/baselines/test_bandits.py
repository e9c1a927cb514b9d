from dataclasses import replace

import numpy as np
import pytest

from proactive_agents.experience import of_people
from proactive_agents.feedback import Measurement
from proactive_baselines.bandits import (
    FEATURES,
    Bandit,
    LinUCB,
    Prior,
    Thompson,
    features,
    fit_prior,
)
from proactive_baselines.network import Network
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS

COUNT = 12


def flat_network(boxes: tuple[str, ...] = ("progress",)) -> Network:
    """Expects nothing of any action."""
    layer = (np.zeros((4, len(ACTIONS)), np.float32), np.zeros(len(ACTIONS), np.float32))
    return Network(boxes, (layer,), "relu")


def prior(scale: float = 0.2, residual: float = 0.02) -> Prior:
    covariance = np.eye(FEATURES, dtype=np.float32) * np.float32(scale**2)
    return Prior(flat_network(), covariance, residual)


@pytest.fixture
def observations():
    engine = Engine(Options(people="validation"), COUNT)
    engine.reset(engine.everyone, derive(4, engine.everyone))
    return Observer(engine)(engine, engine.point)


class Exact:
    """A feedback map that measures the true reward with known noise."""

    def __init__(self, truth: np.ndarray, noise: float) -> None:
        self.truth, self.noise = truth, noise

    def measure(self, seen, actions, reactions, expected) -> Measurement:
        precision = np.full(len(expected), 1 / self.noise**2)
        return Measurement((self.truth - expected) * precision, precision, np.ones(len(expected)))


def test_every_action_has_its_own_features() -> None:
    engine = Engine(Options(people="validation"), 3)
    engine.reset(engine.everyone, derive(4, engine.everyone))
    phi = features(Seen.of(Observer(engine)(engine, engine.point)))
    assert phi.shape == (3, 48, FEATURES)
    silent = ACTIONS[:, 0] == 0
    # Silence is one action; words are 32 different ones.
    assert len(np.unique(phi[0, silent], axis=0)) == 1
    assert len(np.unique(phi[0, ~silent], axis=0)) == 32


def test_one_step_is_bayesian_linear_regression(observations) -> None:
    """With a linear-Gaussian measurement the filter is exact."""
    agent = LinUCB(prior(), alpha=0.0)
    agent.begin(np.arange(COUNT, dtype=np.uint64))
    truth, noise = np.linspace(-1, 1, COUNT), 0.3
    agent.feedback = Exact(truth, noise)
    agent.act(observations)
    phi = agent.phi[np.arange(COUNT), agent.chosen].astype(np.float64)
    agent.observe(np.zeros(COUNT, np.int64))
    variance = noise**2 + agent.prior.residual
    for i in range(COUNT):
        precision = np.linalg.inv(prior().covariance) + np.outer(phi[i], phi[i]) / variance
        covariance = np.linalg.inv(precision)
        np.testing.assert_allclose(agent.covariance[i], covariance, atol=1e-6)
        mean = covariance @ phi[i] * truth[i] / variance
        np.testing.assert_allclose(agent.mean[i], mean, atol=1e-6)


def test_it_learns_a_persons_rewards_from_exact_measurements(observations) -> None:
    rng = np.random.default_rng(0)
    theta = rng.normal(0, 0.2, (COUNT, FEATURES))
    agent = Thompson(prior(residual=1e-4))
    agent.begin(np.arange(COUNT, dtype=np.uint64))
    for _ in range(300):
        agent.act(observations)
        phi = agent.phi[np.arange(COUNT), agent.chosen]
        agent.feedback = Exact((phi * theta).sum(axis=1), 0.05)
        agent.observe(np.zeros(COUNT, np.int64))
    rewards = np.einsum("naf,nf->na", agent.phi, theta)
    best = rewards.max(axis=1)
    got = rewards[np.arange(COUNT), agent.expected().argmax(axis=1)]
    assert (best - got).mean() < 0.05
    assert (best - rewards[:, 0]).mean() > 0.1


def test_optimism_prefers_what_is_uncertain(observations) -> None:
    agent = LinUCB(prior(), alpha=1.0)
    agent.begin(np.arange(COUNT, dtype=np.uint64))
    agent.act(observations)
    spread = agent.index() - agent.expected()
    norm = np.linalg.norm(agent.phi, axis=2)
    np.testing.assert_allclose(spread, 0.2 * norm, atol=1e-5)


def test_thompson_draws_from_the_posterior(observations) -> None:
    agent = Thompson(prior())
    drawn = []
    for life in range(400):
        agent.begin(np.full(COUNT, life, np.uint64))
        agent.act(observations)
        drawn.append(agent.index()[0])
    spread = np.std(drawn, axis=0)
    np.testing.assert_allclose(spread, 0.2 * np.linalg.norm(agent.phi[0], axis=1), rtol=0.15)


def test_the_prior_recovers_how_people_differ() -> None:
    lived = of_people(0, 1, 3)
    people = lived.person.max() + 1
    rng = np.random.default_rng(1)
    sd = np.linspace(0.05, 0.3, FEATURES)
    theta = rng.normal(0, sd, (people, FEATURES))
    phi = features(lived.seen)
    rewards = np.einsum("naf,nf->na", phi, theta[lived.person]).astype(np.float32)
    found = fit_prior(flat_network(), replace(lived, rewards=rewards))
    assert found.residual < 1e-3
    habits = slice(0, 7)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance))[habits], sd[habits], rtol=0.25)


def test_weights_come_back_from_a_checkpoint(tmp_path) -> None:
    path = tmp_path / "bandit.safetensors"
    Bandit(prior(0.3, 0.05)).save(path, {})
    back = LinUCB.from_checkpoint(path).prior
    np.testing.assert_array_equal(back.covariance, prior(0.3).covariance)
    assert back.residual == 0.05
    with pytest.raises(CheckpointError, match="bandit's state"):
        Thompson.from_checkpoint(path).load({"mean": np.zeros((1, 3))})
