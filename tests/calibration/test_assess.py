"""The report's figures: that nothing leaks from the people predicted, and known truths."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from proactive_gym.calibration.assess import choice, deviations, knowledge, reactions, stated
from proactive_gym.calibration.assess import ratings as assessed
from proactive_gym.calibration.assess.panel import FOLDS, INSIDE, OUTSIDE, Panel
from proactive_gym.calibration.satisfaction import Deviations
from proactive_gym.calibration.tables import Evidence, deviation_columns
from proactive_gym.data.records import BEHAVIOURS
from proactive_gym.users.deviations import FACETS, SLOPES
from proactive_gym.users.features import PERSONAL, RELATIONAL, factors, term_names
from proactive_gym.users.parameters import Parameters


@pytest.fixture(scope="module")
def panel() -> Panel:
    groups = (Evidence.of_split(s).people for s in ("population", "validation"))
    inside, outside = (
        Evidence.of_people(p.take(np.arange(n))) for p, n in zip(groups, (40, 8), strict=True)
    )
    return Panel.of(inside, outside)


@pytest.fixture(scope="module")
def worth(panel: Panel) -> np.ndarray:
    return assessed.out_of_sample_worth(panel)


@pytest.fixture(scope="module")
def chosen(panel: Panel, worth: np.ndarray) -> dict[str, np.ndarray]:
    return choice.choices(panel, worth)


def spread(**sd: float) -> Deviations:
    of = {facet: sd.get(facet, 0.0) for facet in FACETS}
    noise = {"silent": 0.6, "spoken": 0.5, "act": 0.7}
    return Deviations(of, of, of, noise, 0.4, np.zeros((48, len(SLOPES))), True)


def test_a_persons_answers_do_not_move_their_own_prediction(
    panel: Panel, worth: np.ndarray
) -> None:
    person = panel.side.person
    changed = panel.stack.worth.copy()
    mine = panel.stack.person == 3
    changed[mine] = -changed[mine] + 2
    again = assessed.out_of_sample_worth(replace(panel, stack=replace(panel.stack, worth=changed)))
    assert np.array_equal(again[person == 3], worth[person == 3])
    assert not np.allclose(again[panel.fold[person] == FOLDS], worth[panel.fold[person] == FOLDS])


def test_validation_answers_move_no_prediction(panel: Panel, worth: np.ndarray) -> None:
    changed = panel.stack.worth.copy()
    changed[panel.fold[panel.stack.person] == FOLDS] = 5.0
    again = assessed.out_of_sample_worth(replace(panel, stack=replace(panel.stack, worth=changed)))
    assert np.array_equal(again, worth)


def test_nested_ridge_is_ridge_and_does_not_leak(panel: Panel) -> None:
    r = np.random.Generator(np.random.PCG64(3))
    fold = r.integers(0, FOLDS + 1, size=900)
    plain, extra = r.normal(size=(900, 4)), r.normal(size=(900, 3))
    target = plain @ [1, -1, 0.5, 0] + r.normal(size=900)
    found = knowledge.nested_ridge(plain, np.zeros((900, 0)), target, fold, 5.0)
    train = (fold != 2) & (fold != FOLDS)
    model = Ridge(5.0, fit_intercept=False).fit(plain[train], target[train])
    assert found[fold == 2] == pytest.approx(model.predict(plain[fold == 2]))
    whole = knowledge.nested_ridge(plain, extra, target, fold, 5.0)
    for held in (2, FOLDS):
        moved = np.where(fold == held, -target, target)
        again = knowledge.nested_ridge(plain, extra, moved, fold, 5.0)
        assert again[fold == held] == pytest.approx(whole[fold == held], abs=1e-12)


def test_the_penalty_follows_the_evidence() -> None:
    """Useless columns are shrunk, useful ones used."""
    r = np.random.Generator(np.random.PCG64(4))
    fold = np.arange(1800) % (FOLDS + 1)
    plain, extra = np.ones((1800, 1)), r.normal(size=(1800, 60))
    noise = 3 * r.normal(size=1800)
    useful = extra @ np.full(60, 1.0)
    cases = ((noise, np.zeros(1800), 0.4), (useful + noise, useful, 1.0))
    for target, truth, error in cases:  # the strongest penalty misses `useful` by 5
        found = knowledge.nested_ridge(plain, extra, target, fold, 1.0)
        assert np.sqrt(np.mean((found - truth) ** 2)) < error


def test_rungs_know_what_they_say() -> None:
    names = [name for _, name in term_names()]
    situation, survey = knowledge.situation_terms(), knowledge.survey_terms()
    for name, of_moment, of_person in zip(names, situation, survey, strict=True):
        parts = set(factors(name))
        personal = parts & {*PERSONAL, *RELATIONAL}
        assert of_moment == (not personal)
        if of_person:
            assert parts <= {"1", *PERSONAL}
    assert 0 < survey.sum() < len(names)
    assert {n for n, k in zip(names, situation & survey, strict=True) if k} == {"1"}


def test_demographic_columns_hold_no_answers(panel: Panel) -> None:
    rows = panel.side
    base = knowledge.demographic_columns(panel, rows.action, rows.person, big5=False)
    people = panel.evidence.people
    other = replace(people, survey=8 - people.survey, big5=6 - people.big5)
    changed = replace(panel, evidence=replace(panel.evidence, people=other))
    again = knowledge.demographic_columns(changed, rows.action, rows.person, big5=False)
    assert np.array_equal(base, again)
    more = knowledge.demographic_columns(panel, rows.action, rows.person, big5=True)
    assert more.shape[1] > base.shape[1]


def test_choices_are_valued_on_the_persons_own_answers(
    panel: Panel, chosen: dict[str, np.ndarray]
) -> None:
    table = choice.assess_choice(panel, chosen)
    answers = panel.by_moment
    best = table["own best (optimistic)"][INSIDE]
    inside = panel.groups(panel.moment_person)[INSIDE]
    assert best["value"]["value"] == pytest.approx(
        ((answers.max(axis=1) - 5) / 5)[inside].mean(), abs=1e-4
    )
    assert best["regret"]["value"] == 0
    assert best["best"]["value"] == 1
    silent = table["always silent"][OUTSIDE]["value"]["value"]
    assert silent == pytest.approx((answers[~inside, 0].mean() - 5) / 5, abs=1e-4)
    for rung in table.values():
        for group in (INSIDE, OUTSIDE):
            total = rung[group]["value"]["value"] + rung[group]["regret"]["value"]
            assert total == pytest.approx(
                table["own best (optimistic)"][group]["value"]["value"], abs=2e-4
            )


def test_knowing_more_is_worth_more(panel: Panel, chosen: dict[str, np.ndarray]) -> None:
    table = choice.assess_choice(panel, chosen)
    rungs = ("always silent", "situation", "survey (the model)", "own best (optimistic)")
    value = [table[rung][INSIDE]["value"]["value"] for rung in rungs]
    assert value == sorted(value)


def test_best_fixed_is_chosen_on_other_people(panel: Panel, worth: np.ndarray) -> None:
    person = panel.moment_person
    answers = np.zeros_like(panel.by_moment)
    answers[:, 4] = 5
    answers[panel.fold[person] == 2, 7] = 10  # liked by one fold alone: it must not know
    changed = replace(panel, answers=answers.ravel())
    fixed = choice.choices(changed, worth)["best fixed"]
    assert (fixed[panel.fold[person] == 2] == 4).all()


def test_other_moments_tell_of_a_random_intercept(panel: Panel, worth: np.ndarray) -> None:
    """With one deviation only, the prediction has a closed form: shrunk mean of the others."""
    fitted = replace(spread(formal=0.5), noise_sd={"silent": 0.4, "spoken": 0.4, "act": 0.4})
    found = deviations.shifts_from_other_moments(panel, worth, fitted, known=3)
    left = panel.stack.worth[: len(worth)] - worth
    formal = deviation_columns(panel.side)[:, [s.facet for s in SLOPES].index("formal")] == 1
    person, moment = 5, panel.side.moment[panel.side.person == 5][0]
    others = (panel.side.person == person) & (panel.side.moment != moment) & formal
    here = (panel.side.moment == moment) & formal
    expected = 0.25 * left[others].sum() / (0.25 * others.sum() + 0.16)
    assert found[here] == pytest.approx(np.full(here.sum(), expected))
    assert (found[~formal] == 0).all()


def test_a_moment_does_not_tell_of_itself(panel: Panel, worth: np.ndarray) -> None:
    fitted = spread(act=0.5, formal=0.4, speak=0.3)
    found = deviations.shifts_from_other_moments(panel, worth, fitted, known=2)
    moment = panel.side.moment == 11
    changed = panel.stack.worth.copy()
    changed[: len(worth)][moment] += 3
    moved = replace(panel, stack=replace(panel.stack, worth=changed))
    again = deviations.shifts_from_other_moments(moved, worth, fitted, known=2)
    assert np.array_equal(again[moment], found[moment])
    assert not np.array_equal(again, found)


def test_without_deviations_there_is_nothing_to_learn(panel: Panel, worth: np.ndarray) -> None:
    table = deviations.assess_other_moments(panel, worth, spread())
    assert table["3"][INSIDE]["gain"]["value"] == 0
    assert table["3"][INSIDE]["r_of_the_rest"]["value"] == 0
    chosen = {"survey": worth.reshape(-1, len(BEHAVIOURS)).argmax(axis=1)}
    chosen["own best (optimistic)"] = panel.by_moment.argmax(axis=1)
    quiet = replace(spread(), noise_sd={"silent": 0.4, "spoken": 0.4, "act": 0.4})
    same = deviations.assess_ladder(panel, worth, quiet, chosen)["value"]
    assert same["deviations known"][INSIDE] == pytest.approx(same["survey"][INSIDE], abs=0.01)
    wide = deviations.assess_ladder(panel, worth, spread(act=1.5, speak=1.5), chosen)["value"]
    assert wide["deviations known"][INSIDE] > wide["survey"][INSIDE] + 0.05
    assert wide["own best (optimistic)"][INSIDE] > wide["deviations known"][INSIDE]


def test_contrasts_measure_one_thing(panel: Panel) -> None:
    has = {
        "detailed over brief": np.array([b.verbosity == "detailed" for b in BEHAVIOURS]),
        "formal over casual": np.array([b.tone == "formal" for b in BEHAVIOURS]),
        "acting over asking": np.array([b.autonomy == "act" for b in BEHAVIOURS]),
        "now over hold": np.array([b.timing == "now" for b in BEHAVIOURS]),
        "speaking over silence": np.array([b.timing != "silent" for b in BEHAVIOURS]),
    }
    assert set(has) == set(stated.CONTRASTS)
    for name, contrast in stated.CONTRASTS.items():
        assert contrast.sum() == pytest.approx(0)
        assert contrast @ has[name] == pytest.approx(1)
    assert stated.CONTRASTS["detailed over brief"] @ has["formal over casual"] == pytest.approx(0)
    assert stated.CONTRASTS["formal over casual"] @ has["detailed over brief"] == pytest.approx(0)


def test_statements_and_shares(panel: Panel, worth: np.ndarray) -> None:
    found = stated.assess_stated(panel, worth, spread(formal=0.2))
    statements, shares = found["statements"], found["shares"]
    assert statements["C3 casual rather than formal"]["r"]["value"] > 0.6
    urgent = next(s for name, s in statements.items() if name.startswith("T9"))
    assert 0 < urgent["moments"] < len(panel.by_moment)
    for name, share in shares.items():
        assert share["answers"] + share["deviations"] + share["noise"] == pytest.approx(1, abs=2e-4)
        assert share["deviations"] <= shares["formal over casual"]["deviations"], name
    assert shares["now over hold"]["deviations"] == 0 < shares["formal over casual"]["deviations"]


def test_drawn_ratings_follow_the_predicted_distribution(panel: Panel) -> None:
    shape = {name: assessed.rated(panel, name).sum() for name in ("satisfaction", "timing")}
    quiet = {n: assessed.rated(panel, n).sum() for n in ("autonomy", "style")}
    model = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    predictions = {n: {"model": np.tile(model, (k, 1))} for n, k in (shape | quiet).items()}
    p = Parameters.load()
    drawn = reactions.draw_felt(panel, predictions, p)
    silent = panel.judged.rows.silent
    assert (drawn[:, silent, 2:] == 0).all()
    for i in range(4):
        levels, counts = np.unique(drawn[:, ~silent, i], return_counts=True)
        assert levels.tolist() == [-1, -0.5, 0, 0.5, 1]
        assert counts / counts.sum() == pytest.approx(model, abs=0.02)
    together = np.corrcoef(drawn[:, ~silent, 0].ravel(), drawn[:, ~silent, 1].ravel())[0, 1]
    assert together == pytest.approx(p.spoken_correlation[0, 1], abs=0.08)


def test_reactions_given_what_was_felt_beat_the_majority(panel: Panel) -> None:
    felt = panel.judged.felt[None]
    found = reactions.predict_reactions(panel, felt)
    for probability in found.values():
        assert probability.sum(axis=1) == pytest.approx(np.ones(len(probability)))
        silent = panel.judged.rows.silent
        assert (probability[silent, 2:] == 0).all()
        assert (probability[~silent, :2] == 0).all()
    # Drawn ratings that are the felt ones leave no difference between the two predictors.
    assert found["predicted ratings"] == pytest.approx(found["felt ratings"])
    table = reactions.assess_reactions(panel, found)
    for kind in ("spoken", "silent"):
        better, worse = table[kind]["felt ratings"], table[kind]["majority"]
        assert better[INSIDE]["accuracy"]["value"] > worse[INSIDE]["accuracy"]["value"] + 0.1
    confusion = reactions.confusion(panel, found["felt ratings"])
    assert (
        np.sum(confusion["counts"])
        == (~silent & panel.groups(panel.judged.rows.person)[INSIDE]).sum()
    )
