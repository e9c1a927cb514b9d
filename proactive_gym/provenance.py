"""What a result came from: versions, the checkout, and digests of code and fitted numbers."""

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = ("numpy", "scipy", "gymnasium", "torch", "transformers", "stable-baselines3")
_SOURCES = (".py", ".json", ".jsonl", ".npz", ".safetensors")
_ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("proactive_gym", "proactive_agents", "proactive_baselines")
"""What this distribution installs."""
_SHIPPED = (
    "proactive_agents/lm/embedded",
    "proactive_agents/steering/basis.json",
    "proactive_agents/steering/basis.safetensors",
)
"""What the package has trained itself: a trainer that reads a model keeps its digest besides."""


def versions() -> dict[str, str]:
    """Versions of Python, of the package and of the libraries that compute, where installed."""
    found = {"python": platform.python_version()}
    for name in ("proactive-gym", *_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> dict[str, Any] | None:
    """The checkout that the package runs from, None if it runs from elsewhere.

    Returns:
        `id`, and `modified`: whether the packages differ from that commit.
    """
    # A package installed inside somebody else's checkout must not report their commit.
    top = _git("rev-parse", "--show-toplevel")
    found = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--", "proactive_gym", "agents", "baselines")
    if top is None or found is None or Path(top).resolve() != _ROOT:
        return None
    return {"id": found, "modified": bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@cache
def code_digest(leave_out: tuple[str, ...]) -> str:
    """SHA-256 over source, data and fitted numbers of the packages, wherever they are installed.

    Args:
        leave_out: What does not matter for what is asked: a file, or a folder with all it holds,
            such as "proactive_gym/cli".
    """
    digest = hashlib.sha256()
    for package in PACKAGES:
        folder = _folder(package)
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _SOURCES):
            name = Path(package) / path.relative_to(folder)
            if not any(name.is_relative_to(out) for out in leave_out):
                digest.update(name.as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def playing_code() -> str:
    """Digest of all that can move what an agent scores."""
    return code_digest(
        ("proactive_gym/calibration", "proactive_gym/cli", "proactive_gym/leaderboard")
    )


def training_code() -> str:
    """Digest of all that can move an agent's weights, but for language models that are shipped."""
    return code_digest(
        (
            "proactive_gym/calibration",
            "proactive_gym/cli",
            "proactive_gym/evaluation",
            "proactive_gym/leaderboard",
            *_SHIPPED,
        )
    )


def _folder(package: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return Path(__file__).parent / "nowhere"
    return Path(spec.origin).parent


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
