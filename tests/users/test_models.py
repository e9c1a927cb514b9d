"""The fast paths against the plain formulas, and the parameter file."""

import json

import numpy as np
import pytest

from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import DataError, InvalidOptionError
from proactive_gym.streams import derive
from proactive_gym.users import Parameters, UserAssumptions
from proactive_gym.users.deviations import SLOPES, component_membership, slope_columns
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import (
    ACTIONS,
    COMPONENTS,
    action_components,
    coefficient_matrix,
    covariates,
    design_matrix,
)
from proactive_gym.users.latent import REWARDS, answer_of_worth, expected_reward, worth_of_answer
from proactive_gym.users.parameters import PARAMETERS_PATH, to_json
from proactive_gym.users.reacting import FLAGS, SPOKEN
from proactive_gym.users.reactions import ITEMS, spoken_features, wish_features


@pytest.fixture(scope="module")
def engine() -> Engine:
    made = Engine(Options.of(), 60)
    made.reset(made.everyone, derive(np.arange(60), 7))
    return made


def test_the_regressions_columns_and_the_simulators_worths_agree(engine):
    user = engine.user
    situation = user.situation(engine.moments).select((slice(None), 3))
    x = covariates(user.pool.traits, user.person, situation)
    action = ACTIONS[np.arange(60) % 48]
    coefficients = user.parameters.satisfaction
    by_regression = design_matrix(x, action) @ coefficients
    has = action_components()[tuple(action.T)]
    by_components = ((coefficient_matrix(coefficients).T @ x) * has.T).sum(axis=0)
    assert np.allclose(by_regression, by_components)


def test_appraisal_is_the_plain_formula(engine):
    user = engine.user
    s = user.situation(engine.moments)
    person = np.broadcast_to(user.person[:, None], s.hour.shape)
    x = covariates(user.pool.traits, person, s)
    worth = np.einsum("cnp,cw->npw", x, coefficient_matrix(user.parameters.satisfaction))
    own = np.einsum("snp,ns->snp", slope_columns(s), user.deviation.astype(float))
    worth += np.einsum("snp,sw->npw", own, component_membership())
    fast = user.appraise(engine.everyone, s)[..., : len(COMPONENTS)]
    assert np.allclose(fast, worth, atol=2e-6)


def test_reaction_tables_are_the_plain_formula(engine):
    user, rng = engine.user, np.random.default_rng(0)
    count, p = 500, user.parameters
    answers = np.vstack([rng.integers(0, 11, count), rng.integers(1, 6, (3, count))])
    code = rng.choice(np.flatnonzero(SPOKEN), count)
    felt = np.vstack([REWARDS[answers[0]], (answers[1:] - 3) / 2])
    scenario, trust = rng.integers(0, 240, count), rng.normal(size=count)
    table = user.table
    gains = np.array([table.benefit / 2.5 - 1, (table.urgency - 3) / 2, (table.stakes - 3) / 2])[
        :, scenario
    ]
    items = rng.normal(size=(len(ITEMS), count))
    plain = p.spoken.T @ spoken_features(felt, FLAGS[:, code], gains, trust, items)
    plain += p.spoken_intercept[:, None]
    plain[5, FLAGS[2, code] == 0] = -np.inf  # undo needs an act
    temper = np.vstack([np.zeros((5, count)), user.reacting.of_people(items)])
    steady, odds = user.chances(scenario, np.zeros((8, count), np.float32), temper)
    assert (user.reacting.to_words(answers, code, steady, trust) == plain.argmax(axis=0) + 2).all()
    odds += user.reacting.wish_by_felt[answers[0] * 5 + answers[1] - 1]
    plain_odds = p.wish @ wish_features(felt, gains, items) + p.wish_intercept
    assert np.allclose(odds, plain_odds)


def test_an_answer_is_read_back_from_its_own_worth():
    answers = np.arange(11)
    assert (answer_of_worth(worth_of_answer(answers)) == answers).all()


