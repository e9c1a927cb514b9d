import numpy as np
import pytest
from scipy.stats import bootstrap, trim_mean

from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.statistics import (
    clustered_mean,
    draws,
    improvement,
    interquartile_mean,
    interval,
    paired_difference,
    percentile_interval,
    tenth_percentile,
)

PEOPLE, DATASETS, GROUPS, RESAMPLES = 120, 2_000, 4, 1_000


def test_an_interval_is_about_the_normal_one():
    scores = np.random.default_rng(0).normal(0.3, 1.0, 400)
    mean, low, high = clustered_mean(scores, seed=1)
    half = 1.96 * scores.std() / 20
    assert mean == scores.mean()
    assert [mean - low, high - mean] == pytest.approx([half, half], rel=0.06)


def test_the_same_seed_gives_the_same_interval():
    scores = np.random.default_rng(0).normal(size=30)
    assert clustered_mean(scores, 3) == clustered_mean(scores, 3)
    assert clustered_mean(scores, 3) != clustered_mean(scores, 4)


def test_pairing_takes_out_what_people_share():
    rng = np.random.default_rng(3)
    person, gain = rng.normal(0, 5, 100), rng.normal(0.2, 0.1, 100)
    mean, low, high = paired_difference(person + gain, person)
    assert mean == pytest.approx(gain.mean())
    assert high - low < 0.1


@pytest.mark.parametrize("scores", [np.array([1.0]), np.zeros((3, 2)), np.array([1.0, np.nan])])
def test_scores_that_have_no_interval(scores):
    for statistic in (clustered_mean, interquartile_mean, tenth_percentile):
        with pytest.raises(InvalidOptionError, match="finite scores of at least two people"):
            statistic(scores)
    with pytest.raises(InvalidOptionError, match="finite scores of at least two people"):
        interval(lambda s: s["x"], {"x": scores})


# ---------------------------------------------------------------- against scipy


def by_scipy(data, statistic):
    found = bootstrap(
        data,
        statistic,
        paired=True,
        n_resamples=10_000,
        method="percentile",
        random_state=np.random.default_rng(1),
    )
    return found.confidence_interval


def test_the_mean_has_the_interval_of_scipys_percentile_bootstrap():
    scores = np.random.default_rng(2).beta(2, 6, 90)
    mean, low, high = clustered_mean(scores)
    other = by_scipy((scores,), np.mean)
    assert [low, high] == pytest.approx([other.low, other.high], abs=0.05 * (high - low))
    assert low < mean < high


def test_a_ratio_has_the_interval_of_scipys_percentile_bootstrap():
    rng = np.random.default_rng(4)
    messages = rng.poisson(30, 80) * rng.integers(1, 4, 80)
    hits = rng.binomial(messages, rng.beta(3, 2, 80)).astype(float)
    alarms = messages - hits

    def precision(h, f, axis):
        return h.sum(axis=axis) / (h.sum(axis=axis) + f.sum(axis=axis))

    ours = interval(METRICS["precision"].of, {"hits": hits, "false_alarms": alarms})
    other = by_scipy((hits, alarms), precision)
    width = ours.high - ours.low
    assert ours.mean == pytest.approx(precision(hits, alarms, 0))
    assert [ours.low, ours.high] == pytest.approx([other.low, other.high], abs=0.05 * width)


def test_draws_hold_as_many_people_as_there_are():
    weights = draws(30, 5, 400)
    assert weights.shape == (400, 30)
    assert (weights.sum(axis=1) == 30).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(30), abs=0.2)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1


# ---------------------------------------------------------------- robust statistics


@pytest.mark.parametrize("people", [2, 3, 4, 7, 80, 121])
def test_the_interquartile_mean_is_the_mean_trimmed_by_a_quarter(people):
    scores = np.random.default_rng(people).normal(size=people)
    assert interquartile_mean(scores).mean == pytest.approx(trim_mean(scores, 0.25))


def test_the_interquartile_mean_by_hand():
    """Of eight, the two lowest and the two highest go: (3 + 4 + 5 + 7) / 4."""
    assert interquartile_mean(np.array([100, 3, 4, -50, 5, 7, 8, 1.0])).mean == 4.75


def test_rliables_own_examples():
    """The numbers of github.com/google-research/rliable, tests/rliable/metrics_test.py."""
    x, y = np.array([[1, 2], [2, 2], [1, 1], [2, 1]]), np.array([[1, 1], [2, 2], [3, 3]])
    assert interquartile_mean(x.ravel()).mean == 1.5
    assert interquartile_mean(y.ravel()).mean == 2
    # Its probability of improvement compares all pairs of runs in each task; ours the pairs given.
    pairs = np.array([(a, b) for task in (0, 1) for a in x[:, task] for b in y[:, task]])
    assert improvement(*pairs.T).mean == pytest.approx(1 / 3)


