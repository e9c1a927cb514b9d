"""Runs tracked with wandb, on request. Results never depend on it.

Without an account, or with no network, wandb writes to a local folder. If it fails in whatever way,
tracking stops with a note and the run goes on: nothing is computed by it, and nothing is lost.
"""

import os
from collections.abc import Callable, Mapping
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from proactive_gym.errors import MissingExtraError

PROJECT = "proactive-gym"


class Tracker:
    """Sends figures to wandb, or nowhere.

    Args:
        wanted: Whether to track at all.
        name: Of the run.
        settings: Kept beside it.
        folder: Where wandb writes.
        note: Told, once, if tracking fails.

    Raises:
        MissingExtraError: Tracking is wanted and wandb is not installed.
    """

    def __init__(
        self,
        wanted: bool,
        name: str,
        settings: Mapping[str, Any],
        folder: Path,
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._note = note
        self._run: Any = None
        if not wanted:
            return
        wandb = self._guarded(_wandb)
        if wandb is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._run = self._guarded(
            lambda: wandb.init(
                project=PROJECT,
                name=name,
                config=dict(settings),
                dir=str(folder),
                mode=_mode(),
                reinit="finish_previous",
                settings=wandb.Settings(silent=True, console="off"),
            )
        )

    def log(self, figures: Mapping[str, float]) -> None:
        """Add a step's figures to the run's history."""
        self._try(lambda run: run.log(dict(figures)))

    def summarise(self, figures: Mapping[str, float | None]) -> None:
        """Set the run's final figures."""
        self._try(lambda run: run.summary.update(dict(figures)))

    def finish(self) -> None:
        """End the run."""
        self._try(lambda run: run.finish())
        self._run = None

    def __enter__(self) -> "Tracker":
        """The tracker itself, which `finish`es at the end."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the run, whatever happened."""
        self.finish()

    def _try(self, use: Callable[[Any], Any]) -> None:
        if self._run is not None and self._guarded(lambda: (use(self._run),)) is None:
            self._run = None

    def _guarded(self, use: Callable[[], Any]) -> Any:
        """What `use` returns, or None after a note if it fails."""
        try:
            return use()
        except MissingExtraError:
            raise
        except Exception as error:  # whatever wandb raises must not cost the run
            self._note(f"wandb failed, this run is no longer tracked: {error}")
            return None


def _mode() -> str | None:
    """Online only where the user has said so or is logged in; never a question at a prompt."""
    if os.environ.get("WANDB_MODE"):
        return None  # wandb reads it itself
    known = os.environ.get("WANDB_API_KEY") or _logged_in()
    return None if known else "offline"


def _logged_in() -> bool:
    """Whether `wandb login` has left a key in the user's netrc file."""
    host = urlparse(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).hostname
    try:
        return netrc().authenticators(host or "") is not None
    except (OSError, NetrcParseError):
        return False


def _wandb() -> Any:
    try:
        import wandb
    except ModuleNotFoundError as error:
        if error.name != "wandb":
            raise
        raise MissingExtraError(
            "--track needs wandb: pip install 'proactive-gym[track]'"
        ) from error
    return wandb
