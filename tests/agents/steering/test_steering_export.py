import json

import numpy as np
import pytest

from proactive_agents.steering.dimensions import DIMENSIONS
from proactive_agents.steering.export import FORMAT, KIND, Belief
from proactive_agents.steering.posterior import NEVER, Beliefs
from proactive_gym.errors import CheckpointError, InvalidOptionError

SIZE = len(DIMENSIONS)
ABOUT = {"person": "p0042", "days": 3, "seeds": (0, 4), "view": "none", "basis": "ab" * 32}


@pytest.fixture
def beliefs(basis) -> Beliefs:
    """Of three people, of whom something was learnt."""
    rng, prior = np.random.default_rng(1), basis.priors["none"]
    made = Beliefs.of_strangers(rng.normal(size=(3, SIZE)).astype(np.float32), prior.covariance)
    made.mean += rng.normal(0, 0.3, made.mean.shape).astype(np.float32)
    slope = rng.normal(size=(3, SIZE)).astype(np.float32)
    spread = np.einsum("nkl,nl->nk", made.covariance, slope)
    weight = 0.5 / (1 + (spread * slope).sum(axis=1))
    change = weight[:, None, None] * (spread[:, :, None] * spread[:, None, :])
    made.covariance -= change.astype(np.float32)
    made.never[:] = (0.2, 0.001, 0.7)
    return made


@pytest.fixture
def belief(beliefs) -> Belief:
    return Belief.of(beliefs, 1, **ABOUT)


@pytest.fixture
def path(belief, tmp_path):
    path = tmp_path / "deep" / "b.json"
    belief.save(path)
    return path


def test_what_is_written_is_read_to_the_bit(belief, path) -> None:
    found = Belief.load(path)
    for name, value in vars(belief).items():
        if isinstance(value, np.ndarray):
            assert getattr(found, name).dtype == np.float32
            np.testing.assert_array_equal(getattr(found, name), value)
        else:
            assert getattr(found, name) == value


def test_the_file_names_its_dimensions_and_is_small(path) -> None:
    told = json.loads(path.read_text())
    assert (told["kind"], told["format"]) == (KIND, FORMAT)
    assert told["dimensions"] == [d.name for d in DIMENSIONS]
    assert len(path.read_text().splitlines()) < 200
    assert path.stat().st_size < 64_000


def test_it_is_the_state_of_an_agent_that_meets_this_person_alone(beliefs, belief, basis) -> None:
    from proactive_agents.steering.posterior import packed

    state = belief.state
    np.testing.assert_array_equal(state["mean"], beliefs.mean[1:2])
    np.testing.assert_array_equal(state["covariance"], packed(beliefs.covariance)[1:2])
    np.testing.assert_array_equal(state["stranger"], beliefs.prior_mean[1:2])
    np.testing.assert_array_equal(state["never"], beliefs.never[1:2])


def test_kinds_are_taken_back_and_the_rest_stays(belief) -> None:
    less = belief.without(["timing", "style"])
    own = np.array([d.kind in ("timing", "style") for d in DIMENSIONS])
    np.testing.assert_array_equal(less.mean[own], belief.prior_mean[own])
    np.testing.assert_array_equal(less.mean[~own], belief.mean[~own])
    both = np.ix_(own, own)
    np.testing.assert_array_equal(less.covariance[both], belief.prior_covariance[both])
    assert (less.covariance[np.ix_(own, ~own)] == 0).all()
    assert (belief.mean[own] != belief.prior_mean[own]).all()
    with pytest.raises(InvalidOptionError, match="no kind 'mood': there are timing, "):
        belief.without(["mood"])


def test_without_everything_it_is_a_stranger(belief, tmp_path) -> None:
    from proactive_agents.steering.dimensions import KINDS

    stranger = belief.without(KINDS)
    np.testing.assert_array_equal(stranger.mean, belief.prior_mean)
    np.testing.assert_array_equal(stranger.covariance, belief.prior_covariance)
    assert stranger.never == np.float32(NEVER)
    stranger.save(tmp_path / "s.json")
    assert Belief.load(tmp_path / "s.json").days == 3


def at(*keys, value):
    """A change of what the file tells."""

    def change(told):
        inner = told
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    change.__name__ = f"{keys} {str(value)[:12]}"
    return change


def without_field(name):
    def change(told):
        del told[name]

    change.__name__ = f"without {name}"
    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("kind", value="a recipe"), "does not say that it is one"),
        (at("format", value=2), "format 2, and this version reads 1"),
        (at("format", value=True), "format True"),
        (at("note", value="x"), "these differ: \\['note'\\]"),
        (without_field("basis"), "these differ: \\['basis'\\]"),
        (at("dimensions", 0, value="mood"), "other dimensions"),
        (at("dimensions", value=None), "other dimensions"),
        (at("view", value="mind"), "its view must be one of none, demographics, survey"),
        (at("view", value=["none"]), "its view must be"),
        (at("person", value=3), "its person must be a text"),
        (at("basis", value=None), "its basis must be a text"),
        (at("days", value=-1), "whole numbers"),
        (at("days", value=1.5), "whole numbers"),
        (at("seeds", value=[0, True]), "whole numbers"),
        (at("seeds", value=0), "whole numbers"),
        (at("never_answers", value=1), "its never_answers must be"),
        (at("never_answers", value=-0.1), "its never_answers must be"),
        (at("never_answers", value="0"), "its never_answers must be"),
        (at("mean", value=[0.0]), "its mean must hold"),
        (at("mean", value="zero"), "its mean must hold"),
        (at("mean", 0, value=True), "its mean holds 'True'"),
        (at("mean", 0, value=None), "its mean holds 'None'"),
        (at("mean", 0, value="1"), "its mean holds '1'"),
        (at("mean", 0, value=float("nan")), "it holds NaN"),
        (at("mean", 0, value=float("-inf")), "it holds -Infinity"),
        (at("mean", 0, value=10**400), "its mean holds"),
        (at("covariance", value=[]), "its covariance must hold"),
        (at("covariance", 0, value=[]), "its covariance must hold"),
        (at("covariance", 0, 1, value=0.7), "its covariance is none"),
        (at("covariance", 0, 0, value=0.0), "its covariance is none"),
        (at("covariance", 0, 0, value=-1), "its covariance is none"),
        (at("prior", value=[]), "its prior must hold"),
        (at("prior", value={"mean": []}), "its prior must hold"),
        (at("prior", "mean", 0, value="x"), "its mean holds 'x'"),
        (at("prior", "covariance", 3, 3, value=-2), "its covariance is none"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_numbers_that_no_belief_has_are_named(path, change, message) -> None:
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    with pytest.raises(
        CheckpointError, match=f"b.json is no exported belief, or is torn: .*{message}"
    ):
        Belief.load(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b"[" * 100_000, b'{"kind": NaN}', b"1" * 5000],
    ids=lambda content: repr(content[:12]),
)
def test_other_files_are_refused(path, content) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is no exported belief, or is torn"):
        Belief.load(path)


def test_a_torn_file_is_refused_wherever_it_ends(path) -> None:
    whole = path.read_bytes()
    for size in range(0, len(whole) - 1, 997):
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match="is no exported belief, or is torn"):
            Belief.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    for missing in (tmp_path / "gone.json", tmp_path):
        with pytest.raises(CheckpointError, match="cannot be read"):
            Belief.load(missing)


def test_a_digest_names_the_directions(random_basis) -> None:
    first, same, other = random_basis(0), random_basis(0), random_basis(1)
    assert first.digest == same.digest != other.digest
    changed = first.with_prior("none", first.priors["none"].covariance * 2)
    assert changed.digest != first.digest