def test_the_middle_half_varies_as_scipys_bootstrap_says():
    scores = np.random.default_rng(6).beta(5, 2, 100)
    mean, low, high = interquartile_mean(scores)
    other = by_scipy((scores,), lambda x, axis: trim_mean(x, 0.25, axis=axis))
    assert low < mean < high
    assert [low, high] == pytest.approx([other.low, other.high], abs=0.1 * (high - low))


def test_improvement_counts_ties_as_halves():
    scores = np.arange(10.0)
    assert improvement(scores, scores) == (0.5, 0.5, 0.5)
    assert improvement(scores + 1, scores).mean == 1
    assert improvement(np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 4, 4])).mean == 0.5
    assert improvement(np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 1, 5])).mean == 0.625


def test_nine_of_ten_people_exceed_the_tenth_percentile():
    scores = np.random.default_rng(8).permutation(101).astype(float)
    found = tenth_percentile(scores)
    assert found.mean == 10
    assert (scores > found.mean).mean() == pytest.approx(0.9, abs=0.01)
    assert found.low < 10 < found.high


# ---------------------------------------------------------------- what is undefined


def test_samples_of_nothing_are_left_out():
    samples = np.concatenate([np.linspace(0, 1, 1001), [np.nan, np.inf, -np.inf]])
    assert percentile_interval(0.5, samples) == pytest.approx((0.5, 0.025, 0.975))


@pytest.mark.parametrize(
    ("value", "samples"),
    [(np.nan, np.ones(5)), (np.inf, np.ones(5)), (0.5, np.full(5, np.nan)), (0.5, np.array([]))],
)
def test_what_is_undefined_has_no_interval(value, samples):
    assert np.isnan(percentile_interval(value, samples)).all()


def test_a_ratio_of_nothing_is_undefined_and_warns_of_nothing():
    nothing = {"hits": np.zeros(4), "false_alarms": np.zeros(4)}
    assert np.isnan(interval(METRICS["precision"].of, nothing)).all()
    rare = {"hits": np.array([0, 0, 0, 1.0]), "false_alarms": np.array([0, 0, 1.0, 0])}
    found = interval(METRICS["precision"].of, rare)
    assert (found.mean, found.low, found.high) == (0.5, 0, 1)


# ---------------------------------------------------------------- coverage


def covered(truth, value, *sums):
    """Share of data sets whose interval holds the truth; `sums` are (DATASETS, PEOPLE)."""
    held = []
    for group, rows in enumerate(np.split(np.arange(DATASETS), GROUPS)):
        weights = draws(PEOPLE, 100 + group, RESAMPLES)
        samples = value(*(table[rows] @ weights.T for table in sums))
        values = value(*(table[rows].sum(axis=1) for table in sums))
        for at, row in zip(values, samples, strict=True):
            _, low, high = percentile_interval(at, row)
            held.append(low <= truth <= high)
    return np.mean(held)


def rewards_of_people(rng, liking):
    """Mean reward over 20 points of people who like the assistant more or less, in [-1, 1]."""
    points = rng.beta(3 * liking[..., None], 3 * (1 - liking[..., None]), (*liking.shape, 20))
    return 2 * points.mean(axis=-1) - 1


def test_intervals_of_a_mean_reward_hold_the_truth():
    rng = np.random.default_rng(10)
    liking = rng.beta(4, 1.5, (DATASETS, PEOPLE))
    rewards = rewards_of_people(rng, liking)
    assert -1 < ((rewards - rewards.mean()) ** 3).mean() / rewards.std() ** 3 < -0.5
    truth = 2 * 4 / 5.5 - 1
    assert 0.93 <= covered(truth, lambda total: total / PEOPLE, rewards) <= 0.97


def test_intervals_of_a_ratio_hold_the_truth():
    """People to whom more is said are those for whom it is right, as with precision."""
    rng = np.random.default_rng(11)
    chance = rng.beta(3, 2, (DATASETS, PEOPLE))
    messages = 5 + rng.poisson(40 * chance)
    hits = rng.binomial(messages, chance)
    truth = (5 * 0.6 + 40 * 0.4) / (5 + 40 * 0.6)
    assert 0.93 <= covered(truth, lambda h, m: h / m, hits, messages) <= 0.97


def test_intervals_of_a_paired_difference_hold_the_truth():
    rng = np.random.default_rng(12)
    person = rng.normal(0, 0.3, (DATASETS, PEOPLE))
    better, worse = (
        person + shift + rng.gamma(4, 0.05, person.shape) * sign
        for shift, sign in ((0.1, 1), (0.0, -1))
    )
    share = covered(0.1 + 0.2 + 0.2, lambda total: total / PEOPLE, better - worse)
    assert 0.93 <= share <= 0.97
