"""Every agent by name, from one table of strings; anyone's own as `module:Class`.

Looking a name up imports nothing; making the agent imports its module. A second table holds what
agents share and the package trains.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from operator import attrgetter
from pathlib import Path
from typing import Any

from proactive_agents.language import EMBEDDED, Model
from proactive_agents.protocol import Agent
from proactive_gym.errors import (
    CheckpointError,
    InvalidOptionError,
    MissingExtraError,
    UnknownAgentError,
)

_BASELINES = "proactive_baselines"
_LM = "proactive_agents.lm.agent"
_STEERING = "proactive_agents.steering"
_EXTRAS = {"proactive_agents.": "agents", f"{_BASELINES}.rlhf.": "rlhf"}
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
        costly: Whether it is too slow for a benchmark of some minutes, which then leaves it out.
    """

    name: str
    entry_point: str
    about: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trainer: str | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    costly: bool = False

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
            "ppo-recurrent",
            f"{_BASELINES}.recurrent:RecurrentPPOAgent",
            "PPO with a memory (LSTM), sees the last reaction",
            trainer=f"{_BASELINES}.recurrent",
            costly=True,
        ),
        Spec(
            "lm-untuned",
            f"{_LM}:LanguageAgent",
            "language model that knows no wishes",
            {"model": "untuned"},
        ),
        Spec(
            "lm-direct",
            f"{_LM}:LanguageAgent",
            "language model that answers everything at once",
            {"model": "untuned", "direct": True},
        ),
        Spec(
            "lm-population",
            f"{_LM}:LanguageAgent",
            "language model that knows what people like",
            {"model": "population"},
        ),
        Spec(
            "lm-finetuned",
            "proactive_agents.lm.finetune:FineTunedAgent",
            "language model, adapters fine-tuned to the person",
            costly=True,
        ),
        *(
            Spec(
                f"rlhf-{name}",
                f"{_BASELINES}.rlhf.agent:TunedAgent",
                f"language model after {words}",
                trainer=f"{_BASELINES}.rlhf.{module}",
                training=training,
                costly=True,
            )
            for name, module, words, training in (
                ("sft", "sft", "SFT on what was liked", {}),
                ("dpo", "dpo", "DPO on comparisons", {}),
                ("kto", "kto", "KTO on what was liked or not", {}),
                ("rloo", "rloo", "RLOO against a reward model", {}),
                ("grpo", "grpo", "GRPO against a reward model", {}),
                ("people", "grpo", "GRPO against the people themselves", {"judge": "people"}),
            )
        ),
        Spec(
            "steering",
            f"{_STEERING}.agent:SteeringAgent",
            "language model, steered to the person on the device",
        ),
        Spec("steering-none", f"{_STEERING}.agent:SteeringAgent", "steering", {"view": "none"}),
        Spec("steering-survey", f"{_STEERING}.agent:SteeringAgent", "steering", {"view": "survey"}),
        Spec(
            "steering-oracle",
            f"{_STEERING}.insider:OracleCoefficients",
            "steering by true preferences",
            costly=True,
        ),
        Spec(
            "oracle-observed",
            f"{_BASELINES}.oracle:Oracle",
            "true preferences, noisy estimates",
            {"observed": True},
        ),
        Spec("oracle-full", f"{_BASELINES}.oracle:Oracle", "knows everything", {"observed": False}),
    )
}
"""The agents of the leaderboard, by name."""


@dataclass(frozen=True)
class Part:
    """What agents share, which the package trains.

    Attributes:
        name: Under which it is trained.
        kind: As what it is stored.
        trainer: Module with `Arguments` and `train`; what that returns has `save(path, about)`.
        about: What it is, in a few words.
        folder: Whether it is a folder of language models, or else one file.
        shipped: Where the package's own lies; None if it ships none.
    """

    name: str
    kind: str
    trainer: str
    about: str
    folder: bool
    shipped: Path | None = None


