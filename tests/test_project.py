"""Rules that hold for the whole project: size and documentation of modules, versions, pins."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import proactive_gym

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

PACKAGES = tuple(
    sorted(
        path
        for folder in ("proactive_gym", "agents/proactive_agents", "baselines/proactive_baselines")
        for path in (ROOT / folder).rglob("*.py")
    )
)
TESTS = tuple(sorted((ROOT / "tests").rglob("*.py")))
TEXTS = tuple(
    sorted(
        path
        for pattern in ("*.md", "*.toml", "*.txt", "Makefile", ".ci/run", "proactive_gym/**/*.md")
        for path in ROOT.glob(pattern)
    )
)

MAX_LINES = 400
# Folders of one machine, and marks of unfinished work.
STRAY = re.compile(
    r"(?<![\w.~:/-])/(?:home|root|tmp|work|mnt|opt|Users|private)/\w"
    r"|\b[A-Z]:\\\w"
    r"|\b(?:TODO|FIXME|XXX|HACK)\b"
    r"|\b(?:breakpoint|set_trace)\(\)"
    r"|^(?:<{7}|>{7}|={7})(?: |$)",
    re.MULTILINE,
)
# Where a distribution and the module it installs have different names.
MODULE_NAMES = {"scikit-learn": "sklearn"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public names without a docstring: the module, its classes and functions, their methods."""
    if not ast.get_docstring(tree):
        yield "the module"

    def visit(body: list[ast.stmt], prefix: str) -> Iterator[str]:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            overload = any(ast.unparse(mark).endswith("overload") for mark in node.decorator_list)
            if node.name.startswith("_") or overload:
                continue
            if not ast.get_docstring(node):
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from visit(node.body, f"{prefix}{node.name}.")

    yield from visit(tree.body, "")


def imported_modules() -> set[str]:
    """Top-level names of everything that the packages import."""
    found = set()
    for path in PACKAGES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found


def requirements() -> list[tuple[str, Requirement]]:
    """Each required distribution with the extra that asks for it ("core" for none)."""
    groups = {"core": PROJECT["dependencies"], **EXTRAS}
    pairs = [(extra, Requirement(line)) for extra, lines in groups.items() for line in lines]
    return [(extra, need) for extra, need in pairs if need.name != PROJECT["name"]]


def pins() -> dict[str, str]:
    """Distribution to version, from constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    needs = [line for line in lines if line and not line.startswith("#")]
    pairs = [need.split("==") for need in needs]
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("path", [*PACKAGES, *TESTS], ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_public_names_are_documented(path: Path) -> None:
    assert list(undocumented(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_an_undocumented_name_is_found() -> None:
    tree = ast.parse('"""Doc."""\nclass A:\n    """Doc."""\n    def f(self): ...\ndef _g(): ...\n')
    assert list(undocumented(tree)) == ["A.f"]


@pytest.mark.parametrize("path", [*PACKAGES, *TESTS, *TEXTS], ids=name_of)
def test_nothing_stray_is_left(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # This file names the marks that it looks for.
    own = path == Path(__file__).resolve()
    assert own or STRAY.findall(text) == []


@pytest.mark.parametrize(
    "text",
    ["open('/home/me/x')", "C:\\data", "# TODO later", "breakpoint()", "<<<<<<< HEAD"],
)
def test_stray_text_is_found(text: str) -> None:
    assert STRAY.search(text)


@pytest.mark.parametrize("text", ["a/home/x", "https://a.org/home/x", "now/hold", "=====", "Hold"])
def test_ordinary_text_is_not_stray(text: str) -> None:
    assert not STRAY.search(text)


@pytest.mark.parametrize(("extra", "need"), requirements(), ids=str)
def test_every_dependency_has_a_lower_bound_and_a_pin_within_it(
    extra: str, need: Requirement
) -> None:
    assert any(bound.operator == ">=" for bound in need.specifier)
    assert need.specifier.contains(pins()[canonicalize_name(need.name)])


def test_constraints_are_exact_versions_with_torch_first() -> None:
    assert all(re.fullmatch(r"\d+(\.\d+)*((b|\.post)\d+)?", version) for version in pins().values())
    assert next(iter(pins())) == "torch"


@pytest.mark.parametrize(
    "need", [need for extra, need in requirements() if extra != "dev"], ids=lambda need: need.name
)
def test_every_dependency_is_used(need: Requirement) -> None:
    assert MODULE_NAMES.get(need.name, need.name.replace("-", "_")) in imported_modules()


def test_all_holds_every_other_extra_but_dev() -> None:
    everything = Requirement(EXTRAS["all"][0]).extras
    assert everything == EXTRAS.keys() - {"all", "dev"}


def test_extras_named_in_messages_exist() -> None:
    named = {
        extra
        for path in [*PACKAGES, *TEXTS]
        for group in re.findall(r"proactive-gym\[([\w,]+)\]", path.read_text(encoding="utf-8"))
        for extra in group.split(",")
    }
    assert named <= EXTRAS.keys()


def test_the_version_is_the_same_everywhere() -> None:
    assert proactive_gym.__version__ == PROJECT["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["version"]
