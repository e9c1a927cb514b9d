"""Fitting a basis, to people whose coefficients are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.tree import NODES, NODES_OF
from proactive_agents.lm.worth import SPOKEN
from proactive_agents.steering import learn as steering_learn
from proactive_agents.steering import train as steering_train
from proactive_agents.steering.basis import VIEWS, Basis
from proactive_agents.steering.dimensions import DIMENSIONS, PART, gates
from proactive_agents.steering.learn import Fitting, Material, fit_basis, priors_of
from proactive_agents.steering.rating import Rater
from proactive_agents.steering.train import Arguments, train
from proactive_gym.envs.observation import encode_profile
from proactive_gym.errors import InvalidOptionError
from proactive_gym.users.features import ACTIONS

SIZE = len(DIMENSIONS)
NAMES = [d.name for d in DIMENSIONS]
FITTING = Fitting(epochs=50, batch=180, learning_rate=0.03, soft=False)


def error_of(model, basis: Basis, coefficients, material: Material) -> float:
    """Mean squared error of expected rewards, silence counting as much as eight ways to speak."""
    own = torch.from_numpy(np.float32(coefficients))[material.life]
    worth = Rater.of(model, basis)(material.states.float(), material.gates, own).worth
    wrong = (torch.tanh(worth) - material.rewards).square()
    return float(((8 * wrong[:, 0] + wrong[:, 1:].sum(dim=1)) / 40).mean())


@pytest.fixture(scope="module")
def truth(random_basis, tiny, material):
    """A basis without soft gates, and everyone's coefficients of it.

    Detail and formality lead from one of their words to the other.
    """
    basis = random_basis(5, material.states.shape[2], soft=0.0)
    head = tiny.model.get_output_embeddings().weight.detach().numpy()
    for name in ("detail", "formality"):
        k = NAMES.index(name)
        low, high = tiny.first[PART[k]].tolist()
        basis.directions[k] = head[high] - head[low]
    people = int(material.life.max()) + 1
    return basis, np.random.default_rng(6).normal(size=(people, SIZE)).astype(np.float32)


@pytest.fixture(scope="module")
def wished(tiny, material, truth) -> Material:
    """The material of people whose rewards are what these coefficients say."""
    basis, coefficients = truth
    own = torch.from_numpy(coefficients)[material.life]
    worth = Rater.of(tiny, basis)(material.states.float(), material.gates, own).worth
    return replace(material, rewards=torch.tanh(worth))


@pytest.fixture(scope="module")
def fit(tiny, wished, some_lives):
    """`fit(fitting, directions)`: a basis, everyone's coefficients, and the errors told."""

    def fitted(fitting: Fitting, directions=None):
        kept, told = [], []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                steering_learn,
                "priors_of",
                lambda found, *others: kept.append(found) or priors_of(found, *others),
            )
            basis = fit_basis(tiny, wished, some_lives, fitting, directions, told.append)
        return basis, kept[0], told

    return fitted


@pytest.fixture(scope="module")
def learnt(fit):
    return fit(FITTING)


# ------------------------------------------------------------------ what is fitted to


def test_material_is_what_the_lives_hold(tiny, some_lives, material) -> None:
    count = len(some_lives)
    assert material.states.shape[:2] == (count, len(NODES))
    assert material.states.dtype == torch.float16
    np.testing.assert_array_equal(material.gates, gates(some_lives.moments))
    np.testing.assert_array_equal(material.life, some_lives.life)
    silent = int(np.flatnonzero(ACTIONS[:, 0] == 0)[0])
    np.testing.assert_array_equal(material.rewards[:, 0], some_lives.rewards[:, silent])
    for column, action in enumerate(SPOKEN):
        at = int(np.flatnonzero((action == ACTIONS).all(axis=1))[0])
        np.testing.assert_array_equal(material.rewards[:, 1 + column], some_lives.rewards[:, at])
    situations, words = training_situations(), some_lives.moments.words()
    # Beyond the first batch of moments too, and in the order of the lives.
    for i in (0, 300, count - 1):
        met = situations[some_lives.situation[i]]
        own = tiny.states([tiny.prompt(met.domain, met.situation, words[i])])
        torch.testing.assert_close(material.states[i].float(), own[0], rtol=2e-3, atol=2e-3)


