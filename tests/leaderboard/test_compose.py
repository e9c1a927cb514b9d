import numpy as np
import pytest

from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.evaluation.statistics import clustered_mean, interval
from proactive_gym.leaderboard.compose import (
    LAST,
    gains,
    person_rewards,
    results_of,
    run_of,
)
from proactive_gym.leaderboard.record import FROZEN_STATISTICS, Group, Record
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS


def with_scores(record, **tables):
    """A record with other raw scores, each (people, sessions), of its first people."""
    count = len(next(iter(tables.values())))
    few = {n: np.array(t)[:count].tolist() for n, t in record.runs[0].told.items()}
    few |= {n: np.asarray(t, float).tolist() for n, t in tables.items()}
    run = record.runs[0].model_copy(update={"told": few, "frozen": None})
    groups = {"all": Group(labels=["all"], codes=[0] * count)}
    few_people = {"people": record.people[:count], "groups": groups, "runs": [run]}
    return Record.model_validate(record.model_copy(update=few_people).model_dump())


def test_results_by_hand(shy):
    points = np.full((3, 4), 5.0)
    reward = [[5, 0, 0, 1], [0, 0, 2, 4], [-5, -5, 1, 0]]
    hits, alarms = [[1, 0, 0, 0]] * 3, [[1, 1, 1, 0]] * 3
    record = with_scores(shy, points=points, reward=reward, hits=hits, false_alarms=alarms)
    found = results_of(record)
    assert found["reward"].mean == pytest.approx(3 / 60)
    assert found["reward_late"].mean == pytest.approx(-2 / 45 + 5 / 45 - 0 / 45, abs=1e-5)
    assert found["precision"].mean == 0.25
    assert (found["precision"].low, found["precision"].high) == (0.25, 0.25)
    assert person_rewards(record) == pytest.approx([6 / 20, 6 / 20, -9 / 20])
    assert person_rewards(record, late=True) == pytest.approx([1 / 15, 6 / 15, -4 / 15])
    assert found["iqm"].mean == pytest.approx(0.05)
    assert found["p10"].mean == pytest.approx(np.quantile([0.3, 0.3, -0.45], 0.1))
    assert "gain" not in found


def test_every_metric_is_there_with_its_interval_over_people(shy):
    found, raw = results_of(shy), {n: t.sum(axis=(0, 2)) for n, t in shy.raw().items()}
    late = {"reward_late", "satisfaction_late", "gain_late"}
    assert set(found) == {*METRICS, *late, "iqm", "p10", "gain"}
    assert found == shy.results
    for name, metric in METRICS.items():
        value = interval(metric.of, raw)
        assert [found[name].mean, found[name].low, found[name].high] == pytest.approx(
            value, abs=1e-5
        )


def test_what_is_undefined_is_none(shy):
    nothing = np.zeros((3, 4))
    found = results_of(with_scores(shy, hits=nothing, false_alarms=nothing))
    assert set(found["precision"].model_dump().values()) == {None}
    assert found["reward"].mean is not None


def test_the_gain_is_over_the_copy_that_is_told_nothing(shy):
    told, frozen = shy.runs[0].told["reward"], shy.runs[0].frozen["reward"]
    gain = (np.array(told) - np.array(frozen)) / 5
    assert gains(shy) == pytest.approx(gain)
    assert (gain != 0).any()
    expected = clustered_mean(gain.mean(axis=1))
    assert shy.results["gain"].mean == pytest.approx(expected.mean, abs=1e-5)
    assert shy.results["gain"].low == pytest.approx(expected.low, abs=1e-5)
    late = gain[:, -LAST:].mean()
    assert shy.results["gain_late"].mean == pytest.approx(late, abs=1e-5)


def test_runs_are_pooled_within_people(trained):
    record = trained[1]
    assert len(record.runs) == 2
    totals = [np.array(run.told["reward"]).sum(axis=1) for run in record.runs]
    assert person_rewards(record) == pytest.approx((totals[0] + totals[1]) / (2 * 4 * 5))


def test_a_run_keeps_what_is_summed():
    scores = np.arange(2 * 4 * len(STATISTICS)).reshape(2, 4, -1) / 3
    places = {
        "activity": np.ones((len(ACTIVITIES), len(PLACES))) / 7,
        "domain": np.zeros((len(DOMAINS), len(PLACES))),
    }
    run = run_of({"scores": scores, **places}, {"scores": scores + 1, **places})
    assert set(run.frozen) == set(FROZEN_STATISTICS)
    for i, name in enumerate(STATISTICS):
        assert run.told[name] == np.round(scores[..., i], 5).tolist()
    assert run.frozen["trust"] == np.round(scores[..., STATISTICS.index("trust")] + 1, 5).tolist()
    assert run.activity["reward"] == [0.14286] * len(ACTIVITIES)
    assert run_of({"scores": scores, **places}, None).frozen is None
