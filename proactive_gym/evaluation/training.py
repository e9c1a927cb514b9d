"""Training an agent's weights once: the same arguments find the same file again.

Which arguments an agent has, its trainer module says (`Arguments` and `train`); this only runs it,
times it and writes what came of it. Trainers are loaded by name.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from proactive_agents import checkpoint
from proactive_agents.registry import spec_of
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.provenance import commit, training_code, versions

Report = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Trained:
    """Weights and how they came about.

    Attributes:
        path: The checkpoint.
        seed: Of training.
        arguments: All of them, as JSON's types.
        seconds: Training took.
        curve: What was reported on the way.
        commit: The checkout that trained, as `provenance.commit` gives it.
    """

    path: Path
    seed: int
    arguments: dict[str, Any]
    seconds: float
    curve: list[dict[str, float]]
    commit: dict[str, Any] | None


def arguments_of(agent: str, given: Mapping[str, Any]) -> Any:
    """The trainer's arguments, with some given.

    Args:
        agent: Its name.
        given: By name; strings are read as the type of the argument's default.

    Raises:
        UnknownAgentError: No such agent.
        CheckpointError: It has no weights to train.
        InvalidOptionError: An argument that the trainer does not have, or of another type.
    """
    kind = _trainer(agent).Arguments
    given = {**spec_of(agent).training, **given}
    defaults = {f.name: f.default for f in fields(kind)}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise InvalidOptionError(
            f"{agent} has no training argument {unknown[0]!r}: there are {', '.join(defaults)}"
        )
    return kind(**{name: _typed(name, value, defaults[name]) for name, value in given.items()})


def _typed(name: str, value: Any, default: Any) -> Any:
    kind = type(default)
    try:
        if kind is bool:
            words = {"true": True, "false": False}
            return words[value.lower()] if isinstance(value, str) else bool(value)
        read = kind(value)
        if isinstance(value, float) and read != value:
            raise ValueError
        return read
    except (ValueError, KeyError, TypeError):
        raise InvalidOptionError(f"{name} must be {kind.__name__}, not {value!r}") from None


def _trainer(agent: str) -> Any:
    spec = spec_of(agent)
    if spec.trainer is None:
        raise CheckpointError(f"{agent} has no weights: there is nothing to train")
    return import_module(spec.trainer)


def train(
    agent: str,
    given: Mapping[str, Any],
    folder: Path,
    report: Report = lambda figures: None,
    out: Path | None = None,
    fresh: bool = False,
) -> Trained:
    """Train an agent, unless the same weights are there.

    Args:
        agent: Its name.
        given: Training arguments that differ from the defaults.
        folder: Where weights are kept, under a name made from the arguments and the code.
        report: Told of progress, a dict of figures with `progress` (0-1).
        out: The file to write instead of one in `folder`.
        fresh: Train even so.

    Raises:
        UnknownAgentError: No such agent.
        CheckpointError: It has no weights to train, or `out` holds something else.
        InvalidOptionError: A bad argument.
        MissingExtraError: A library that training needs is not installed.
        OSError: The weights cannot be written.
    """
    arguments = arguments_of(agent, given)
    told, name = asdict(arguments), _name(agent)
    made_of = {"arguments": told, "code": training_code()}
    path = out or folder / f"{name}-{_digest(made_of)}.safetensors"
    # A file that the user named is not written over unless these weights stand there already.
    found = None if fresh else _found(path, name, made_of, named=out is not None)
    if found is not None:
        return found
    # Read now: what stands on the disk may change while training goes on.
    origin = {"versions": versions(), "commit": commit()}
    curve: list[dict[str, float]] = []

    def heard(figures: dict[str, float]) -> None:
        curve.append({k: round(float(v), 6) for k, v in figures.items()})
        report(figures)

    started = perf_counter()
    made = _trainer(agent).train(arguments, heard)
    seconds = round(perf_counter() - started, 2)
    about = {"made_of": made_of, "seconds": seconds, "curve": curve, **origin}
    made.save(path, about)
    return _trained(path, about)


def _found(path: Path, name: str, made_of: Mapping[str, Any], named: bool) -> Trained | None:
    """The same weights, if they are there and whole."""
    if not path.exists():
        return None
    try:
        about = checkpoint.read(path, name)[1]
    except CheckpointError:
        if named:
            raise
        return None
    if about.get("made_of") == made_of:
        return _trained(path, about)
    if named:
        raise CheckpointError(f"{path} holds other weights of {name}: --fresh writes over them")
    return None


def _trained(path: Path, about: Mapping[str, Any]) -> Trained:
    told = about["made_of"]["arguments"]
    return Trained(path, told["seed"], told, about["seconds"], about["curve"], about["commit"])


def _name(agent: str) -> str:
    """Under which the weights are stored; agents that share a trainer share them."""
    spec = spec_of(agent)
    module, _, attribute = spec.entry_point.partition(":")
    return str(getattr(import_module(module), attribute).NAME)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
