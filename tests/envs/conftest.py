"""What the tests of the environments share: short lives, and ways to compare them."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium import Env
from numpy.typing import NDArray

from proactive_gym.envs.options import Options
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.users import UserAssumptions

SIZES = (3, 4, 2, 2)


def actions_of(seed: int, steps: int, slots: int) -> NDArray[np.int64]:
    """Random actions, (steps, slots, 4); slot i's do not depend on the number of slots."""
    drawn = [np.random.default_rng([seed, i]).random((steps, 4)) for i in range(slots)]
    return (np.stack(drawn, axis=1) * SIZES).astype(np.int64)


def assert_same(a: Any, b: Any, path: str = "") -> None:
    """Nested results are equal to the bit, in values, keys, types and dtypes."""
    assert type(a) is type(b), path
    if isinstance(a, dict):
        assert a.keys() == b.keys(), path
        for key in a:
            assert_same(a[key], b[key], f"{path}/{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{path}[{i}]")
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        if a.dtype == object:
            assert_same(a.tolist(), b.tolist(), path)
        else:
            assert a.tobytes() == b.tobytes() or np.array_equal(a, b), path
    else:
        assert a == b, path


def digest(*parts: Any) -> str:
    """A fingerprint of nested results."""
    total = hashlib.sha256()

    def feed(part: Any) -> None:
        if isinstance(part, dict):
            for key in sorted(part):
                total.update(key.encode())
                feed(part[key])
        elif isinstance(part, list | tuple):
            for item in part:
                feed(item)
        elif isinstance(part, np.ndarray) and part.dtype != object:
            total.update(f"{part.dtype}{part.shape}".encode() + part.tobytes())
        else:
            total.update(repr(part).encode())

    feed(list(parts))
    return total.hexdigest()


def steps_of(env: Env, actions: NDArray[np.int64]) -> Iterator[tuple]:
    """What each step returns, until the episode ends."""
    for action in actions:
        result = env.step(action)
        yield result
        if result[2] or result[3]:
            return


@pytest.fixture(scope="session")
def ids() -> list[str]:
    """A few people of the population."""
    return list(Options().pool().ids[:12])


@pytest.fixture
def short(ids: list[str]) -> dict[str, Any]:
    """Options of short lives, with all that an observation can hold."""
    return {
        "people": ids,
        "sessions": 2,
        "points": 3,
        "history": "counts",
        "profile": "survey",
    }


@pytest.fixture
def fickle(short: dict[str, Any]) -> dict[str, Any]:
    """Short lives that often end early: trust moves fast, and being switched off is the end."""
    users = UserAssumptions(trust_a_point=1.0)
    return short | {"sessions": 4, "end_when_off": True, "users": users}


@pytest.fixture
def env(short: dict[str, Any]) -> ProactiveAssistEnv:
    return ProactiveAssistEnv(**short)


@pytest.fixture
def envs(short: dict[str, Any]) -> ProactiveAssistVectorEnv:
    return ProactiveAssistVectorEnv(4, **short)


@pytest.fixture(name="assert_same")
def assert_same_fixture() -> Callable[..., None]:
    return assert_same


@pytest.fixture(name="digest")
def digest_fixture() -> Callable[..., str]:
    return digest


@pytest.fixture(name="actions_of")
def actions_of_fixture() -> Callable[[int, int, int], NDArray[np.int64]]:
    return actions_of


@pytest.fixture(name="steps_of")
def steps_of_fixture() -> Callable[..., Iterator[tuple]]:
    return steps_of
