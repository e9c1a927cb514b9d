"""A tiny model with random weights, random bases for it, and a few moments, on one thread."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from proactive_agents.lm import embedded
from proactive_agents.lm.lives import live
from proactive_agents.lm.memory import StateMemory
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.tokenizer import train_tokenizer
from proactive_agents.protocol import Agent
from proactive_agents.steering.agent import SteeringAgent
from proactive_agents.steering.basis import VIEWS, Basis, Prior
from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_agents.steering.learn import Material
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import PROFILE_SIZES, Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import last_reaction
from proactive_gym.evaluation.suites import SUITES, begin
from proactive_gym.streams import derive
from proactive_gym.world import load_scenarios

WIDTH = 64
"""Not the number of dimensions, so that a transposed matrix is noticed."""


@pytest.fixture(scope="session")
def tokenizer():
    scenarios = load_scenarios()[:40]
    texts = [s.situation for s in scenarios]
    texts += [m for s in scenarios for act in s.messages for length in act for m in length]
    return train_tokenizer(texts, 1400)


@pytest.fixture(scope="session")
def tiny(tokenizer, randomised) -> LanguageModel:
    torch.manual_seed(0)
    return LanguageModel(randomised(embedded.fresh(tokenizer, WIDTH, 2)), tokenizer)


@pytest.fixture(scope="session")
def memory(tiny) -> StateMemory:
    return StateMemory(tiny)


@pytest.fixture(scope="session")
def random_basis():
    """`random_basis(seed, width, soft)`: directions, gates and priors drawn at random."""

    def drawn(seed: int = 0, width: int = WIDTH, soft: float = 0.02) -> Basis:
        rng, size = np.random.default_rng(seed), len(DIMENSIONS)

        def normal(*shape: int, sd: float = 1.0):
            return rng.normal(0, sd, shape).astype(np.float32)

        priors = {}
        for view in VIEWS:
            root = normal(size, size, sd=0.3 / np.sqrt(size)) + 0.7 * np.eye(size)
            covariance = (root @ root.T).astype(np.float32)
            features = PROFILE_SIZES.get(view, 0)
            priors[view] = Prior(normal(1 + features, size, sd=0.2), np.tril(covariance))
            lower = np.tril(covariance, -1)
            priors[view] = replace(priors[view], covariance=np.tril(covariance) + lower.T)
        directions = normal(size, width, sd=0.5)
        return Basis(directions, normal(size, width, sd=soft), priors, 0.05, {"kind": "drawn"})

    return drawn


@pytest.fixture(scope="session")
def basis(random_basis) -> Basis:
    return random_basis()


@pytest.fixture(scope="session")
def lives():
    """A day of each of the validation people."""
    return live(3, 1, 1, split="validation")


@pytest.fixture(scope="session")
def taken():
    """`taken(lives, rows)`: some moments of lives."""

    def take(whole, rows):
        names = ("person", "life", "situation", "rewards", "last")
        own = {name: getattr(whole, name)[rows] for name in names}
        return replace(whole, moments=whole.moments.take(rows), **own)

    return take


@pytest.fixture(scope="session")
def some_lives(lives, taken):
    """The day of the first 36 of them."""
    return taken(lives, np.flatnonzero(lives.life < 36))


@pytest.fixture(scope="session")
def material(tiny, some_lives) -> Material:
    return Material.of(tiny, some_lives, training_situations())


@pytest.fixture
def made(basis, memory):
    """`made(**options)`: an assistant of the tiny model and a random basis."""

    def make(**options) -> SteeringAgent:
        return SteeringAgent(**{"basis": basis, "memory": memory, **options})

    return make


@pytest.fixture(scope="session")
def engine_of():
    """`engine_of(agent, people, points)`: two short days of a few people, thrice."""

    def seated(agent: Agent, people=(3, 7, 11), points: int = 4) -> Engine:
        days = {"sessions": 2, "points": points, "deviations": "frozen"}
        options = Options(people="validation", **days, **agent.options)
        return begin(SUITES["quick-v0"], options, np.array(people))

    return seated


@pytest.fixture(scope="session")
def told(engine_of):
    """`told(agent, steps)`: an engine after the agent's first steps, and its observer."""

    def taught(agent: Agent, steps: int = 3) -> tuple[Engine, Observer]:
        engine = engine_of(agent)
        observer = Observer(engine)
        agent.begin(derive(engine.keys, 9))
        for _ in range(steps):
            engine.step(agent.act(observer(engine, engine.point)))
            agent.observe(last_reaction(observer(engine, engine.point)))
        return engine, observer

    return taught
