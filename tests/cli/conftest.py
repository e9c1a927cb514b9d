"""Runs `proactive-gym` in this process, 80 columns wide, as in a pipe; tiny language models."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
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


class Tiny(NamedTuple):
    """A language model of random weights, and directions for it."""

    folder: Path
    basis: Path

    @property
    def words(self) -> tuple[object, ...]:
        return ("--model", self.folder, "--basis", self.basis)


def tiny_basis(width: int):
    """Directions and priors drawn at random, with which people differ clearly."""
    from proactive_agents.steering.basis import VIEWS, Basis, Prior
    from proactive_agents.steering.dimensions import DIMENSIONS
    from proactive_gym.envs.observation import PROFILE_SIZES

    rng, size = np.random.default_rng(0), len(DIMENSIONS)

    def normal(*shape: int, sd: float = 1.0):
        return rng.normal(0, sd, shape).astype(np.float32)

    own = np.float32(0.6) * np.eye(size, dtype=np.float32) + np.float32(0.1)
    priors = {v: Prior(normal(1 + PROFILE_SIZES.get(v, 0), size, sd=0.2), own) for v in VIEWS}
    return Basis(normal(size, width, sd=0.5), normal(size, width, sd=0.02), priors, 0.05, {})


@pytest.fixture(scope="session")
def drawn_basis():
    """`drawn_basis(width)`: see `tiny_basis`."""
    return tiny_basis


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from proactive_agents.lm import embedded
    from proactive_agents.lm.saving import save_model
    from proactive_agents.lm.tokenizer import train_tokenizer
    from proactive_gym.world import load_scenarios

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = train_tokenizer((s.situation for s in load_scenarios()[:20]), 1100)
    torch.manual_seed(0)
    model = embedded.fresh(tokenizer, 32, 1)
    for weight in model.parameters():
        weight.data += 0.15 * torch.randn(weight.shape)
    save_model(model.eval(), tokenizer, folder / "model")
    tiny_basis(32).save(folder / "basis.safetensors")
    return Tiny(folder / "model", folder / "basis.safetensors")
