"""Answers simulated from known numbers: the fits must find these numbers again."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from proactive_gym.calibration import ratings, reactions, satisfaction, trust
from proactive_gym.calibration.tables import Evidence, Rows, alternative_rows, deviation_columns
from proactive_gym.users.deviations import FACETS, SLOPES
from proactive_gym.users.features import action_components, term_names
from proactive_gym.users.reactions import SPOKEN_FEATURES, SPOKEN_REACTIONS
from proactive_gym.vocabulary import DIARY_EVENTS

PEOPLE = 60


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    people = Evidence.of_split("population").people
    return Evidence.of_people(people.take(np.arange(PEOPLE)))


@pytest.fixture(scope="module")
def rows(evidence: Evidence) -> Rows:
    return alternative_rows(evidence)[0]


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(7))


def test_coefficients_are_recovered(rows: Rows) -> None:
    true = rng().normal(0, 0.5, len(term_names()))
    worth = rows.design @ true
    noisy = worth + rng().normal(0, 0.05, len(worth))
    seen = rows.person < PEOPLE - 10
    data = satisfaction.Stack(rows.design, noisy, np.ones(len(worth)), rows.person, len(worth))
    left = worth - rows.design @ data.fit(seen)
    # The penalty holds back what the rows cannot tell apart, hardly what they can.
    assert left[seen].std() < 0.05 * worth.std()
    assert left[~seen].std() < 0.15 * worth.std()


def test_weights_say_whom_to_believe(rows: Rows) -> None:
    n = len(rows.person)
    design = np.ones((2 * n, 1))
    worth, weight = np.r_[np.zeros(n), np.ones(n)], np.r_[np.full(n, 3.0), np.ones(n)]
    data = satisfaction.Stack(design, worth, weight, np.r_[rows.person, rows.person], n)
    assert data.fit()[0] == pytest.approx(0.25, abs=1e-3)


def test_spread_of_people_is_recovered(rows: Rows) -> None:
    true = {f: 0.0 for f in FACETS} | {"act": 0.8, "now at work": 0.7, "silent·benefit": 0.6}
    r = rng()
    own = r.normal(size=(PEOPLE, len(SLOPES))) * [true[s.facet] for s in SLOPES]
    worth = (deviation_columns(rows) * own[rows.person]).sum(axis=1)
    moments = rows.moment.max() + 1
    worth += 0.3 * (rows.silent * r.normal(size=moments)[rows.moment])
    worth += 0.25 * r.normal(size=len(worth))
    simple = replace(rows, design=action_components()[tuple(rows.action.T)][:, :8])
    answers = 11 * expit(worth) - 0.5
    found = satisfaction.fit_deviations(simple, answers, PEOPLE)
    for facet, sd in true.items():
        if sd:
            assert found.sd[facet] == pytest.approx(sd, rel=0.3)
            assert 0 < found.sd_low[facet] < sd < found.sd_high[facet]
        else:
            assert found.sd_low[facet] < 0.1
            assert found.sd[facet] < 0.25
    assert found.residual_sd == pytest.approx(0.25, rel=0.05)
    assert found.noise_sd["silent"] == pytest.approx(np.hypot(0.25, 0.3), rel=0.15)
    assert found.noise_sd["spoken"] == pytest.approx(0.25, rel=0.1)
    act = [s.facet for s in SLOPES].index("act")
    assert np.corrcoef(found.predicted[:, act], own[:, act])[0, 1] > 0.9


def test_rating_is_recovered(rows: Rows) -> None:
    r = rng()
    terms = ratings.terms_of("timing")
    true = np.where(terms, r.normal(0, 0.3, len(terms)), 0.0)
    deviation, relation = r.normal(size=len(rows.person)), r.normal(size=(len(rows.person), 4))
    weights, thresholds = np.array([0.5, -0.5, 0.0, 0.3]), np.array([-1.5, -0.5, 0.5, 1.5])
    index = rows.design @ true + relation @ weights + 0.7 * deviation
    answers = 1.0 + np.searchsorted(thresholds, index + r.normal(size=len(index)))
    fitted = ratings.fit_rating("timing", rows, relation, deviation, answers)
    found = rows.design @ fitted.coefficients + relation @ fitted.relationship
    assert fitted.loading == pytest.approx(0.7, abs=0.1)
    assert 0.01 < fitted.loading_error < 0.06
    assert np.diff(fitted.thresholds) == pytest.approx(np.diff(thresholds), abs=0.15)
    assert fitted.relationship == pytest.approx(weights, abs=0.12)
    assert np.corrcoef(found, index - 0.7 * deviation)[0, 1] > 0.97
    assert (fitted.coefficients[~terms] == 0).all()


def test_answer_probabilities_follow_the_thresholds() -> None:
    found = ratings.answer_probability(np.array([-9.0, 0.0, 9.0]), np.array([-1.0, 0.0, 1.0, 2.0]))
    assert found.sum(axis=1) == pytest.approx([1, 1, 1])
    assert found.argmax(axis=1).tolist() == [0, 1, 4]
    assert found[1] == pytest.approx([0.158655, 0.341345, 0.341345, 0.135905, 0.02275], abs=1e-5)


def test_reactions_are_recovered_and_nothing_is_undone_without_an_act() -> None:
    r = rng()
    features = r.normal(size=(4000, len(SPOKEN_FEATURES)))
    weights = r.normal(0, 0.6, (len(SPOKEN_FEATURES), len(SPOKEN_REACTIONS)))
    acts = r.random(4000) < 0.4
    true = reactions.spoken_probability(features, weights, np.zeros(8), acts)
    drawn = (r.random(4000)[:, None] > np.cumsum(true, axis=1)).sum(axis=1)
    fitted = reactions.fit_spoken(features, drawn)
    found = reactions.spoken_probability(features, *fitted, acts)
    undo = SPOKEN_REACTIONS.index("undo")
    assert (found[~acts, undo] == 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(4000))
    assert np.abs(found - true)[acts].mean() < 0.04


def test_a_reaction_nobody_showed_is_never_given() -> None:
    features = rng().normal(size=(300, len(SPOKEN_FEATURES)))
    weights, intercept = reactions.fit_spoken(features, np.arange(300) % 3)
    found = reactions.spoken_probability(features, weights, intercept, np.ones(300, bool))
    assert found[:, 3:].max() < 1e-6


def test_missed_needs_are_recovered() -> None:
    r = rng()
    features, true = r.normal(size=(4000, 7)), np.array([1.0, -1.0, 0.5, 0.0, 0.3, 0.0, -0.5])
    wished = r.random(4000) < expit(features @ true - 0.5)
    weights, intercept = reactions.fit_wish(features, wished)
    assert weights == pytest.approx(true, abs=0.2)
    assert intercept == pytest.approx(-0.5, abs=0.15)


@pytest.fixture(scope="module")
def living(evidence: Evidence) -> tuple[Evidence, np.ndarray]:
    """Diaries written by the trust model itself, and the rewards behind them."""
    r = rng()
    rewards = r.uniform(-1, 1, (PEOPLE, len(DIARY_EVENTS)))
    diaries = []
    for d in evidence.diaries * 6:
        who = evidence.people.index(d.persona)
        events = r.integers(len(DIARY_EVENTS), size=10)
        trust_now, off = [4], None
        for day, event in enumerate(events, 1):
            if off is None:
                gain, loss = max(rewards[who, event], 0), min(rewards[who, event], 0)
                change = 1.5 * gain + 1.0 * loss - 0.2 * (trust_now[-1] - 4)
                # Not held within 1-7: at the ends of the scale changes look smaller than they are.
                after = int(np.rint(trust_now[-1] + change + r.normal(0, 0.4)))
                off = day if r.random() < expit(3.0 - 2.0 * after) else None
                trust_now.append(after)
            else:
                trust_now.append(trust_now[-1])
        names = tuple(DIARY_EVENTS[e] for e in events)
        diaries.append(replace(d, events=names, trust=tuple(trust_now), switched_off_after_day=off))
    return replace(evidence, diaries=tuple(diaries)), rewards


def test_trust_is_recovered(living: tuple[Evidence, np.ndarray]) -> None:
    fitted = trust.fit_trust(*living)
    event, gain, loss, forgiving, level = fitted.coefficients
    assert event == pytest.approx(0, abs=0.06)
    assert gain == pytest.approx(1.5, abs=0.1)
    assert loss == pytest.approx(1.0, abs=0.1)
    assert forgiving == pytest.approx(0, abs=0.06)
    assert level == pytest.approx(-0.2, abs=0.05)
    # Answers are whole numbers: rounding adds a variance of 1/12.
    assert fitted.noise_sd == pytest.approx(np.sqrt(0.4**2 + 1 / 12), rel=0.1)
    assert fitted.off_trust == pytest.approx(-2.0, abs=0.4)
    assert fitted.off_r2 == pytest.approx(0, abs=0.25)
    assert (fitted.start_mean, fitted.start_sd) == (4.0, 0.0)


def test_days_after_switching_off_do_not_count(living: tuple[Evidence, np.ndarray]) -> None:
    evidence, _ = living
    days = trust.Days.of(evidence)
    lasted = [d.switched_off_after_day or 10 for d in evidence.diaries]
    ended = [d.switched_off_after_day is not None for d in evidence.diaries]
    assert len(days.person) == sum(lasted) < 10 * len(lasted)
    assert days.ended.sum() == sum(ended) > 0
    first = evidence.diaries[0]
    assert days.after[: lasted[0]].tolist() == list(first.trust[1 : lasted[0] + 1])
    assert days.before[: lasted[0]].tolist() == list(first.trust[: lasted[0]])


def test_every_event_has_a_reading_that_separates_good_from_bad(evidence: Evidence) -> None:
    coefficients = np.zeros(len(term_names()))
    for i, (owner, name) in enumerate(term_names()):
        if name == "benefit" and owner in (("silent",), ("now", "hold")):
            coefficients[i] = 1.0 if owner != ("silent",) else -1.0
    noise = {"silent": 0.5, "spoken": 0.5, "act": 0.5}
    found = trust.event_rewards(evidence, coefficients, noise)
    assert set(trust.EVENTS) == set(DIARY_EVENTS)
    assert found.shape == (PEOPLE, len(DIARY_EVENTS))
    mean = dict(zip(DIARY_EVENTS, found.mean(axis=0), strict=True))
    assert mean["good_now"] > 0 > mean["trivial"]
    assert mean["missed"] < 0
