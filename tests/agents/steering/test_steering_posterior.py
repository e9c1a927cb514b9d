"""Beliefs about people, against an independent filter and by their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive_agents.feedback import Measurement
from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_agents.steering.posterior import NEVER, Beliefs, packed, unpacked

SIZE, PEOPLE, RESIDUAL = 6, 4, 0.05


def prior(size: int = SIZE, seed: int = 0, dtype: type = np.float64) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(size, size)) / np.sqrt(size) + np.eye(size)
    return (root @ root.T).astype(dtype)


def strangers(dtype: type = np.float64, people: int = PEOPLE, seed: int = 1) -> Beliefs:
    mean = np.random.default_rng(seed).normal(size=(people, SIZE)).astype(dtype)
    return Beliefs.of_strangers(mean, prior(dtype=dtype))


def taught(beliefs: Beliefs, steps: int = 20, seed: int = 2) -> Beliefs:
    """After some reactions."""
    rng, people = np.random.default_rng(seed), len(beliefs.mean)
    for _ in range(steps):
        slope = rng.normal(size=(people, SIZE))
        measured = told_of(rng.normal(0, 2, people), rng.uniform(0, 5, people))
        learn(beliefs, slope, measured, RESIDUAL)
    return beliefs


def told_of(score: np.ndarray, information: np.ndarray) -> Measurement:
    """Of people who did react."""
    return Measurement(score, information, np.full(len(score), 0.5))


def learn(beliefs: Beliefs, slope: np.ndarray, measured: Measurement, residual: float) -> None:
    """From reactions that were seen."""
    beliefs.learn(slope, measured, residual, np.ones(len(slope), bool))


def is_sound(covariance: np.ndarray) -> bool:
    """Symmetric to the last bit, and positive definite."""
    symmetric = np.array_equal(covariance, covariance.transpose(0, 2, 1))
    return symmetric and bool(np.linalg.eigvalsh(covariance.astype(np.float64)).min() > 0)


def test_strangers_do_not_share_what_is_learnt() -> None:
    mean = np.zeros((2, SIZE))
    beliefs = Beliefs.of_strangers(mean, prior())
    told = told_of(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    learn(beliefs, np.ones((2, SIZE)), told, RESIDUAL)
    assert beliefs.mean[0].all()
    assert not beliefs.mean[1].any()
    assert not mean.any()
    np.testing.assert_array_equal(beliefs.covariance[1], prior())
    np.testing.assert_array_equal(beliefs.prior_covariance, prior())


# ------------------------------------------------------------------ learning


@given(st.integers(0, 1000), st.floats(0.001, 1.0))
@settings(max_examples=30)
def test_learning_is_the_information_filter(seed: int, residual: float) -> None:
    """The reward is measured with the noise of the reaction and of what is not explained.

    A score s and an information I at the expected reward are the measurement s / I of what is to
    be added to it, with variance 1 / I.
    """
    rng = np.random.default_rng(seed)
    beliefs = strangers(seed=seed)
    precision = np.tile(np.linalg.inv(prior()), (PEOPLE, 1, 1))
    mean = beliefs.mean.copy()
    for _ in range(8):
        slope = rng.normal(size=(PEOPLE, SIZE))
        score, information = rng.normal(size=PEOPLE), rng.uniform(0.01, 10, PEOPLE)
        learn(beliefs, slope, told_of(score, information), residual)
        for i in range(PEOPLE):
            noise = 1 / information[i] + residual
            vector = precision[i] @ mean[i]
            measured = slope[i] @ mean[i] + score[i] / information[i]
            precision[i] += np.outer(slope[i], slope[i]) / noise
            mean[i] = np.linalg.solve(precision[i], vector + slope[i] * measured / noise)
    np.testing.assert_allclose(beliefs.mean, mean, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(beliefs.covariance, np.linalg.inv(precision), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_evidence_that_agrees_moves_the_mean_and_makes_sure(sign: float) -> None:
    beliefs = strangers(np.float32)
    slope = np.random.default_rng(5).normal(size=(PEOPLE, SIZE)).astype(np.float32)
    told = told_of(np.full(PEOPLE, 0.8 * sign), np.full(PEOPLE, 2.0))
    rewards, spreads = [], []
    for _ in range(10):
        rewards.append((beliefs.mean * slope).sum(axis=1))
        spreads.append(beliefs.spread(slope[:, None])[:, 0])
        learn(beliefs, slope, told, RESIDUAL)
    assert (np.diff(rewards, axis=0) * sign > 0).all()
    assert (np.diff(spreads, axis=0) < 0).all()
    assert (np.abs(np.diff(rewards, axis=0))[-1] < np.abs(np.diff(rewards, axis=0))[0]).all()


def test_no_information_changes_nothing() -> None:
    for dtype in (np.float32, np.float64):
        beliefs = taught(strangers(dtype))
        before = beliefs.mean.copy(), beliefs.covariance.copy()
        learn(beliefs, np.ones((PEOPLE, SIZE)), told_of(np.zeros(PEOPLE), np.zeros(PEOPLE)), 0.1)
        np.testing.assert_array_equal(beliefs.mean, before[0])
        np.testing.assert_array_equal(beliefs.covariance, before[1])
        assert beliefs.mean.dtype == beliefs.covariance.dtype == dtype


def test_what_is_not_told_of_some_moves_the_others_alone() -> None:
    beliefs, heard = strangers(), np.array([True, False, True, False])
    before = beliefs.mean.copy(), beliefs.covariance.copy()
    told = told_of(heard * 1.0, heard * 2.0)
    learn(beliefs, np.ones((PEOPLE, SIZE)), told, RESIDUAL)
    assert ((beliefs.mean != before[0]).all(axis=1) == heard).all()
    assert ((beliefs.covariance != before[1]).any(axis=(1, 2)) == heard).all()


@given(
    seed=st.integers(0, 10_000),
    size=st.floats(0.01, 3.0),
    most=st.floats(0.1, 20.0),
    factor=st.sampled_from([1.0, 0.999, 0.95]),
    narrow=st.booleans(),
)
@settings(max_examples=25)
def test_beliefs_stay_sound_over_hundreds_of_reactions(seed, size, most, factor, narrow) -> None:
    """In single precision, whatever is told, and of whichever few or many dimensions."""
    rng = np.random.default_rng(seed)
    beliefs = strangers(np.float32)
    direction = rng.normal(size=(PEOPLE, SIZE)) if narrow else 0.0
    for step in range(300):
        beliefs.forget(factor)
        slope = rng.normal(0, 0.01 if narrow else size, (PEOPLE, SIZE)) + direction
        score = rng.normal(0, 3, PEOPLE).astype(np.float32)
        information = rng.uniform(0, most, PEOPLE).astype(np.float32)
        told = told_of(score, information)
        learn(beliefs, slope.astype(np.float32), told, RESIDUAL)
        if step == 150:
            beliefs.reset(np.array([1, 4]), np.array([0, 2]))
    assert is_sound(beliefs.covariance)
    assert np.isfinite(beliefs.mean).all()
    assert beliefs.mean.dtype == beliefs.covariance.dtype == np.float32
    # Nothing but time and resets makes anybody less sure than of a stranger.
    stranger = np.diag(beliefs.prior_covariance)
    assert (np.diagonal(beliefs.covariance, axis1=1, axis2=2) <= stranger * 1.0001).all()


def test_spreads_are_standard_deviations() -> None:
    beliefs = taught(strangers(), 5)
    slope = np.random.default_rng(3).normal(size=(PEOPLE, 3, SIZE))
    found = beliefs.spread(slope)
    for i in range(PEOPLE):
        drawn = np.random.default_rng(i).multivariate_normal(
            beliefs.mean[i], beliefs.covariance[i], 20_000
        )
        np.testing.assert_allclose(found[i], (drawn @ slope[i].T).std(axis=0), rtol=0.03)
    assert not beliefs.spread(np.zeros((PEOPLE, 2, SIZE))).any()


# ------------------------------------------------------------------ forgetting, taking back


def test_forgetting_goes_back_to_the_prior_by_its_factor() -> None:
    beliefs = taught(strangers())
    mean, covariance = beliefs.mean.copy(), beliefs.covariance.copy()
    beliefs.forget(1.0)
    np.testing.assert_array_equal(beliefs.mean, mean)
    np.testing.assert_array_equal(beliefs.covariance, covariance)
    for _ in range(3):
        beliefs.forget(0.9)
    kept = 0.9**3
    expected = kept * mean + (1 - kept) * beliefs.prior_mean
    np.testing.assert_allclose(beliefs.mean, expected, rtol=1e-12, atol=1e-12)
    expected = kept * covariance + (1 - kept) * prior()
    np.testing.assert_allclose(beliefs.covariance, expected, rtol=1e-12, atol=1e-12)
    for _ in range(400):
        beliefs.forget(0.9)
    np.testing.assert_allclose(beliefs.mean, beliefs.prior_mean, atol=1e-12)
    np.testing.assert_allclose(beliefs.covariance, np.tile(prior(), (PEOPLE, 1, 1)), atol=1e-12)


@given(
    dimensions=st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=SIZE),
    rows=st.sets(st.integers(0, PEOPLE - 1), min_size=1, max_size=PEOPLE),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_a_reset_takes_back_some_dimensions_of_some_people(dimensions, rows, dtype) -> None:
    beliefs = taught(strangers(dtype))
    mean, covariance = beliefs.mean.copy(), beliefs.covariance.copy()
    back, whose = np.array(sorted(dimensions)), np.array(sorted(rows))
    kept = np.setdiff1d(np.arange(SIZE), back)
    others = np.setdiff1d(np.arange(PEOPLE), whose)
    beliefs.reset(back, whose)
    np.testing.assert_array_equal(beliefs.mean[others], mean[others])
    np.testing.assert_array_equal(beliefs.covariance[others], covariance[others])
    for i in whose:
        np.testing.assert_array_equal(beliefs.mean[i, back], beliefs.prior_mean[i, back])
        own = beliefs.covariance[i]
        np.testing.assert_array_equal(own[np.ix_(back, back)], prior(dtype=dtype)[back][:, back])
        np.testing.assert_array_equal(beliefs.mean[i, kept], mean[i, kept])
        unmoved = np.ix_(kept, kept)
        np.testing.assert_array_equal(own[unmoved], covariance[i][unmoved])
        assert not own[np.ix_(kept, back)].any()
    assert is_sound(beliefs.covariance)


def test_who_is_taken_back_whole_is_a_stranger() -> None:
    beliefs, fresh = taught(strangers()), strangers()
    beliefs.reset(np.arange(SIZE), np.arange(PEOPLE))
    np.testing.assert_array_equal(beliefs.mean, fresh.mean)
    np.testing.assert_array_equal(beliefs.covariance, fresh.covariance)


# ------------------------------------------------------------------ people who never answer


def unanswered(beliefs: Beliefs, times: int, unseen: float = 0.4) -> list[np.ndarray]:
    """Ignored messages, each a hint of dislike; the steps that the means made."""
    steps, slope = [], np.eye(1, SIZE).repeat(len(beliefs.mean), axis=0)
    told = Measurement(
        np.full(len(slope), -0.8), np.full(len(slope), 1.0), np.full(len(slope), unseen)
    )
    for _ in range(times):
        before = beliefs.mean[:, 0].copy()
        beliefs.learn(slope, told, RESIDUAL, np.zeros(len(slope), bool))
        steps.append(beliefs.mean[:, 0] - before)
    return steps


def test_silence_without_end_is_no_dislike() -> None:
    beliefs = strangers()
    steps = unanswered(beliefs, 12)
    assert (steps[0] < 0).all()
    assert (np.abs(steps[-1]) < 1e-3 * np.abs(steps[0])).all()
    assert (beliefs.never > 0.99).all()


def test_the_chance_that_they_never_answer_follows_bayes() -> None:
    beliefs = strangers()
    unanswered(beliefs, 3, unseen=0.25)
    odds = NEVER / (1 - NEVER) / 0.25**3
    np.testing.assert_allclose(beliefs.never, odds / (1 + odds))


def test_one_answer_refutes_it_and_later_silence_counts_again() -> None:
    beliefs = strangers()
    unanswered(beliefs, 12)
    learn(beliefs, np.ones((PEOPLE, SIZE)), told_of(np.zeros(PEOPLE), np.zeros(PEOPLE)), RESIDUAL)
    assert (beliefs.never < NEVER).all()
    steps = unanswered(beliefs, 12)
    assert (steps[0] < 0).all()
    assert (np.abs(steps[-1]) < np.abs(steps[0]) / 10).all(), "they stopped answering"


def test_where_nothing_could_be_seen_nothing_is_believed_of_it() -> None:
    beliefs = strangers()
    nothing = Measurement(np.zeros(PEOPLE), np.zeros(PEOPLE), np.ones(PEOPLE))
    beliefs.learn(np.ones((PEOPLE, SIZE)), nothing, RESIDUAL, np.zeros(PEOPLE, bool))
    np.testing.assert_allclose(beliefs.never, NEVER, rtol=1e-12)


def test_resetting_all_dimensions_forgets_it_and_some_do_not() -> None:
    beliefs = strangers()
    unanswered(beliefs, 5)
    before = beliefs.never.copy()
    beliefs.reset(np.array([0]), np.array([0]))
    np.testing.assert_array_equal(beliefs.never, before)
    beliefs.reset(np.arange(SIZE), np.array([0]))
    assert beliefs.never[0] == NEVER
    assert (beliefs.never[1:] == before[1:]).all()


# ------------------------------------------------------------------ keeping


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 99))
def test_a_packed_covariance_comes_back_to_the_bit(size: int, people: int, seed: int) -> None:
    full = np.random.default_rng(seed).normal(size=(people, size, size)).astype(np.float32)
    full += full.transpose(0, 2, 1)
    small = packed(full)
    assert small.shape == (people, size * (size + 1) // 2)
    np.testing.assert_array_equal(unpacked(small, size), full)
    assert unpacked(small, size).dtype == np.float32


def test_a_person_takes_less_than_three_kilobytes() -> None:
    size = len(DIMENSIONS)
    mean = np.zeros((3, size), np.float32)
    beliefs = Beliefs.of_strangers(mean, prior(size, dtype=np.float32))
    kept = (beliefs.mean, packed(beliefs.covariance), beliefs.prior_mean, beliefs.never)
    assert sum(array[0].nbytes for array in kept) == 4 * (size * (size + 5) // 2 + 1) < 3 * 1024