# ------------------------------------------------------------------ the fit


def test_the_fit_explains_what_nobody_in_particular_does_not(tiny, wished, learnt, truth) -> None:
    basis, coefficients, told = learnt
    before = error_of(tiny, basis, np.zeros_like(coefficients), wished)
    after = error_of(tiny, basis, coefficients, wished)
    assert after < 0.1 * before
    assert error_of(tiny, truth[0], truth[1], wished) < 1e-6
    assert basis.residual == told[-1]["loss"] == pytest.approx(after, rel=0.25)
    assert [t["progress"] for t in told] == pytest.approx(np.arange(1, 51) / 50)
    assert told[-1]["loss"] < 0.3 * told[0]["loss"]


def test_coefficients_have_unit_variance(learnt) -> None:
    np.testing.assert_allclose(learnt[1].std(axis=0), 1, rtol=1e-3)


def test_coefficients_are_found_again(learnt, truth) -> None:
    """Up to scale and sign, where no other dimension acts in the same moments on the same part.

    Speaking, waiting and silence always act, and so do all domains together, and benefit tells of
    silence as of speech: they are found as a mixture.
    """
    (_, found, _), (_, true) = learnt, truth
    alone = ("acting by stakes", "detail", "formality")
    for name in alone:
        k = NAMES.index(name)
        assert abs(np.corrcoef(found[:, k], true[:, k])[0, 1]) > 0.85, name
        rest = np.delete(true, k, axis=1)
        assert abs(np.corrcoef(found[:, k], rest.T)[0, 1:]).max() < 0.7, name


def test_directions_are_found_again_where_they_act_alone(learnt, truth, tiny, material) -> None:
    """By what they do to the words of the reply: the rest of a direction moves nothing."""
    (basis, found, _), (true, known) = learnt, truth
    for name in ("detail", "formality"):
        k = NAMES.index(name)
        part = PART[k]
        states = material.states[:50, NODES_OF[part]].float()
        moved = []
        for one in (basis, true):
            steered = states + torch.from_numpy(one.directions[k])
            change = tiny.head.logits(steered, part) - tiny.head.logits(states, part)
            moved.append((change[..., 1] - change[..., 0]).detach().mean().item())
        sign = np.sign(np.corrcoef(found[:, k], known[:, k])[0, 1])
        assert moved[0] * sign == pytest.approx(moved[1], rel=0.5), name


def test_a_seed_decides_everything(fit) -> None:
    short = replace(FITTING, epochs=2, soft=True)
    (first, own, _), (again, same, _) = fit(short), fit(short)
    np.testing.assert_array_equal(first.directions, again.directions)
    np.testing.assert_array_equal(first.contexts, again.contexts)
    np.testing.assert_array_equal(own, same)
    assert first.contexts.any()
    other, _, _ = fit(replace(short, seed=1))
    assert not np.allclose(first.directions, other.directions)
    assert not fit(replace(short, soft=False))[0].contexts.any()


def test_the_model_is_not_changed_and_a_basis_can_be_kept(fit, tiny, tmp_path) -> None:
    before = [weight.clone() for weight in tiny.model.parameters()]
    basis, _, _ = fit(replace(FITTING, epochs=1))
    for old, weight in zip(before, tiny.model.parameters(), strict=True):
        assert torch.equal(old, weight)
    path = tmp_path / "basis.safetensors"
    basis.save(path)
    found = Basis.load(path)
    np.testing.assert_array_equal(found.directions, basis.directions)
    assert found.about["kind"] == "learnt"
    assert found.about["fitting"]["epochs"] == 1


@pytest.mark.parametrize("batch", [500, 100_000])
def test_errors_are_means_whatever_the_batch(fit, batch: int) -> None:
    """Of few moments, that are no multiple of a batch or less than one."""
    still = replace(FITTING, epochs=1, learning_rate=1e-9, soft=False)
    _, _, told = fit(replace(still, batch=batch))
    _, _, expected = fit(replace(still, batch=120))
    assert told[0]["loss"] == pytest.approx(expected[0]["loss"], rel=0.1)


