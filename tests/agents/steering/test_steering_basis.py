"""The basis on disk, its priors, and the dimensions it is of."""

import json
from dataclasses import replace

import numpy as np
import pytest

from proactive_agents import checkpoint
from proactive_agents.steering.basis import NAME, VIEWS, Basis, Prior
from proactive_agents.steering.dimensions import DIMENSIONS, KINDS, PART, PARTS, gates
from proactive_gym.errors import CheckpointError
from proactive_gym.users.features import ACTIVITY_GROUPS
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS

NAMES = [d.name for d in DIMENSIONS]


@pytest.fixture
def path(tmp_path, basis):
    path = tmp_path / "deep" / "basis.safetensors"
    basis.save(path, {"command": "train"})
    return path


def test_what_is_saved_is_loaded_to_the_bit(path, basis) -> None:
    found = Basis.load(path)
    np.testing.assert_array_equal(found.directions, basis.directions)
    np.testing.assert_array_equal(found.contexts, basis.contexts)
    assert found.residual == basis.residual
    assert set(found.priors) == set(VIEWS)
    for view in VIEWS:
        np.testing.assert_array_equal(found.priors[view].weights, basis.priors[view].weights)
        np.testing.assert_array_equal(found.priors[view].covariance, basis.priors[view].covariance)
    assert found.about["kind"] == "drawn"
    assert found.about["command"] == "train"


def test_a_manifest_that_can_be_read_lies_beside_it(path, basis) -> None:
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert manifest["dimensions"] == NAMES
    assert manifest["parts"] == {d.name: PARTS[d.part] for d in DIMENSIONS}
    assert manifest["residual"] == basis.residual
    arrays, _ = checkpoint.read(path, NAME)
    assert manifest["arrays"] == {name: list(array.shape) for name, array in arrays.items()}
    assert manifest["arrays"]["directions"] == list(basis.directions.shape)
    assert manifest["command"] == "train"


def test_a_basis_goes_through_disk_again_and_again(path, tmp_path) -> None:
    again = tmp_path / "again.safetensors"
    Basis.load(path).save(again)
    assert again.read_bytes() == path.read_bytes()


def test_a_missing_or_torn_file_is_named_and_what_to_do(path) -> None:
    with pytest.raises(CheckpointError, match=r"none\.safetensors is not there: train"):
        Basis.load(path.with_name("none.safetensors"))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match=r"torn .*: train the agent again"):
        Basis.load(path)


@pytest.mark.parametrize("told", [NAMES[:-1], NAMES[::-1], None], ids=["fewer", "turned", "none"])
def test_other_dimensions_are_refused(path, told) -> None:
    arrays, about = checkpoint.read(path, NAME)
    checkpoint.write(path, NAME, arrays, about | {"dimensions": told})
    with pytest.raises(CheckpointError, match=r"has the dimensions .* train it again"):
        Basis.load(path)


@pytest.mark.parametrize("gone", ["contexts", "prior.survey.weights", "residual"])
def test_a_file_of_another_form_is_refused(path, gone) -> None:
    arrays, about = checkpoint.read(path, NAME)
    arrays.pop(gone, None)
    about.pop(gone, None)
    checkpoint.write(path, NAME, arrays, about)
    with pytest.raises(CheckpointError, match=f"{gone}.* train it again"):
        Basis.load(path)


def test_another_agents_weights_are_refused(path, basis) -> None:
    checkpoint.write(path, "ppo", {"directions": basis.directions}, {"dimensions": NAMES})
    with pytest.raises(CheckpointError, match="holds weights of 'ppo'"):
        Basis.load(path)


def test_priors_are_linear_in_what_is_known() -> None:
    weights = np.array([[1.0, 2.0], [0.5, 0.0], [0.0, -1.0]], np.float32)
    prior = Prior(weights, np.eye(2, dtype=np.float32))
    found = prior.mean(np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 3.0]]))
    np.testing.assert_array_equal(found, [[1, 2], [2, 2], [1.5, -1]])
    assert found.dtype == np.float32
    stranger = replace(prior, weights=weights[:1]).mean(np.zeros((3, 0), np.float32))
    np.testing.assert_array_equal(stranger, [[1, 2]] * 3)


def test_another_covariance_changes_one_prior_of_a_copy(basis) -> None:
    wider = 4 * basis.priors["survey"].covariance
    other = basis.with_prior("survey", wider)
    assert other.priors["survey"].covariance is wider
    assert other.priors["survey"].weights is basis.priors["survey"].weights
    assert other.priors["none"] is basis.priors["none"]
    assert basis.priors["survey"].covariance is not wider
    assert set(other.priors) == set(VIEWS)


def test_a_digest_names_all_numbers_of_a_basis_and_no_others(path, basis, random_basis) -> None:
    assert Basis.load(path).digest == basis.digest == random_basis().digest
    others = [
        random_basis(1),
        replace(basis, residual=0.06),
        replace(basis, contexts=-basis.contexts),
        basis.with_prior("survey", 2 * basis.priors["survey"].covariance),
    ]
    assert len({basis.digest, *(other.digest for other in others)}) == 5
    assert replace(basis, about={"kind": "told otherwise"}).digest == basis.digest


# ------------------------------------------------------------------ dimensions


def test_dimensions_are_told_apart() -> None:
    assert len(set(NAMES)) == len(NAMES)
    said = [words for d in DIMENSIONS for words in (d.says, d.denies)]
    assert len(set(said)) == len(said)
    assert {d.kind for d in DIMENSIONS} == set(KINDS)
    assert sorted(set(PART)) == [0, 1, 2, 3]


def test_gates_open_in_the_moments_of_their_dimension(lives) -> None:
    moments = lives.moments
    found = dict(zip(NAMES, gates(moments).T, strict=True))
    assert gates(moments).shape == (len(lives), len(DIMENSIONS))
    assert gates(moments).dtype == np.float32
    for name in ("speaking", "waiting", "suggesting", "asking", "acting", "detail", "formality"):
        assert (found[name] == 1).all()
    for i, domain in enumerate(DOMAINS):
        np.testing.assert_array_equal(found[f"domain {domain}"], moments.domain == i)
    money = np.isin(moments.domain, [DOMAINS.index("shopping"), DOMAINS.index("finance")])
    np.testing.assert_array_equal(found["acting on money"], money)
    late = (moments.hour < 8) | (moments.hour >= 22)
    for name, activities in ACTIVITY_GROUPS.items():
        codes = [ACTIVITIES.index(a) for a in activities]
        during = np.isin(moments.activity, codes)
        expected = during | late if name == "night" else during & ~late
        np.testing.assert_array_equal(found[f"now at {name}"], expected)
    benefit = moments.estimate[:, 0]
    assert np.corrcoef(found["by benefit"], benefit)[0, 1] > 0.999
    assert np.corrcoef(found["acting by stakes"], moments.estimate[:, 2])[0, 1] > 0.999
    assert np.corrcoef(found["by urgency"], moments.estimate[:, 1])[0, 1] > 0.999
