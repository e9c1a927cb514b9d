"""The fitting code makes the shipped parameters; slow fits are marked."""

import numpy as np
import pytest

from proactive_gym.language.parameters import PARAMETERS_PATH, load_parameters
from proactive_gym.language.topic import TopicIndex

language = pytest.importorskip("proactive_gym.calibration.language", exc_type=ImportError)


@pytest.fixture(scope="module")
def corpus():
    return language.Corpus.load()


def same(fitted: dict) -> None:
    shipped = load_parameters()
    for name, array in fitted.items():
        assert array.dtype == shipped[name].dtype, name
        if array.dtype.kind in "US":
            assert array.tolist() == shipped[name].tolist(), name
        else:
            np.testing.assert_allclose(
                array.astype(float), shipped[name].astype(float), rtol=1e-2, atol=5e-3, err_msg=name
            )


@pytest.mark.slow
def test_facets_are_reproduced(corpus) -> None:
    same(language.fit_facets(corpus.messages(corpus.seen)))


def test_topic_is_reproduced(corpus) -> None:
    same(language.fit_topic(corpus, TopicIndex.of(corpus.scenarios, corpus.seen)))


def test_embedding_is_reproduced(corpus) -> None:
    same(language.fit_embedding(corpus))


@pytest.mark.slow
def test_soundness_is_reproduced(corpus) -> None:
    same(language.fit_soundness(corpus))


def test_unseen_scenarios_are_not_fitted_on(corpus) -> None:
    seen = {m.scenario for m in corpus.messages(corpus.seen)}
    assert len(seen) == 200
    assert not seen.intersection(corpus.unseen)


def test_archive_is_the_same_for_the_same_arrays(tmp_path) -> None:
    arrays = load_parameters()
    language.save(arrays, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == PARAMETERS_PATH.read_bytes()
