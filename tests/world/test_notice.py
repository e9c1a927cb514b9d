from itertools import pairwise

import numpy as np
import pytest

from proactive_gym.errors import InvalidOptionError
from proactive_gym.vocabulary import PLACES
from proactive_gym.world import Routines, ScenarioTable, WorldAssumptions, compose_sessions
from proactive_gym.world.catalogue import NIGHT_HOURS, Catalogue
from proactive_gym.world.scenarios import SETTINGS


def _requirements_hold(people, lives, moments):
    requires = ScenarioTable.load().requires[moments.scenario]
    return ~(requires & ~people.facts[lives.person][:, None]).any(axis=2)


def _live(routines, lives, rows=slice(0, 4000)):
    return compose_sessions(routines, lives.person[rows], lives.keys[rows], lives.session[rows], 20)


def test_concerns_is_false_exactly_where_a_fact_is_missing(people, lives):
    hold = _requirements_hold(people, lives, lives.moments)
    assert (lives.moments.concerns == hold).all()


def test_assistant_errs_as_often_as_assumed(lives):
    assert np.mean(~lives.moments.concerns) == pytest.approx(0.05, abs=0.004)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_error_rate_is_an_option(people, lives, rate):
    routines = Routines.of(people, WorldAssumptions(error_rate=rate))
    assert np.mean(~_live(routines, lives).concerns) == pytest.approx(rate, abs=0.01)


def test_activity_fits(lives):
    fits = ScenarioTable.load().activities[lives.moments.scenario, lives.moments.activity]
    assert fits.all()


def test_hours_fit_except_for_patient_scenarios_at_night(routines, lives):
    table, moments = ScenarioTable.load(), lives.moments
    hours = table.hours[moments.scenario]
    fits = (hours[..., 0] <= moments.hour) & (moments.hour < hours[..., 1])
    patient = table.window_h[moments.scenario] >= routines.assumptions.patient_window_h
    night = np.isin(moments.hour.astype(int), NIGHT_HOURS)
    assert (fits | (patient & night)).all()
    assert fits[~night].all()
    assert fits.mean() > 0.9


def test_settings_fit_unless_the_assistant_errs(routines, lives):
    moments = lives.moments
    needs = ScenarioTable.load().settings[moments.scenario]
    offers = {
        "workday": routines.calendar.workday[lives.days.kind][:, None],
        "weekday": (lives.days.weekday < 5)[:, None],
        "away": moments.place != PLACES.index("at home"),
        "public": (moments.place != PLACES.index("at home"))
        & (moments.place != PLACES.index("at their place of work or study")),
    }
    for i, name in enumerate(SETTINGS):
        asked = needs[..., i] & moments.concerns
        assert asked.any()
        assert not (asked & ~offers[name]).any()


def test_repeats_within_a_session_are_rare(lives):
    distinct = np.array([len(set(row)) for row in lives.moments.scenario.tolist()])
    assert 1 - distinct.mean() / lives.moments.scenario.shape[1] < 0.001


def test_nothing_comes_on_two_successive_days(lives):
    by_day = lives.moments.scenario.reshape(-1, 10, 20)
    for days in by_day[::13]:
        for day, after in pairwise(days):
            assert not np.intersect1d(day, after).size


def test_every_scenario_comes_up(lives):
    counts = (
        np.bincount(lives.moments.scenario.ravel(), minlength=240) / lives.moments.scenario.size
    )
    assert counts.min() > 1e-4
    assert counts.max() < 0.02


def test_seen_routines_never_notice_unseen_scenarios(people, lives):
    table = ScenarioTable.load()
    moments = _live(Routines.of(people, scenarios="seen"), lives)
    assert table.seen[moments.scenario].all()
    assert not table.seen[lives.moments.scenario].all()


def test_scenario_set_must_be_known(people):
    with pytest.raises(InvalidOptionError, match="unseen"):
        Routines.of(people, scenarios="unseen")


def test_trivial_scenarios_can_be_weighted(people, lives):
    benefit = ScenarioTable.load().benefit

    def trivial_share(weight):
        routines = Routines.of(people, WorldAssumptions(low_benefit_weight=weight))
        return np.mean(benefit[_live(routines, lives).scenario] <= 1)

    low, default, high = trivial_share(0.1), trivial_share(1.0), trivial_share(4.0)
    assert low < 0.06
    assert 0.18 < default < 0.32
    assert high > 0.4


def test_draw_is_weighted_as_its_list_says():
    table = ScenarioTable.load()
    catalogue = Catalogue.of(table, WorldAssumptions(low_benefit_weight=3.0))
    which = np.full(65536, 12 * 11, dtype=np.intp)  # noon, focused work, first half
    drawn = catalogue.draw(which, np.arange(65536).astype(np.float32))
    counts = np.bincount(drawn, minlength=len(table))
    trivial = table.benefit <= 1
    usual = counts[(counts > 0) & ~trivial]
    light = counts[(counts > 0) & trivial]
    assert usual.max() - usual.min() <= 2
    assert light.max() - light.min() <= 2
    assert light.mean() == pytest.approx(3 * usual.mean(), rel=0.01)


def test_estimates_scatter_around_the_truth(lives):
    table, moments = ScenarioTable.load(), lives.moments
    truth = np.stack([table.benefit, table.urgency, table.stakes], axis=1)[moments.scenario]
    error = (moments.estimate - truth).reshape(-1, 3)
    assert np.abs(error.mean(axis=0)).max() < 0.01
    assert error.std(axis=0) == pytest.approx([0.8, 0.6, 0.6], abs=0.01)
    assert np.abs(np.corrcoef(error.T) - np.eye(3)).max() < 0.02


def test_without_noise_estimates_are_exact(people, lives):
    silent = WorldAssumptions(benefit_noise=0.0, urgency_noise=0.0, stakes_noise=0.0)
    moments = _live(Routines.of(people, silent), lives, slice(0, 50))
    truth = ScenarioTable.load().benefit[moments.scenario]
    assert (moments.estimate[..., 0] == truth).all()


def test_catalogue_borrows_the_nearest_hour():
    table = ScenarioTable.load()
    noon_only = (table.hours[:, 0] <= 12) & (table.hours[:, 1] > 12)
    noon_only &= table.window_h < 24
    catalogue = Catalogue.of(table, WorldAssumptions(), noon_only)
    everything = catalogue.draw(
        np.arange(len(catalogue.spans.offset)), np.zeros(len(catalogue.spans.offset), np.float32)
    )
    assert noon_only[everything].all()


def test_catalogue_refuses_too_few_scenarios():
    table = ScenarioTable.load()
    with pytest.raises(InvalidOptionError, match="too few scenarios"):
        Catalogue.of(table, WorldAssumptions(), np.arange(len(table)) < 10)
