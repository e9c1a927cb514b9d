import numpy as np
import pytest
from scipy import stats

from proactive_gym.streams import (
    bits,
    derive,
    gumbel_of,
    halfwords,
    normal_of,
    normals,
    uniform_of,
    uniforms,
)

KEYS = derive(np.arange(4000), 17)


def test_a_number_depends_on_its_key_alone():
    whole = uniforms(KEYS, 5)
    assert (uniforms(KEYS[7:8], 5) == whole[7]).all()
    assert (uniforms(KEYS[::-1], 3) == whole[::-1, :3]).all()
    assert (derive(5, 3) == derive(np.array([4, 5]), 3)[1]).all()


def test_children_of_neighbouring_keys_and_salts_are_all_different():
    children = derive(np.arange(200)[:, None], np.arange(200))
    assert len(np.unique(children)) == children.size
    assert len(np.unique(bits(KEYS, 4))) == 4 * len(KEYS)


@pytest.mark.parametrize("column", [0, 3])
def test_uniforms_are_uniform_along_keys(column):
    assert stats.kstest(uniforms(KEYS, 4)[:, column], "uniform").pvalue > 1e-3


def test_normals_are_normal_and_independent_of_neighbours():
    draws = normals(KEYS, 4)
    assert stats.kstest(draws.ravel(), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 0.05
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 0.06


def test_tables_match_their_distributions():
    words = np.arange(1 << 16).astype(np.uint16)
    assert np.allclose(
        np.percentile(normal_of(words), [2.5, 50, 97.5]), [-1.96, 0, 1.96], atol=1e-3
    )
    assert gumbel_of(words).mean() == pytest.approx(np.euler_gamma, abs=1e-3)
    assert uniform_of(words).min() > 0
    assert uniform_of(words).max() < 1


def test_argmax_of_logits_plus_gumbels_is_a_softmax_draw():
    logits = np.log([0.2, 0.5, 0.3])
    drawn = (logits + gumbel_of(halfwords(KEYS, 3))).argmax(axis=1)
    shares = np.bincount(drawn, minlength=3) / len(KEYS)
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.03)
