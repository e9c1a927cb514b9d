"""Every agent by name, from one table of strings; anyone's own as `module:Class`.

Looking a name up imports nothing; making the agent imports its module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from operator import attrgetter
from pathlib import Path
from typing import Any

from proactive_agents.protocol import Agent
from proactive_gym.errors import CheckpointError, UnknownAgentError

_BASELINES = "proactive_baselines"
_OWN = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")


@dataclass(frozen=True)
class Spec:
    """One agent.

    Attributes:
        name: Under which it is known.
        entry_point: `module:attribute`, a class or function that makes it.
        about: What it does, in a few words.
        arguments: For the entry point.
        trainer: Module with `Arguments` and `train`, if it has weights; they are then read by the
            entry point's `from_checkpoint`.
        training: Arguments of training that make this agent.
    """

    name: str
    entry_point: str
    about: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trainer: str | None = None
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name as part of a file's name."""
        return self.name.replace(":", "-")


AGENTS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec("silent", f"{_BASELINES}.fixed:Fixed", "never speaks"),
        Spec("random", f"{_BASELINES}.random:Random", "any of the 48 actions"),
        Spec(
            "always-now",
            f"{_BASELINES}.fixed:Fixed",
            "notifies at once, always",
            {"action": ("now", "notify", "brief", "casual")},
        ),
        Spec(
            "direct-response",
            f"{_BASELINES}.fixed:Fixed",
            "answers everything at once with a suggestion",
            {"action": ("now", "suggest", "brief", "casual")},
        ),
        Spec(
            "worthwhile",
            f"{_BASELINES}.interruptibility:Worthwhile",
            "notifies at once of what helps, by hand",
        ),
        Spec(
            "interruptibility",
            f"{_BASELINES}.interruptibility:Interruptibility",
            "urgency against activity, by hand",
        ),
        Spec(
            "best-fixed",
            f"{_BASELINES}.fixed:BestFixed",
            "the best of the 48 actions, always",
            trainer=f"{_BASELINES}.fixed",
        ),
        Spec(
            "population",
            f"{_BASELINES}.population:PopulationPolicy",
            "best action by moment and profile",
            trainer=f"{_BASELINES}.population",
        ),
        Spec(
            "linucb",
            f"{_BASELINES}.bandits:LinUCB",
            "population policy, learns the person: LinUCB",
            trainer=f"{_BASELINES}.bandits",
        ),
        Spec(
            "thompson",
            f"{_BASELINES}.bandits:Thompson",
            "population policy, learns the person: Thompson sampling",
            trainer=f"{_BASELINES}.bandits",
        ),
        Spec(
            "ppo",
            f"{_BASELINES}.ppo:PPOAgent",
            "PPO on whole lives, sees the last reaction",
            trainer=f"{_BASELINES}.ppo",
        ),
        Spec(
            "ppo-counts",
            f"{_BASELINES}.ppo:PPOAgent",
            "PPO on whole lives, sees all reactions counted",
            trainer=f"{_BASELINES}.ppo",
            training={"history": "counts"},
        ),
        Spec(
            "oracle-observed",
            f"{_BASELINES}.oracle:Oracle",
            "true preferences, noisy estimates",
            {"observed": True},
        ),
        Spec(
            "oracle-full",
            f"{_BASELINES}.oracle:Oracle",
            "knows everything",
            {"observed": False},
        ),
    )
}
"""The agents of the leaderboard, by name."""


def spec_of(name: str) -> Spec:
    """The entry of a name, or one made for `module:Class`.

    Raises:
        UnknownAgentError: Neither.
    """
    if name in AGENTS:
        return AGENTS[name]
    if not _OWN.fullmatch(name):
        raise UnknownAgentError(
            f"no agent {name!r}: there are {', '.join(AGENTS)}, or your own as module:Class"
        )
    module, _, attribute = name.partition(":")
    return Spec(name, name, f"{attribute} of {module}")


def make(name: str, checkpoint: Path | None = None) -> Agent:
    """An agent, ready to `begin`.

    Args:
        name: In `AGENTS`, or `module:Class` (on Python's path).
        checkpoint: Its weights, if it has any.

    Raises:
        UnknownAgentError: No such name, module or attribute, or what it makes is no agent.
        CheckpointError: It needs weights and none are given, or they are not its own.
        MissingExtraError: A library that it needs is not installed.
    """
    spec = spec_of(name)
    factory = _attribute(spec)
    if checkpoint is not None:
        if not hasattr(factory, "from_checkpoint"):
            raise CheckpointError(f"{name} has no weights to read: leave the checkpoint out")
        agent = factory.from_checkpoint(checkpoint)
    elif spec.trainer:
        raise CheckpointError(
            f"{name} needs its weights: train it with `proactive-gym train {name}`"
        )
    else:
        agent = _made(spec, factory)
    if not isinstance(agent, Agent):
        raise UnknownAgentError(
            f"{spec.entry_point} makes {type(agent).__name__}, which is no agent: it needs "
            "options, begin, act, observe, state and load"
        )
    return agent


def _attribute(spec: Spec) -> Any:
    module, _, attribute = spec.entry_point.partition(":")
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # a library that the agent needs
        raise UnknownAgentError(
            f"{spec.name}: there is no module {module} to import; its folder must be on PYTHONPATH"
        ) from error
    try:
        made = attrgetter(attribute)(found)
    except AttributeError:
        made = None
    if not callable(made):
        raise UnknownAgentError(
            f"no agent {spec.name!r}: {module} has no {attribute} that makes one"
        )
    return made


def _made(spec: Spec, factory: Any) -> Any:
    try:
        signature(factory).bind(**spec.arguments)
    except ValueError:
        pass  # a builtin, which shows no signature
    except TypeError as error:
        raise UnknownAgentError(
            f"{spec.name} cannot be made without arguments: {error}; give them defaults, or "
            "weights by a class method from_checkpoint(path)"
        ) from error
    return factory(**spec.arguments)
