"""What is believed of a person, in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_agents.steering.explain import explain

SIZE = len(DIMENSIONS)
UNKNOWN = "about as everyone, or not known yet"


def told(mean: float, sd: float, stranger: float = 1.0):
    """Statements about somebody of whom the same is believed in every dimension."""
    identity = np.eye(SIZE)
    return explain(np.full(SIZE, mean), sd**2 * identity, stranger**2 * identity)


def test_every_dimension_is_stated_in_its_own_words() -> None:
    high, low, unknown = told(2.0, 0.5), told(-2.0, 0.5), told(0.1, 0.01)
    for dimension, one, other, none in zip(DIMENSIONS, high, low, unknown, strict=True):
        assert (one.name, one.kind) == (dimension.name, dimension.kind)
        assert (one.words, other.words) == (dimension.says, dimension.denies)
        assert one.sure == other.sure == "surely"
        assert (none.words, none.sure) == (UNKNOWN, "not known")
        assert (one.mean, one.sd, other.mean) == (2.0, 0.5, -2.0)


@pytest.mark.parametrize(
    ("chance", "sure"),
    [
        (0.98, "surely"),
        (0.97, "probably"),
        (0.86, "probably"),
        (0.84, "perhaps"),
        (0.71, "perhaps"),
        (0.69, "not known"),
    ],
)
def test_it_is_as_sure_as_the_belief(chance: float, sure: str) -> None:
    for mean in (1.0, -1.0):
        statement = told(mean, abs(mean) / ndtri(chance))[0]
        assert statement.sure == sure
        assert statement.chance == pytest.approx(chance)


def test_who_is_surely_average_is_as_everyone() -> None:
    assert told(0.24, 1e-3)[0].sure == "not known"
    assert told(0.26, 1e-3)[0].sure == "surely"
    assert told(0.26, 0.0)[0].chance == 1.0


@given(st.integers(0, 999))
@settings(max_examples=30)
def test_the_other_sign_says_the_opposite_as_surely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean, root = rng.normal(size=SIZE), rng.normal(size=(SIZE, SIZE)) / np.sqrt(SIZE)
    covariance, stranger = root @ root.T, np.diag(rng.uniform(0.5, 2, SIZE))
    pairs = zip(
        DIMENSIONS,
        explain(mean, covariance, stranger),
        explain(-mean, covariance, stranger),
        strict=True,
    )
    for dimension, one, other in pairs:
        assert (one.sure, one.chance, one.sd) == (other.sure, other.chance, other.sd)
        assert one.mean == -other.mean
        assert one.learnt == other.learnt
        assert 0.5 <= one.chance <= 1
        assert 0 <= one.learnt <= 1
        if one.sure == "not known":
            assert one.words == other.words == UNKNOWN
        else:
            assert {one.words, other.words} == {dimension.says, dimension.denies}


def test_what_is_learnt_is_the_share_of_the_strangers_variance_that_is_gone() -> None:
    assert told(1.0, 1.0, 1.0)[0].learnt == 0.0
    assert told(1.0, 1.0, 2.0)[0].learnt == pytest.approx(0.75)
    assert told(1.0, 1.5, 1.0)[0].learnt == 0.0
    assert told(1.0, 0.0, 1.0)[0].learnt == 1.0
