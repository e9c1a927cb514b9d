from itertools import product

import numpy as np
import pytest

from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.metrics import METRICS, values
from proactive_gym.evaluation.referee import COUNTED, Referee, judge
from proactive_gym.evaluation.scoring import STATISTICS
from proactive_gym.streams import derive
from proactive_gym.users import UserAssumptions

PEOPLE, SESSIONS, POINTS = 120, 4, 6
NASTY, SILENT = (1, 3, 1, 1), (0, 0, 0, 0)

SUMS = {
    "points": 200,
    "reward": 30,
    "delivered": 80,
    "needed": 100,
    "unneeded": 60,
    "hits": 50,
    "false_alarms": 20,
    "well_timed": 45,
    "ill_timed": 35,
    "missed": 40,
    "timing_right": 90,
    "timing_regret": 24,
    "autonomy_right": 60,
    "style_right": 30,
    "harsh": 8,
    "points_seen": 150,
    "reward_seen": 27,
    "lives": 10,
    "satisfaction": 45,
    "trust": 38,
    "comfort": 52,
    "on": 7,
}
KNOWN = {
    "reward": 0.15,
    "reward_seen": 0.18,
    "reward_unseen": 0.06,
    "satisfaction": 4.5,
    "trust": 3.8,
    "comfort": 5.2,
    "retention": 0.7,
    "intervention_rate": 0.4,
    "precision": 5 / 7,
    "recall": 0.5,
    "f1": 10 / 17,
    "balanced_accuracy": (1 / 2 + 2 / 3) / 2,
    "timing_right": 0.45,
    "timing_regret": 0.12,
    "temporal_appropriateness": -0.15,
    "autonomy_match": 0.75,
    "style_match": 0.375,
    "harsh_rate": 0.04,
}


def sums_of(numbers):
    return {name: np.asarray(value, float) for name, value in numbers.items()}


def test_every_metric_by_hand():
    assert set(SUMS) == set(STATISTICS)
    assert {n: float(values(m, sums_of(SUMS))) for n, m in METRICS.items()} == pytest.approx(KNOWN)


def test_the_table_names_each_metric_as_itself():
    assert all(name == metric.name for name, metric in METRICS.items())
    assert {m.better for m in METRICS.values()} == {-1, 0, 1}


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    f1 = 2 / (1 / KNOWN["precision"] + 1 / KNOWN["recall"])
    assert float(values(METRICS["f1"], sums_of(SUMS))) == pytest.approx(f1)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_keep_the_shape_of_the_sums(name):
    grown = {n: np.array([[v, 2 * v], [3 * v, v]]) for n, v in sums_of(SUMS).items()}
    assert values(METRICS[name], grown) == pytest.approx(np.full((2, 2), KNOWN[name]))


@pytest.mark.parametrize("name", METRICS)
def test_a_ratio_of_nothing_is_nan_and_raises_nothing(name):
    nothing = dict.fromkeys(SUMS, 0)
    assert np.isnan(values(METRICS[name], sums_of(nothing)))


def test_silence_has_no_precision_but_a_recall():
    silent = SUMS | {"delivered": 0, "hits": 0, "false_alarms": 0, "well_timed": 0, "ill_timed": 0}
    unsaid = {"missed": 100, "autonomy_right": 0, "style_right": 0}
    sums = sums_of(silent | unsaid)
    got = {n: float(values(METRICS[n], sums)) for n in METRICS}
    assert np.isnan([got[n] for n in ("precision", "autonomy_match", "style_match")]).all()
    assert (got["recall"], got["f1"], got["balanced_accuracy"]) == (0, 0, 0.5)
    assert got["temporal_appropriateness"] == -0.5


@pytest.mark.parametrize(("needed", "hits", "score"), [(5, 5, 1), (5, 0, -1)])
def test_temporal_appropriateness_reaches_both_ends(needed, hits, score):
    sums = {"points": 5, "well_timed": hits, "ill_timed": 0, "missed": needed - hits}
    assert values(METRICS["temporal_appropriateness"], sums_of(sums)) == score


# ---------------------------------------------------------------- muted and switched off


def lives_of(action):
    """What is counted, (people, sessions, COUNTED), and who was off or muted at each point."""
    users = UserAssumptions(trust_a_point=1.0)
    options = Options.of(sessions=SESSIONS, points=POINTS, users=users, deviations="frozen")
    engine = Engine(options, PEOPLE)
    engine.reset(engine.everyone, derive(3, engine.everyone), engine.everyone)
    referee = Referee(np.arange(len(engine.routines.table.domain)) % 2 == 0)
    counted, deaf = np.zeros((SESSIONS, POINTS, PEOPLE, len(COUNTED))), []
    actions = np.tile(action, (PEOPLE, 1))
    for session, point in product(range(SESSIONS), range(POINTS)):
        deaf.append(engine.user.off | engine.user.muted)
        wish = referee(engine)
        counted[session, point] = judge(wish, actions, engine.step(actions))
    return counted, np.reshape(deaf, (SESSIONS, POINTS, PEOPLE))


@pytest.fixture(scope="module")
def nasty():
    return lives_of(NASTY)


@pytest.fixture(scope="module")
def silent():
    return lives_of(SILENT)


def column(lives, name):
    return lives[0][..., COUNTED.index(name)]


def test_all_points_count_whether_muted_switched_off_or_not(nasty, silent):
    assert 0.1 < nasty[1].mean() < 0.9
    assert not silent[1].any()
    assert (column(nasty, "points") == 1).all()
    for name in ("needed", "unneeded", "points_seen"):
        assert (column(nasty, name) == column(silent, name)).all()
        assert column(nasty, name)[nasty[1]].any()


def test_who_got_switched_off_is_charged_for_it(nasty, silent):
    """Where nobody listens any more, speaking counts as the silence that it is."""
    deaf = nasty[1]
    assert not column(nasty, "delivered")[deaf].any()
    for name in ("missed", "timing_right", "timing_regret"):
        assert (column(nasty, name)[deaf] == column(silent, name)[deaf]).all()
    assert column(nasty, "missed")[deaf].sum() == column(nasty, "needed")[deaf].sum() > 0
    assert column(nasty, "reward")[deaf].mean() < column(silent, "reward")[deaf].mean()
    listened = {n: column(nasty, n)[~deaf].sum() for n in ("hits", "needed")}
    whole = {n: column(nasty, n).sum() for n in ("hits", "needed")}
    recall = METRICS["recall"]
    assert values(recall, whole) < values(recall, listened)
