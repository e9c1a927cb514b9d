import subprocess
import sys
import time
from pathlib import Path
from signal import SIGINT

import pytest
import typer
from typer.testing import CliRunner

import proactive_gym
from proactive_gym.cli.terminal import Commands
from proactive_gym.errors import DataError, MissingExtraError

COMMANDS = (
    (),
    ("benchmark",),
    ("train",),
    ("evaluate",),
    ("leaderboard",),
    ("submit",),
    ("ladder",),
    ("explain",),
    ("play",),
    ("simulate",),
    ("export",),
    ("calibrate",),
    ("personas",),
    ("personas", "list"),
    ("personas", "show"),
    ("personas", "sample"),
)
HEAVY = (
    "scipy.stats",
    "sklearn",
    "pandas",
    "pyarrow",
    "statsmodels",
    "matplotlib",
    "torch",
    "transformers",
    "proactive_baselines",
    "proactive_gym.envs.engine",
    "proactive_gym.calibration",
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_within_80_columns(run, words) -> None:
    done = run(*words, "--help")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert max(map(len, done.output.splitlines())) <= 80
    # Nothing in the overview is cut short.
    assert "..." not in done.output.replace("[OPTIONS]...", "").replace("[ARGS]...", "")


def test_version(run) -> None:
    assert run("--version").output == f"proactive-gym {proactive_gym.__version__}\n"


def test_without_a_command_help_is_shown(run) -> None:
    assert "benchmark" in run().output


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom proactive_gym.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DataError("personas.jsonl, line 3:\n id"), "Error: personas.jsonl, line 3: id\n"),
        (MissingExtraError("pip install 'a[b]'"), "Error: pip install 'a[b]'\n"),
        (PermissionError(13, "Permission denied", "a/[b]"), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_expected_failure_is_one_line(error: Exception, line: str | None) -> None:
    app = typer.Typer(cls=Commands)

    @app.callback()
    def main() -> None: ...

    @app.command()
    def fail() -> None:
        raise error

    done = CliRunner().invoke(app, ["fail"])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == (line or "Error: cannot use a/[b]: Permission denied\n")


def test_an_error_of_the_program_is_not_hidden() -> None:
    app = typer.Typer(cls=Commands)

    @app.callback()
    def main() -> None: ...

    @app.command()
    def fail() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(app, ["fail"]).exception, ZeroDivisionError)


def test_ctrl_c_ends_quietly_and_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "lives.parquet"
    command = [sys.executable, "-m", "proactive_gym", "simulate", "--n", "1000000"]
    process = subprocess.Popen(
        [*command, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 40
    # Its file stands there as soon as it has begun.
    while not list(tmp_path.iterdir()) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
