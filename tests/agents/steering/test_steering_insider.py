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


def day_of(oracle: OracleCoefficients, engine: Engine, mean: np.ndarray) -> np.ndarray:
    """Squared errors of the day's expected rewards for given coefficients, (N,)."""
    observer, errors = Observer(engine), []
    rater = Rater.of(oracle.memory.model, oracle.basis)
    wanted = [0, *(int(np.flatnonzero((a == ACTIONS).all(axis=1))[0]) for a in SPOKEN)]
    for point in range(engine.options.points):
        at = np.full(engine.slots, point)
        boxes = observer(engine, at)
        moments = moments_of(Seen.of(boxes))
        states = oracle.memory(prompts_of(oracle.memory.model, moments, situations_of(boxes)))
        worth = rater(states, torch.from_numpy(gates(moments)), torch.from_numpy(mean)).worth
        left = true_rewards(engine, at)[:, wanted] - np.tanh(worth.numpy())
        errors.append((left**2).mean(axis=1))
    return np.sum(errors, axis=0)


def cost(oracle: OracleCoefficients, engine: Engine, mean: np.ndarray) -> np.ndarray:
    """What the first day's coefficients are to make small: misfit, and distance to the prior."""
    away = (mean - oracle.prior.mean(np.zeros((len(mean), 0)))).astype(np.float64)
    precision = np.linalg.inv(oracle.prior.covariance.astype(np.float64))
    unlikely = np.einsum("nk,kl,nl->n", away, precision, away)
    return day_of(oracle, engine, mean) / oracle.basis.residual + unlikely


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
        ours, theirs = day_of(oracle, engine, fitted), day_of(oracle, engine, other)
        assert (ours < theirs).all()
        assert ours.mean() < 0.85 * theirs.mean()


def test_coefficients_are_the_likeliest_of_the_first_day(oracle, met) -> None:
    engine = met
    stranger = oracle.state()["mean"]
    oracle.attend(engine)
    fitted = oracle.state()["mean"]
    least = cost(oracle, engine, fitted)
    assert (least < cost(oracle, engine, stranger)).all()
    rng = np.random.default_rng(0)
    for _ in range(8):
        moved = fitted + rng.normal(0, 0.3, fitted.shape).astype(np.float32)
        assert (cost(oracle, engine, moved) > least).all()


def test_it_learns_from_the_day_and_not_from_reactions(oracle, met) -> None:
    engine = met
    oracle.attend(engine)
    oracle.act(Observer(engine)(engine, engine.point))
    before = oracle.state()
    for reaction in range(10):
        oracle.observe(np.full(engine.slots, reaction))
    for name, array in oracle.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_second_look_at_the_same_day_fits_it_better_still(oracle, met) -> None:
    """What the days before said is remembered: it counts beside what is seen anew."""
    engine = met
    oracle.attend(engine)
    first = oracle.state()["mean"]
    oracle.attend(engine)
    second = oracle.state()["mean"]
    assert (day_of(oracle, engine, second) < day_of(oracle, engine, first)).all()
    oracle.begin(engine.keys)
    oracle.attend(engine)
    np.testing.assert_array_equal(oracle.state()["mean"], first)


def test_whole_lives_are_played_the_same_way_and_each_for_itself(oracle, engine_of) -> None:
    def played(*people: int) -> np.ndarray:
        engine = engine_of(oracle, people)
        return np.array([step.action for step in play(oracle, engine, note=lambda engine: None)])

    together = played(3, 7)
    np.testing.assert_array_equal(together, played(3, 7))
    np.testing.assert_array_equal(together[:, 1::2], played(7))