@pytest.mark.parametrize("sd", [0.4, 0.7])
def test_expected_reward_is_the_mean_of_drawn_answers(sd):
    rng = np.random.default_rng(1)
    for worth in (-2.0, 0.1, 1.5):
        drawn = REWARDS[answer_of_worth(worth + sd * rng.normal(size=200_000))].mean()
        assert expected_reward(np.array([worth]), sd)[0] == pytest.approx(drawn, abs=3e-3)


def test_expected_rewards_of_all_actions(engine):
    user = engine.user
    worth = user.worth[:, 0, : len(COMPONENTS)].astype(float)
    expired = np.arange(60) % 2 == 0
    rewards = expected_rewards(worth, user.parameters.noise_sd, expired)
    assert rewards.shape == (60, 48)
    assert np.ptp(rewards[:, :16], axis=1).max() == 0  # silence has one value
    assert (rewards[expired][:, 32:] == rewards[expired][:, :1]).all()
    direct = expected_reward(worth[:, 1], user.parameters.noise_sd[1])  # now, notify, brief, casual
    assert np.allclose(rewards[:, 16], direct)


def test_parameters_survive_a_round_trip(tmp_path):
    file = tmp_path / "p.json"
    Parameters.load().save(file)
    assert to_json(Parameters.load(file)) == to_json(Parameters.load())


def _without(content, key):
    content = json.loads(json.dumps(content))
    content["satisfaction"].pop(next(iter(content["satisfaction"])))
    return content if key == "a term" else {k: v for k, v in content.items() if k != key}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trust_start", [float("nan"), 1.0]),
        ("silent_correlation", [[1.0, 2.0], [2.0, 1.0]]),
        ("switch_off", {"intercept": float("inf"), "trust": 0.0, "R2": 0.0}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(tmp_path, name, value):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(json.loads(PARAMETERS_PATH.read_text()) | {name: value}))
    with pytest.raises(DataError, match="proactive-gym calibrate"):
        Parameters.load(file)


@pytest.mark.parametrize("missing", ["a term", "trust", "reaction"])
def test_other_parameters_are_refused(tmp_path, missing):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(_without(json.loads(PARAMETERS_PATH.read_text()), missing)))
    with pytest.raises(DataError, match="proactive-gym calibrate"):
        Parameters.load(file)


@pytest.mark.parametrize("text", ["", '{"satisfaction": {', "[]", '{"a": NaN}'])
def test_a_torn_parameter_file_is_refused(tmp_path, text):
    file = tmp_path / "p.json"
    file.write_text(text)
    with pytest.raises(DataError, match=r"p\.json"):
        Parameters.load(file)


def test_a_missing_parameter_file_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match="is missing: run `proactive-gym calibrate`"):
        Parameters.load(tmp_path / "none.json")


@pytest.mark.parametrize("bad", [{"drift": 2.0}, {"fatigue": -1.0}, {"voice": "often"}])
def test_assumptions_out_of_range_are_refused(bad):
    with pytest.raises(InvalidOptionError, match=next(iter(bad))):
        UserAssumptions(**bad)


def test_deviations_have_the_fitted_spread_and_keep_it_while_drifting():
    engine = Engine(Options.of(sessions=6, points=1, drift=0.5), 3000)
    engine.reset(engine.everyone, derive(np.arange(3000), 3))
    first = engine.user.deviation.copy()
    for _ in range(5):
        engine.step(np.zeros((3000, 4), np.int64))
    sd = engine.user._scale
    used = sd > 0.05
    assert np.allclose(first.std(axis=0)[used] / sd[used], 1, atol=0.06)
    assert np.allclose(engine.user.deviation.std(axis=0)[used] / sd[used], 1, atol=0.06)
    column = [s.facet for s in SLOPES].index("hold")
    r = np.corrcoef(first[:, column], engine.user.deviation[:, column])[0, 1]
    assert r == pytest.approx((1 - 0.25) ** 2.5 * 0.99**5, abs=0.05)
