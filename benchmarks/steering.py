"""What makes steering work: one choice changed at a time, on validation people.

Run `python benchmarks/steering.py --markdown docs/steering.md`. Everything plays three lives of
each validation person, as in the quick suite. The variants marked "chosen" are what the package
ships; nothing here has met a test person. Afterwards the shipped agent meets people whom it was not
made for.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from proactive_agents.feedback import Measurement
from proactive_agents.insight import true_rewards
from proactive_agents.language import Model
from proactive_agents.lm import embedded
from proactive_agents.lm.agent import LanguageAgent
from proactive_agents.protocol import Agent
from proactive_agents.steering.agent import SteeringAgent
from proactive_agents.steering.basis import Basis, Prior
from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_agents.steering.insider import OracleCoefficients
from proactive_agents.steering.train import Arguments, train
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.statistics import clustered_mean
from proactive_gym.personas.sampling import PersonSampler
from proactive_gym.users import Parameters
from proactive_gym.users.features import PLACE_VALUES
from proactive_gym.vocabulary import REACTIONS

LIVES, LATE = 3, 3
ASIDE = Path("runs/out/steering")


class Told:
    """A steering agent that is told something else than what people did.

    Args:
        agent: The agent.
        hears: What it is told of reactions.
        changes: Called with the engine at the start of each session.
    """

    adapts = True

    def __init__(
        self,
        agent: SteeringAgent,
        hears: Callable[[np.ndarray], np.ndarray] = lambda reactions: reactions,
        changes: Callable[[Any], None] = lambda engine: None,
    ) -> None:
        self.agent, self.hears, self.changes = agent, hears, changes
        self.options = agent.options

    def __getattr__(self, name: str) -> Any:
        """Whatever else the agent has."""
        return getattr(self.agent, name)

    def attend(self, engine: Any) -> None:
        """A session has begun."""
        self.changes(engine)

    def observe(self, reactions: np.ndarray) -> None:
        """Tell the agent what it is to hear."""
        self.agent.observe(self.hears(reactions))


class ToldRewards(SteeringAgent):
    """A steering agent that hears what each person felt, without noise, in the place of reactions.

    It is a bound: what the same filter would learn if reactions said everything.
    """

    def attend(self, engine: Any) -> None:
        """A session has begun."""
        self.engine = engine

    def choose(self, seen: Any, situations: Sequence[str]) -> np.ndarray:
        """Remember what the choice is worth to the person."""
        done = super().choose(seen, situations)
        rewards = true_rewards(self.engine, self.engine.point)
        self.felt = rewards[np.arange(len(done)), done @ PLACE_VALUES]
        return done

    def observe(self, reactions: np.ndarray) -> None:
        """Learn from it."""
        expected, precision = np.tanh(self.worth), np.full(len(reactions), 1e3)
        told = Measurement((self.felt - expected) * precision, precision, np.ones(len(reactions)))
        slope = (1 - expected**2)[:, None] * self.slope
        self.beliefs.learn(slope, told, self.basis.residual, np.ones(len(reactions), bool))


def nothing_but_ignoring(reactions: np.ndarray) -> np.ndarray:
    """What people who never react show: words are ignored, silence stays silent."""
    words = reactions > REACTIONS.index("wish")
    return np.where(words, REACTIONS.index("ignore"), REACTIONS.index("none"))


def somebody_else(engine: Any) -> None:
    """At the sixth session everyone has become another person of the pool."""
    if engine.session[0] != 5:
        return
    user, everyone = engine.user, engine.everyone
    moved = (engine.person + len(engine.people) // 2) % len(engine.people)
    trust = user.trust.copy()
    user.begin_episode(everyone, moved, engine.keys)
    user.trust[:] = trust
    user.begin_session(everyone, engine.session, engine.moments)


def without_structure(basis: Basis) -> Basis:
    """As much variance of each dimension, but nothing that ties them together."""
    return _with_covariance(basis, lambda c: np.diag(np.diag(c)))


def without_prior(basis: Basis) -> Basis:
    """Nothing is known of how people differ: independent, the same variance, centred at zero."""
    flat = {
        view: Prior(0 * p.weights, np.eye(len(p.covariance), dtype=np.float32))
        for view, p in basis.priors.items()
    }
    return replace(basis, priors=flat)


def one_global_direction(basis: Basis) -> Basis:
    """All dimensions move together, along the direction in which people differ most."""

    def rank_one(covariance: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eigh(covariance)
        return values[-1] * np.outer(vectors[:, -1], vectors[:, -1]) + 1e-6 * np.eye(len(values))

    return _with_covariance(basis, rank_one)


def without_gates(basis: Basis) -> Basis:
    """Only dimensions that act in all moments."""
    gated = [d.kind in ("timing by activity", "domains") or " " in d.name for d in DIMENSIONS]
    kept = np.outer(~np.array(gated), ~np.array(gated))
    return _with_covariance(basis, lambda c: c * kept + 1e-6 * np.eye(len(c)))


def _with_covariance(basis: Basis, change: Callable[[np.ndarray], np.ndarray]) -> Basis:
    priors = {
        view: Prior(p.weights, change(p.covariance).astype(np.float32))
        for view, p in basis.priors.items()
    }
    return replace(basis, priors=priors)


def at_every_part(agent: SteeringAgent) -> SteeringAgent:
    """Each direction acts at all parts of the reply, not only at its own."""
    agent.rater.own = [torch.arange(len(DIMENSIONS)) for _ in agent.rater.own]
    return agent


def trained(**given: Any) -> Basis:
    """A basis that is not shipped, trained once for the model that is."""
    name = "-".join(f"{k}={v}" for k, v in sorted(given.items()))
    name += f"-{str(Model(embedded.POPULATION).digest)[:12]}"
    path = ASIDE / f"{name}.safetensors"
    if not path.exists():
        train(Arguments(**given)).save(path)
    return Basis.load(path)


def row(name: str, agent: Agent, **options: Any) -> str:
    """One line of a table."""
    given = {"people": "validation", "deviations": "frozen", **agent.options, **options}
    started = perf_counter()
    reward = play_lives(agent, Options(**given), LIVES, seed=0).reward
    mean, low, high = clustered_mean(reward.mean(axis=1))
    sessions = reward.mean(axis=0)
    print(f"{name}: {perf_counter() - started:.0f} s")
    return (
        f"| {name} | {mean:+.3f} ({low:+.3f} to {high:+.3f}) | {sessions[0]:+.3f} | "
        f"{sessions[3]:+.3f} | {sessions[-LATE:].mean():+.3f} |"
    )


HEAD = [
    "| variant | reward (95 % interval) | first session | fourth | last three |",
    "|---|---:|---:|---:|---:|",
]


def choices(basis: Basis) -> Mapping[str, Agent]:
    """Agents that differ from the shipped one in one choice."""
    steering = SteeringAgent
    made: dict[str, Agent] = {
        "language model, untuned": LanguageAgent("untuned"),
        "language model, population": LanguageAgent("population"),
        "steering (chosen)": steering(),
        "knows nothing of a stranger": steering("none"),
        "knows the survey": steering("survey"),
        "true preferences, same directions": OracleCoefficients(),
        "told rewards instead of reactions": ToldRewards(),
        "no prior": steering(basis=without_prior(basis)),
        "no covariance between dimensions": steering(basis=without_structure(basis)),
        "one global direction": steering(basis=one_global_direction(basis)),
        "no gates": steering(basis=without_gates(basis)),
        "at every part of the reply": at_every_part(steering()),
    }
    made |= {f"optimism {a:g}": steering(optimism=a) for a in (0.0, 0.5, 1.5)}
    made |= {f"forgetting {f:g}": steering(forgetting=f) for f in (1.0, 0.995, 0.99, 0.97)}
    return made


def others(basis: Basis) -> Mapping[str, tuple[Agent, dict[str, Any]]]:
    """The shipped agent among people whom it was not made for."""
    noisy = Parameters.load()
    noisy = replace(noisy, noise_sd=2 * noisy.noise_sd)
    sampled = PersonSampler.fit().sample(80, seed=1)
    steering = SteeringAgent
    return {
        "people who answer with twice the noise": (steering(), {"parameters": noisy}),
        "people who never react": (Told(steering(), hears=nothing_but_ignoring), {}),
        "the same, all silence read as dislike": (
            Told(steering(never=0.0), hears=nothing_but_ignoring),
            {},
        ),
        "people who react, all silence read as dislike": (steering(never=0.0), {}),
        "another person from session 6": (Told(steering(), changes=somebody_else), {}),
        "the same, forgetting nothing": (
            Told(steering(forgetting=1.0), changes=somebody_else),
            {},
        ),
        "the same, forgetting 0.97": (
            Told(steering(forgetting=0.97), changes=somebody_else),
            {},
        ),
        "people outside the 1,000": (steering(), {"people": sampled}),
    }


def main() -> None:
    """Print the tables; write them as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    basis = Basis.load()
    lines = ["## Choices", "", *HEAD]
    lines += [row(name, agent) for name, agent in choices(basis).items()]
    lines += _bases()
    lines += ["", "## Other people", "", *HEAD]
    for name, (agent, options) in others(basis).items():
        lines.append(row(name, agent, **options))
    print("\n".join(lines))
    if given.markdown:
        head = "# What makes steering work\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _bases() -> Sequence[str]:
    kinds = {
        "learnt directions, no soft gates": {"soft": False},
        "contrastive directions": {"kind": "contrastive", "soft": False},
        "contrastive directions, soft gates": {"kind": "contrastive"},
    }
    return [row(name, SteeringAgent(basis=trained(**how))) for name, how in kinds.items()]


if __name__ == "__main__":
    main()
