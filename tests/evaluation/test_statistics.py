import numpy as np
import pytest

from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.statistics import clustered_mean, paired_difference


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
    with pytest.raises(InvalidOptionError, match="finite scores of at least two people"):
        clustered_mean(scores)