def test_given_directions_are_kept_but_for_their_lengths(fit, tiny, wished, truth) -> None:
    given = truth[0].directions.copy()
    given[3] = 0.0
    kept = given.copy()
    basis, coefficients, _ = fit(replace(FITTING, epochs=25), given)
    np.testing.assert_array_equal(given, kept)
    lengths = (basis.directions * given).sum(axis=1) / (given**2).sum(axis=1).clip(min=1e-9)
    np.testing.assert_allclose(basis.directions, lengths[:, None] * given, atol=1e-5)
    assert np.ptp(lengths) > 0.1
    assert not basis.directions[3].any()
    assert basis.about["kind"] == "contrastive"
    zero = error_of(tiny, basis, np.zeros_like(coefficients), wished)
    assert error_of(tiny, basis, coefficients, wished) < 0.3 * zero


# ------------------------------------------------------------------ priors


def test_without_knowledge_a_stranger_is_the_average(lives) -> None:
    found = np.random.default_rng(0).normal(2, 1, (80, SIZE)) @ np.diag(np.linspace(0.5, 2, SIZE))
    prior = priors_of(found, lives, 30.0)["none"]
    mean = prior.mean(np.zeros((5, 0), np.float32))
    np.testing.assert_allclose(mean, np.tile(found.mean(axis=0), (5, 1)), rtol=1e-5)
    np.testing.assert_allclose(prior.covariance, np.cov(found.T, bias=True), atol=1e-5)


def test_what_follows_from_the_survey_is_read_from_it(lives) -> None:
    rng, views = np.random.default_rng(1), {v: encode_profile(lives.people, v) for v in VIEWS}
    survey = views["survey"]
    linear = 0.5 + survey @ rng.normal(size=(survey.shape[1], SIZE))
    order = rng.permutation(80)
    # Lives are numbered otherwise than people.
    turned = replace(lives, life=order[lives.person])
    found = np.empty_like(linear)
    found[order] = linear
    priors = priors_of(found, turned, 1e-3)
    np.testing.assert_allclose(priors["survey"].mean(survey), linear, atol=0.05)
    left = {v: np.trace(p.covariance) for v, p in priors.items()}
    assert left["survey"] < 0.01 * left["none"]
    assert left["survey"] < left["demographics"] < left["none"]
    # A larger penalty believes less of what is known, and no less of the average.
    cautious = priors_of(found, turned, 1e3)
    spread = [p["survey"].mean(survey).std(axis=0).mean() for p in (cautious, priors)]
    assert spread[0] < 0.5 * spread[1]
    average = cautious["survey"].mean(survey).mean(axis=0)
    np.testing.assert_allclose(average, linear.mean(axis=0), atol=1e-4)


# ------------------------------------------------------------------ the command


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "guessed"}, "kind must be one of learnt, contrastive, not 'guessed'"),
        ({"lives": 0}, "lives must be at least 1"),
        ({"days": -1}, "days must be at least 1"),
        ({"epochs": 0}, "epochs must be at least 1"),
    ],
)
def test_arguments_that_cannot_work_are_refused(changed, words) -> None:
    with pytest.raises(InvalidOptionError, match=words):
        Arguments(**changed)


@pytest.mark.parametrize("kind", ["learnt", "contrastive"])
def test_training_fits_what_was_asked_for(monkeypatch, tiny, some_lives, material, truth, kind):
    asked = {}

    def lived(seed, lives, days):
        asked.update(lives=lives, days=days)
        return some_lives

    monkeypatch.setattr(steering_train.LanguageModel, "load", lambda name: tiny)
    monkeypatch.setattr(steering_train, "live", lived)
    monkeypatch.setattr(steering_train.Material, "of", lambda *given: material)
    given = truth[0].directions
    monkeypatch.setattr(steering_train, "contrasts", lambda *given_to, **options: given)
    told = []
    basis = train(Arguments(kind=kind, lives=2, days=3, epochs=2, soft=False), told.append)
    assert asked == {"lives": 2, "days": 3}
    assert basis.about["kind"] == kind
    assert [t["progress"] for t in told] == [0.5, 1.0]
    assert not basis.contexts.any()
    cosine = (basis.directions * given).sum(axis=1)
    cosine /= np.linalg.norm(basis.directions, axis=1) * np.linalg.norm(given, axis=1)
    assert (np.abs(cosine) > 0.999).all() == (kind == "contrastive")
