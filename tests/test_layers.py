"""A layer imports only from layers before it, and only the libraries it is allowed.

Imports are read from the source, so those inside functions and behind `TYPE_CHECKING` count too.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "proactive_gym"

# From the bottom up. A name is a module or folder of the package, or a package beside it.
LAYERS = (
    "vocabulary",
    "errors",
    "assumptions",
    "streams",
    "files",
    "data",
    "personas",
    "world",
    "language",
    "users",
    "provenance",
    "envs",
    "proactive_agents",
    "proactive_baselines",
    "evaluation",
    "leaderboard",
    "calibration",
    "cli",
    "__main__",
)
# Loaded by name or on demand, so that the layers above work where their libraries are missing.
ON_DEMAND = frozenset({"proactive_baselines", "calibration"})
# The package's root imports none of these, so they may import it.
ABOVE_THE_ROOT = frozenset({"proactive_agents", "proactive_baselines", "cli", "__main__"})

CORE = ("numpy", "scipy.special")
LIBRARIES: dict[str, tuple[str, ...]] = {
    "vocabulary": (),
    "errors": (),
    "assumptions": CORE,
    "streams": CORE,
    "files": (),
    "data": CORE,
    "personas": CORE,
    "world": CORE,
    "language": CORE,
    "users": CORE,
    "envs": (*CORE, "gymnasium"),
    "provenance": (),
    "proactive_agents": (*CORE, "safetensors"),
    # sb3.py adapts an environment to stable-baselines3 and is imported inside functions only.
    "proactive_baselines": (*CORE, "gymnasium", "stable_baselines3"),
    "evaluation": (*CORE, "gymnasium"),
    # report.py, and what draws for it, are imported inside functions only.
    "leaderboard": (*CORE, "jinja2", "matplotlib", "pydantic"),
    "calibration": (
        "numpy",
        "scipy",
        "matplotlib",
        "pandas",
        "pyarrow",
        "sklearn",
        "statsmodels",
        "threadpoolctl",
    ),
    "cli": ("numpy", "gymnasium", "rich", "typer"),
    "__main__": (),
    "__init__": ("gymnasium",),
}
# Heavy libraries that the layer imports inside functions only.
LIBRARIES_INSIDE_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "envs": ("rich",),
    "evaluation": ("pyarrow", "wandb"),
    "proactive_baselines": ("sklearn", "sb3_contrib", "stable_baselines3", "torch"),
}
# Parts of a layer that the registry loads by name, with the libraries that they need besides their
# layer's. Modules outside import them inside functions only, so that the rest stays light.
HEAVY_PARTS: dict[str, tuple[str, ...]] = {
    "proactive_agents.lm": ("peft", "tokenizers", "torch", "transformers"),
    "proactive_agents.steering": ("peft", "tokenizers", "torch", "transformers"),
    "proactive_baselines.rlhf": ("datasets", "peft", "pyarrow", "torch", "transformers", "trl"),
}


class Import(NamedTuple):
    """One imported name: `module` holds `name`, or is imported whole (`name` is empty)."""

    module: str
    name: str
    line: int
    inside_function: bool

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def imports_of(source: str, module: str, *, is_package: bool) -> Iterator[Import]:
    """Every import in `source`, the text of `module`, with relative ones made absolute."""
    parents = module.split(".") if is_package else module.split(".")[:-1]

    def visit(node: ast.AST, inside: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno, inside)
        elif isinstance(node, ast.ImportFrom):
            base = parents[: len(parents) - node.level + 1] if node.level else []
            target = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(target, alias.name, node.lineno, inside)
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    return visit(ast.parse(source), False)


def layer_of(imported: str) -> str | None:
    """The layer that holds a dotted name, "__init__" for the package's root, None if foreign."""
    parts = imported.split(".")
    if parts[0] != PACKAGE:
        return parts[0] if parts[0] in LAYERS else None
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else "__init__"


def within(imported: str, libraries: tuple[str, ...]) -> bool:
    return any(imported == lib or imported.startswith(f"{lib}.") for lib in libraries)


def heavy_part_of(name: str) -> str | None:
    """The part of `HEAVY_PARTS` that holds a dotted name, if one does."""
    return next((part for part in HEAVY_PARTS if within(name, (part,))), None)


def layer_fault(layer: str, imported: Import) -> str | None:
    """What is wrong with an import of this project, if anything."""
    target = layer_of(imported.full)
    if target in (None, layer):
        return None
    if target == "__init__":
        below = layer not in ABOVE_THE_ROOT
        return "imports the package's root, which imports this layer" if below else None
    if target == "proactive_baselines":
        return "imports baselines, which are loaded by name"
    if target in ON_DEMAND and not imported.inside_function:
        return f"imports {target} outside a function"
    if layer == "__init__":
        return f"imports {target}" if target in ABOVE_THE_ROOT else None
    if LAYERS.index(target) >= LAYERS.index(layer):
        return f"imports the later layer {target}"
    return None


def part_fault(module: str, imported: Import) -> str | None:
    """What is wrong with an import of a heavy part, if anything."""
    part = heavy_part_of(imported.full)
    if part is None or imported.inside_function or heavy_part_of(module):
        return None
    return f"imports {part} outside a function"