_HERE = Path(__file__).parent
PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part(
            "lm",
            "language-models",
            "proactive_agents.lm.train",
            "the embedded language model, untuned and population",
            folder=True,
            shipped=EMBEDDED,
        ),
        Part(
            "steering",
            "steering-basis",
            "proactive_agents.steering.train",
            "directions by which it is steered, and what strangers are taken for",
            folder=False,
            shipped=_HERE / "steering" / "basis.safetensors",
        ),
        Part(
            "adapt",
            "adapted-model",
            "proactive_agents.lm.adapt",
            "another language model that learns what people like",
            folder=True,
        ),
        Part(
            "reward-model",
            "reward-model",
            f"{_BASELINES}.rlhf.reward",
            "how much people in general like a reply, for RLHF",
            folder=True,
        ),
    )
}
"""What agents share, by the name under which it is trained."""


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


def stem(name: str, model: Model | None = None) -> str:
    """An agent's name, with its language model if that is not its own, as part of a file's name."""
    own = spec_of(name).stem
    return own if model is None else f"{own}@{model.label}"


def make(name: str, checkpoint: Path | None = None, model: Model | None = None) -> Agent:
    """An agent, ready to `begin`.

    Args:
        name: In `AGENTS`, or `module:Class` (on Python's path).
        checkpoint: Its weights, if it has any.
        model: The language model that it has instead of its own, for an agent with one.

    Raises:
        UnknownAgentError: No such name, module or attribute, or what it makes is no agent.
        CheckpointError: It needs weights and none are given, or they are not its own.
        InvalidOptionError: A language model for an agent that has none.
        MissingExtraError: A library that it needs is not installed.
    """
    spec = spec_of(name)
    factory = _attribute(spec)
    if model is not None:
        check_model(name, model, checkpoint is not None)
    given = {} if model is None else model.arguments
    if checkpoint is not None:
        if not hasattr(factory, "from_checkpoint"):
            raise CheckpointError(f"{name} has no weights to read: leave the checkpoint out")
        agent = factory.from_checkpoint(checkpoint, **given)
    elif spec.trainer:
        raise CheckpointError(
            f"{name} needs its weights: train it with `proactive-gym train {name}`"
        )
    else:
        agent = _made(spec, factory, given)
    if not isinstance(agent, Agent):
        raise UnknownAgentError(
            f"{spec.entry_point} makes {type(agent).__name__}, which is no agent: it needs "
            "options, begin, act, observe, state and load"
        )
    return agent


def check_model(name: str, model: Model, weights: bool = False) -> None:
    """See that an agent takes a language model, and directions if they are given.

    Args:
        name: As for `make`.
        model: Which it shall have.
        weights: Whether it is read from a checkpoint.

    Raises:
        InvalidOptionError: It takes none.
    """
    spec = spec_of(name)
    factory = _attribute(spec)
    maker = getattr(factory, "from_checkpoint", factory) if weights or spec.trainer else factory
    try:
        taken = set(signature(maker).parameters)
    except ValueError:
        taken = set()  # a builtin, which shows no signature
    given = set(model.arguments)
    if not given - {"basis"} <= taken:
        have = [n for n, s in AGENTS.items() if s.entry_point.startswith((_LM, _STEERING))]
        raise InvalidOptionError(
            f"{name} has no language model that could be another one; these have: {', '.join(have)}"
        )
    if not given <= taken:
        raise InvalidOptionError(f"{name} is not steered: leave the basis out")


def load(module: str) -> Any:
    """A module of the packages, by name.

    Raises:
        MissingExtraError: It needs a library that is not installed.
        ModuleNotFoundError: It, or a library that somebody's own module needs, is not there.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        lacks = error.name or ""
        extra = next((extra for start, extra in _EXTRAS.items() if module.startswith(start)), None)
        if extra is None or lacks.startswith("proactive_"):
            raise
        raise MissingExtraError(
            f"{module} needs {lacks}: pip install 'proactive-gym[{extra}]'"
        ) from error


def _attribute(spec: Spec) -> Any:
    module, _, attribute = spec.entry_point.partition(":")
    try:
        found = load(module)
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


def _made(spec: Spec, factory: Any, given: Mapping[str, Any]) -> Any:
    arguments = {**spec.arguments, **given}
    try:
        signature(factory).bind(**arguments)
    except ValueError:
        pass  # a builtin, which shows no signature
    except TypeError as error:
        raise UnknownAgentError(
            f"{spec.name} cannot be made without arguments: {error}; give them defaults, or "
            "weights by a class method from_checkpoint(path)"
        ) from error
    return factory(**arguments)
