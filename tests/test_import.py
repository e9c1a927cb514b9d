"""`import proactive_gym` is quick, and neither it nor the registry loads a heavy library."""

import subprocess
import sys

import pytest

HEAVY = (
    "matplotlib",
    "pandas",
    "peft",
    "pyarrow",
    "rich",
    "sklearn",
    "stable_baselines3",
    "statsmodels",
    "tokenizers",
    "torch",
    "transformers",
    "typer",
)
LIGHT = ("proactive_gym", "proactive_agents.registry")
SECONDS_OVER_GYMNASIUM = 0.5


def run_fresh(code: str) -> str:
    """What `code` prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=LIGHT)
def loaded(request: pytest.FixtureRequest) -> set[str]:
    """Names of the top-level modules that are there after the import."""
    names = "{name.partition('.')[0] for name in sys.modules}"
    return set(run_fresh(f"import sys, {request.param}; print(*{names})").split())


def test_the_list_of_loaded_modules_is_complete(loaded: set[str]) -> None:
    assert {"proactive_gym", "gymnasium", "numpy"} <= loaded


@pytest.mark.parametrize("library", HEAVY)
def test_import_does_not_load(library: str, loaded: set[str]) -> None:
    assert library not in loaded


def test_import_is_quick() -> None:
    code = (
        "import time, gymnasium; start = time.perf_counter(); import proactive_gym; "
        "print(time.perf_counter() - start)"
    )
    # The quickest of several runs: other processes can only make an import slower.
    quickest = min(float(run_fresh(code)) for _ in range(5))
    assert quickest < SECONDS_OVER_GYMNASIUM


def test_import_prints_nothing() -> None:
    assert run_fresh("import proactive_gym") == ""
