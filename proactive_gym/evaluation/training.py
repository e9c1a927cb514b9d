"""Training weights once: the same arguments find the same file or folder again.

What can be trained are agents, and the parts that agents share (`registry.PARTS`). Which arguments
there are, the trainer module says (`Arguments` and `train`); this only runs it, times it and writes
what came of it. Trainers are loaded by name.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any

from proactive_agents import checkpoint
from proactive_agents.language import Model
from proactive_agents.registry import PARTS, load, spec_of
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.files import whole_folder
from proactive_gym.provenance import commit, training_code, versions

Report = Callable[[dict[str, float]], None]
_WEIGHTS = ".safetensors"


@dataclass(frozen=True)
class Trained:
    """Weights and how they came about.

    Attributes:
        path: The checkpoint, or the folder of language models.
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


def arguments_of(name: str, given: Mapping[str, Any]) -> Any:
    """The trainer's arguments, with some given.

    Args:
        name: Of an agent, or of a part that agents share.
        given: By name; strings are read as the type of the argument's default.

    Raises:
        UnknownAgentError: No such agent or part.
        CheckpointError: It has no weights to train.
        InvalidOptionError: An argument that the trainer does not have, or of another type.
        MissingExtraError: A library that training needs is not installed.
    """
    kind = _trainer(name).Arguments
    given = {**({} if name in PARTS else spec_of(name).training), **given}
    defaults = {f.name: f.default for f in fields(kind)}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise InvalidOptionError(
            f"{name} has no training argument {unknown[0]!r}: there are {', '.join(defaults)}"
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


def _trainer(name: str) -> Any:
    if name in PARTS:
        return load(PARTS[name].trainer)
    trainer = spec_of(name).trainer
    if trainer is None:
        raise CheckpointError(
            f"{name} has no weights: there is nothing to train; what agents share is trained as "
            f"{', '.join(PARTS)}"
        )
    return load(trainer)


def train(
    name: str,
    given: Mapping[str, Any],
    folder: Path,
    report: Report = lambda figures: None,
    out: Path | None = None,
    fresh: bool = False,
) -> Trained:
    """Train an agent or a part, unless the same weights are there.

    Args:
        name: Of an agent, or of a part that agents share.
        given: Training arguments that differ from the defaults.
        folder: Where weights are kept, under a name made from the arguments and the code.
        report: Told of progress, a dict of figures with `progress` (0-1).
        out: The file, or the folder of language models, to write instead of one in `folder`.
        fresh: Train even so.

    Raises:
        UnknownAgentError: No such agent or part.
        CheckpointError: It has no weights to train, or `out` holds something else.
        InvalidOptionError: A bad argument, or a file's name that is none for weights.
        MissingExtraError: A library that training needs is not installed.
        OSError: The weights cannot be written; what stood there before is still there.
    """
    arguments, store = arguments_of(name, given), _store(name)
    made_of = _made_of(arguments)
    path = out or store.path(folder, made_of)
    store.check(path)
    # What the user named is not written over unless these weights stand there already.
    found = None if fresh else store.found(path, made_of, named=out is not None)
    if found is not None:
        return found
    # Read now: what stands on the disk may change while training goes on.
    origin = {"versions": versions(), "commit": commit()}
    curve: list[dict[str, float]] = []

    def heard(figures: dict[str, float]) -> None:
        curve.append({k: round(float(v), 6) for k, v in figures.items()})
        report(figures)

    with store.place(path) as place:
        started = perf_counter()
        made = _trainer(name).train(arguments, heard)
        seconds = round(perf_counter() - started, 2)
        about = {"made_of": made_of, "seconds": seconds, "curve": curve, **origin}
        made.save(place, about)
    return _trained(path, about)


def kept(name: str, given: Mapping[str, Any], folder: Path) -> Trained | None:
    """The weights that `train` would find; None if it would have to train.

    Args:
        name: As for `train`, as are the others.
        given: Training arguments that differ from the defaults.
        folder: Where weights are kept.

    Raises:
        UnknownAgentError: No such agent or part.
        CheckpointError: It has no weights to train.
        InvalidOptionError: A bad argument.
        MissingExtraError: A library that it needs is not installed.
    """
    made_of, store = _made_of(arguments_of(name, given)), _store(name)
    return store.found(store.path(folder, made_of), made_of, named=False)


def _made_of(arguments: Any) -> dict[str, Any]:
    """All that can move the weights."""
    told = asdict(arguments)
    made_of: dict[str, Any] = {"arguments": told, "code": training_code()}
    if "model" in told:
        made_of["model"] = Model(told["model"]).digest
    return made_of


@dataclass(frozen=True)
class _Store:
    """How weights are kept.

    Attributes:
        stem: Of their name.
        kind: As what they are stored.
        folder: Whether they are a folder of language models, or else one file.
        shipped: Where the package's own lie.
    """

    stem: str
    kind: str
    folder: bool = False
    shipped: Path | None = None

    def path(self, folder: Path, made_of: Mapping[str, Any]) -> Path:
        """Where weights lie in a folder."""
        return folder / f"{self.stem}-{_digest(made_of)}{'' if self.folder else _WEIGHTS}"

    def check(self, path: Path) -> None:
        """Refuse a place that such weights may not take, whatever the user wants.

        Raises:
            CheckpointError: A folder that holds something else: all of it would be lost.
            InvalidOptionError: A file's name that is none for weights.
        """
        if self.folder:
            if path != self.shipped and path.is_dir() and any(path.iterdir()):
                checkpoint.told(path, self.kind)
        elif self.shipped is not None and path.suffix != _WEIGHTS:
            # A manifest is written beside, under the same name with another ending.
            raise InvalidOptionError(f"name a file that ends in {_WEIGHTS}, not {path}")

    def found(self, path: Path, made_of: Mapping[str, Any], named: bool) -> Trained | None:
        """The same weights, if they are there and whole."""
        if not path.exists() or (self.folder and path.is_dir() and not any(path.iterdir())):
            return None
        try:
            about = checkpoint.told(path, self.kind)
        except CheckpointError:
            if named:
                raise
            return None
        if about.get("made_of") == made_of:
            return _trained(path, about)
        if named:
            raise CheckpointError(
                f"{path} holds other weights of {self.stem}: --fresh writes over them"
            )
        return None

    @contextmanager
    def place(self, path: Path) -> Iterator[Path]:
        """Where to write them, so that they are there whole or not at all."""
        if not self.folder:
            yield path  # a checkpoint is written so by itself
            return
        with whole_folder(path) as part:
            yield part


def _store(name: str) -> _Store:
    """Of an agent, which shares its weights with those of the same trainer, or of a part."""
    if name in PARTS:
        part = PARTS[name]
        return _Store(part.name, part.kind, part.folder, part.shipped)
    module, _, attribute = spec_of(name).entry_point.partition(":")
    kind = str(getattr(load(module), attribute).NAME)
    return _Store(kind, kind)


def _trained(path: Path, about: Mapping[str, Any]) -> Trained:
    told = about["made_of"]["arguments"]
    return Trained(path, told["seed"], told, about["seconds"], about["curve"], about["commit"])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