def library_fault(layer: str, module: str, imported: Import) -> str | None:
    """What is wrong with an import from outside the project, if anything."""
    top = imported.module.split(".")[0]
    if layer_of(imported.full) is not None or top in sys.stdlib_module_names:
        return None
    allowed = LIBRARIES[layer] + HEAVY_PARTS.get(heavy_part_of(module) or "", ())
    if imported.inside_function:
        allowed += LIBRARIES_INSIDE_FUNCTIONS.get(layer, ())
    return None if within(imported.full, allowed) else f"may not import {imported.full} here"


def faults_of(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """The forbidden imports of a module, as sentences that name the line."""
    layer = layer_of(module) or module
    found = []
    for imported in imports_of(source, module, is_package=is_package):
        fault = (
            layer_fault(layer, imported)
            or part_fault(module, imported)
            or library_fault(layer, module, imported)
        )
        if fault:
            found.append(f"{module}, line {imported.line}: {fault}")
    return found


def sources() -> list[tuple[str, Path]]:
    """Dotted name and path of every module."""
    found = []
    for base in (ROOT, ROOT / "agents", ROOT / "baselines"):
        for folder in (base / PACKAGE, base / "proactive_agents", base / "proactive_baselines"):
            for path in sorted(folder.rglob("*.py")):
                parts = path.relative_to(base).with_suffix("").parts
                found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


@pytest.mark.parametrize(("module", "path"), sources(), ids=lambda value: str(value)[-60:])
def test_imports_point_downward(module: str, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not faults_of(source, module, is_package=path.name == "__init__.py")


def test_every_part_of_the_package_has_a_layer() -> None:
    parts = {module.split(".")[1] for module, _ in sources() if module.count(".")}
    own = {part for part in parts if (ROOT / PACKAGE / part).exists()}
    own |= {path.stem for path in (ROOT / PACKAGE).glob("*.py")} - {"__init__"}
    assert own
    assert own <= set(LAYERS)
    assert set(LIBRARIES) == {*LAYERS, "__init__"}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from proactive_gym.users import simulator", "proactive_gym.world.days"),
        ("from proactive_gym import users", "proactive_gym.world.days"),
        ("from ..users import simulator", "proactive_gym.world.days"),
        ("from proactive_gym import make", "proactive_gym.envs.single"),
        ("import proactive_gym", "proactive_gym.envs.single"),
        ("def f():\n    import proactive_gym.cli", "proactive_gym.evaluation.suite"),
        ("import proactive_baselines", "proactive_gym.evaluation.suite"),
        ("import proactive_baselines", "proactive_agents.registry"),
        ("from proactive_gym.evaluation import suites", "proactive_agents.registry"),
        ("from proactive_gym.leaderboard import record", "proactive_gym.evaluation.suite"),
        ("import wandb", "proactive_gym.evaluation.tracking"),
        ("from proactive_gym.calibration import fit", "proactive_gym.cli"),
        ("import pandas", "proactive_gym.users.models"),
        ("def f():\n    import torch", "proactive_gym.users.models"),
        ("from scipy import stats", "proactive_gym.personas.sampling"),
        ("import scipy.stats", "proactive_gym.evaluation.intervals"),
        ("import numpy", "proactive_gym.vocabulary"),
        ("import gymnasium", "proactive_gym.users.models"),
        ("import typer", "proactive_gym.evaluation.suite"),
        ("import torch", "proactive_agents.registry"),
        ("def f():\n    import transformers", "proactive_agents.registry"),
        ("import torch", "proactive_agents.lmx"),
        ("import wandb", "proactive_agents.lm.policy"),
        ("import trl", "proactive_baselines.ppo"),
        ("from proactive_agents import lm", "proactive_agents.registry"),
        ("from proactive_agents.steering.edits import Edit", "proactive_gym.evaluation.playing"),
        ("from .lm import policy", "proactive_agents.registry"),
        ("import proactive_baselines", "proactive_agents.lm.policy"),
        ("from proactive_gym.cli import app", "proactive_gym"),
    ],
)
def test_a_forbidden_import_is_found(source: str, module: str) -> None:
    assert len(faults_of(source, module)) == 1


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from proactive_gym.personas import People", "proactive_gym.world.days"),
        ("from . import weeks\nfrom .weeks import Week", "proactive_gym.world.days"),
        ("from scipy.special import ndtri", "proactive_gym.personas.sampling"),
        ("from scipy import special", "proactive_gym.personas.sampling"),
        ("def f():\n    import wandb", "proactive_gym.evaluation.tracking"),
        ("from proactive_agents import registry", "proactive_gym.evaluation.suite"),
        ("def f():\n    from proactive_gym.calibration import fit", "proactive_gym.cli"),
        ("import pandas\nfrom sklearn import metrics", "proactive_gym.calibration.fit"),
        ("import proactive_gym", "proactive_baselines.rules"),
        ("import json\nfrom collections import abc", "proactive_gym.vocabulary"),
        ("import torch\nfrom tokenizers import models\nimport peft", "proactive_agents.lm.policy"),
        ("import transformers\nimport safetensors", "proactive_agents.steering"),
        ("from proactive_agents.lm import prompt", "proactive_agents.steering.edits"),
        ("def f():\n    from proactive_agents.lm import prompt", "proactive_gym.cli.play"),
        ("from proactive_agents.lm import prompt\nimport trl", "proactive_baselines.rlhf.dpo"),
    ],
)
def test_an_allowed_import_is_not_found(source: str, module: str) -> None:
    assert faults_of(source, module) == []
