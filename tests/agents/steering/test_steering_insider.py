"""Steering by true preferences, with a tiny model and random directions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from proactive_agents.insight import true_rewards
from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.worth import SPOKEN
from proactive_agents.protocol import Insider
from proactive_agents.steering import agent as steering_agent
from proactive_agents.steering.dimensions import gates
from proactive_agents.steering.insider import OracleCoefficients
from proactive_agents.steering.rating import Rater
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.reading import Seen
from proactive_gym.evaluation.playing import play
from proactive_gym.users.features import ACTIONS


@pytest.fixture
def oracle(monkeypatch, basis, memory) -> OracleCoefficients:
    """It asks for the packaged files, and is given these.

    Rewards count for more than with the other assistants, so that a day's moments move much.
    """
    monkeypatch.setattr(steering_agent.Basis, "load", lambda path: replace(basis, residual=0.01))
    monkeypatch.setattr(steering_agent, "embedded_memory", lambda *name: memory)
    return OracleCoefficients()


@pytest.fixture
def met(oracle, engine_of) -> Engine:
    """The first day of a few people, of which the oracle knows nothing yet."""
    engine = engine_of(oracle, (3, 7), 6)
    oracle.begin(engine.keys)
    return engine


def day_of(oracle, engine: Engine, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors of the day's expected rewards for given coefficients, (N,), and curvature."""
    observer, errors, curvature = Observer(engine), [], []
    rater = Rater.of(oracle.memory.model, oracle.basis)
    wanted = [0, *(int(np.flatnonzero((a == ACTIONS).all(axis=1))[0]) for a in SPOKEN)]
    for point in range(engine.options.points):
        at = np.full(engine.slots, point)
        boxes = observer(engine, at)
        moments = moments_of(Seen.of(boxes))
        states = oracle.memory(prompts_of(oracle.memory.model, moments, situations_of(boxes)))
        gate = torch.from_numpy(gates(moments))
        worth, slope = (t.numpy() for t in rater(states, gate, torch.from_numpy(mean)))
        expected = np.tanh(worth)
        errors.append(((true_rewards(engine, at)[:, wanted] - expected) ** 2).mean(axis=1))
        steep = (1 - expected**2)[..., None] * slope
        curvature.append(np.einsum("nbk,nbl->nkl", steep, steep) / len(wanted))
    return np.sum(errors, axis=0), np.sum(curvature, axis=0)


def cost(oracle, engine: Engine, mean, before, precision) -> np.ndarray:
    """What the day's coefficients are to make small: misfit, and distance to those before."""
    away = (mean - before).astype(np.float64)
    unlikely = np.einsum("nk,nkl,nl->n", away, precision, away)
    return day_of(oracle, engine, mean)[0] / oracle.basis.residual + unlikely


def is_least(oracle, engine: Engine, before, precision) -> None:
    """Whether the oracle's coefficients cost less than those around them, and than `before`."""
    found = oracle.state()["mean"]
    least = cost(oracle, engine, found, before, precision)
    rng = np.random.default_rng(0)
    others = [found + rng.normal(0, 0.3, found.shape) for _ in range(4)]
    others += [before + share * (found - before) for share in (0.0, 0.9, 1.1)]
    for other in others:
        assert (cost(oracle, engine, np.float32(other), before, precision) > least).all()


def prior_of(oracle) -> np.ndarray:
    """Inverse covariances of strangers, (N, K, K)."""
    precision = np.linalg.inv(oracle.prior.covariance.astype(np.float64))
    return np.tile(precision, (oracle.people, 1, 1))


def test_it_is_an_insider_that_acts_for_everybody(oracle, met) -> None:
    assert isinstance(oracle, Insider)
    engine = met
    oracle.attend(engine)
    check_action(oracle.act(Observer(engine)(engine, engine.point)), engine.slots)


def test_coefficients_fit_the_day_better_than_those_of_a_stranger(oracle, met) -> None:
    engine = met
    stranger = oracle.state()["mean"]
    oracle.attend(engine)
    fitted = oracle.state()["mean"]
    for other in (stranger, np.zeros_like(stranger)):
        ours, theirs = day_of(oracle, engine, fitted)[0], day_of(oracle, engine, other)[0]
        assert (ours < theirs).all()
        assert ours.mean() < 0.85 * theirs.mean()


def test_coefficients_are_the_likeliest_of_the_first_day(oracle, met) -> None:
    stranger = oracle.state()["mean"]
    oracle.attend(met)
    is_least(oracle, met, stranger, prior_of(oracle))


def test_what_the_days_before_said_still_counts_but_less(oracle, met) -> None:
    oracle.attend(met)
    first = oracle.state()["mean"]
    sure = 0.8 * (prior_of(oracle) + day_of(oracle, met, first)[1] / oracle.basis.residual)
    oracle.attend(met)
    is_least(oracle, met, first, sure)
    oracle.begin(met.keys)
    oracle.attend(met)
    np.testing.assert_array_equal(oracle.state()["mean"], first)


def test_it_learns_from_the_day_and_not_from_reactions(oracle, met) -> None:
    engine = met
    oracle.attend(engine)
    oracle.act(Observer(engine)(engine, engine.point))
    before = oracle.state()
    for reaction in range(10):
        oracle.observe(np.full(engine.slots, reaction))
    for name, array in oracle.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_whole_lives_are_played_the_same_way_and_each_for_itself(oracle, engine_of) -> None:
    def played(*people: int) -> np.ndarray:
        engine = engine_of(oracle, people)
        return np.array([step.action for step in play(oracle, engine, note=lambda engine: None)])

    together = played(3, 7)
    np.testing.assert_array_equal(together, played(3, 7))
    np.testing.assert_array_equal(together[:, 1::2], played(7))
