import numpy as np
import pytest

from proactive_gym.calibration.assess import scores

PERSON = np.repeat(np.arange(40), 5)
RNG = np.random.Generator(np.random.PCG64(1))


def test_ranked_probability_score_by_hand() -> None:
    probability = np.array([[0.0, 1.0, 0.0], [0.5, 0.3, 0.2]])
    found = scores.ranked_probability_score(probability, np.array([1, 2]))
    assert found == pytest.approx([0.0, (0.5**2 + 0.8**2) / 2])


def test_log_loss_is_finite_for_what_was_held_impossible() -> None:
    found = scores.log_loss(np.array([[1.0, 0.0], [0.25, 0.75]]), np.array([1, 1]))
    assert found[1] == pytest.approx(-np.log(0.75))
    assert 20 < found[0] < 21


def test_interval_is_of_persons_not_of_answers() -> None:
    """A person who answers the same five times is one observation, not five."""
    one_each = RNG.normal(size=40)
    found = scores.mean_interval(np.repeat(one_each, 5), PERSON)
    half = 1.96 * one_each.std() / np.sqrt(40)
    assert found["value"] == pytest.approx(one_each.mean(), abs=1e-4)
    assert found["high"] - found["low"] == pytest.approx(2 * half, rel=0.12)


def test_correlation_interval_holds_the_correlation() -> None:
    x = RNG.normal(size=200)
    y = x + RNG.normal(size=200)
    found = scores.correlation_interval(x, y + 1e6, PERSON)
    assert found["value"] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-4)
    assert found["low"] < found["value"] < found["high"]
    fisher = np.tanh(np.arctanh(found["value"]) + np.array([-1.96, 1.96]) / np.sqrt(197))
    assert [found["low"], found["high"]] == pytest.approx(fisher, abs=0.05)


def test_no_variation_has_no_correlation() -> None:
    found = scores.correlation_interval(np.ones(200), RNG.normal(size=200), PERSON)
    assert found == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_auc_of_order_and_of_one_outcome() -> None:
    happened = np.array([False, False, True, True])
    assert scores.auc(np.array([0.1, 0.4, 0.35, 0.8]), happened) == pytest.approx(0.75)
    assert scores.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.ones(4, bool)) == 0.5


def test_reliability_of_a_shifted_expectation() -> None:
    truth = RNG.normal(size=1000)
    exact = scores.reliability(truth, truth)
    shifted = scores.reliability(truth + 0.3, truth)
    assert exact["error"] == 0.0
    assert shifted["error"] == pytest.approx(0.3)
    assert len(shifted["expected"]) == 10
    assert shifted["expected"] == sorted(shifted["expected"])


def test_interval_probability_is_a_distribution() -> None:
    cuts = np.array([-1.0, 0.0, 1.0])
    found = scores.interval_probability(np.array([0.0, 9.0]), np.array([1.0, 0.1]), cuts)
    assert found.sum(axis=1) == pytest.approx([1, 1])
    assert found[0] == pytest.approx([0.158655, 0.341345, 0.341345, 0.158655], abs=1e-6)
    assert found[1, 3] == pytest.approx(1)


def test_a_better_forecast_scores_better() -> None:
    answer = RNG.integers(0, 5, size=200)
    sharp = np.eye(5)[answer] * 0.8 + 0.04
    blunt = np.full((200, 5), 0.2)
    levels = np.arange(1.0, 6.0)
    good, bad = (scores.ordinal_scores(p, answer, levels, PERSON) for p in (sharp, blunt))
    for name in ("mae", "rps", "log_loss"):
        assert good[name]["high"] < bad[name]["low"]
    assert good["exact"]["value"] == 1.0
