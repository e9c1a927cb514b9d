"""Runs `proactive-gym` in this process, 80 columns wide, as in a pipe."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from proactive_gym.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("personas", "list")` and what came of it."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: object, given: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], input=given)

    return invoke
