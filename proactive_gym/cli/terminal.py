"""What all commands share: consoles, errors as one line, a run as a command line."""

import shlex
import sys
from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from proactive_gym.errors import ProactiveGymError

WRONG = 2
"""Exit code when something asked for cannot be done."""


def console() -> Console:
    """Standard output: coloured in a terminal, plain text in a pipe."""
    return Console(highlight=False, soft_wrap=False)


def messages() -> Console:
    """Standard error, for progress, notes and errors."""
    return Console(stderr=True, highlight=False)


def note(text: str) -> None:
    """Tell something that is no result."""
    messages().print(Text.assemble(("Note: ", "yellow"), text), soft_wrap=True)


class Commands(TyperGroup):
    """Commands whose expected failures are one clear line and exit code 2, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        for stream in (sys.stdout, sys.stderr):
            # Names and bars must not fail in a terminal that cannot show them.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read our output has seen enough; Typer ends quietly
        except (ProactiveGymError, OSError) as error:
            line = Text.assemble(("Error: ", "bold red"), (_sentence(error), "red"))
            messages().print(line, soft_wrap=True)
            raise typer.Exit(WRONG) from error


def _sentence(error: Exception) -> str:
    """An error in words; one of the operating system as "cannot use FILE: what is wrong"."""
    if isinstance(error, OSError) and error.strerror:
        where = f"cannot use {error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return " ".join(str(error).split())


def command_line(name: str, settings: Mapping[str, Any]) -> str:
    """The command line that repeats a run, with every setting."""
    words = ["proactive-gym", name]
    for option, value in settings.items():
        words += [f"--{option}", str(value)]
    return shlex.join(words)
