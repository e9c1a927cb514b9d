"""What training with torch shares: the libraries if they are there, and runs that repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import MissingExtraError


def load_torch() -> Any:
    """The torch module.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "training needs torch: pip install 'proactive-gym[baselines]'"
        ) from error
    return torch


def need(name: str) -> None:
    """See that a library of the stable-baselines3 family is there.

    Args:
        name: Of the module.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"training needs {name.replace('_', '-')}: pip install 'proactive-gym[baselines]'"
        ) from error


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Training on the CPU that gives the same weights again.

    One thread: how sums are split over threads moves their last bits, and networks as small as
    these are no slower for it. The caller's random state and threads are as before afterwards.
    """
    torch = load_torch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def layers_of(model: Any) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
    """Weights (inputs, outputs) and biases of the linear layers of a torch module, in order."""
    linear = [m for m in model.modules() if hasattr(m, "weight")]
    return tuple(
        (
            np.ascontiguousarray(m.weight.detach().cpu().numpy().T),
            m.bias.detach().cpu().numpy().copy(),
        )
        for m in linear
    )
