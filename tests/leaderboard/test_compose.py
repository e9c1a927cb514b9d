import sys
from dataclasses import replace

import numpy as np
import pytest

from proactive_agents.registry import make
from proactive_gym.errors import ChangedRunError, RecordError
from proactive_gym.evaluation import scoring
from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.evaluation.statistics import clustered_mean, interval
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard import measure as measuring
from proactive_gym.leaderboard.compose import (
    LAST,
    gains,
    person_rewards,
    results_of,
    run_of,
)
from proactive_gym.leaderboard.measure import Plan, Progress, measure
from proactive_gym.leaderboard.record import FROZEN_STATISTICS, Group, Record, read_record
from proactive_gym.provenance import file_digest
from proactive_gym.users.parameters import PARAMETERS_PATH
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS

TINY = Suite("tiny-v0", "validation", (0,), (0, 1), sessions=4, points=5)
SHY = '''
import numpy as np
from proactive_agents.protocol import Memoryless


class Shy(Memoryless):
    """Notifies until a reaction that nobody likes to see, then never again."""

    adapts = True

    def begin(self, keys):
        self.hurt = np.zeros(len(keys), bool)

    def act(self, observations):
        return np.outer(~self.hurt, [1, 0, 0, 0])

    def observe(self, reactions):
        self.hurt |= reactions >= 4
'''


def plan_of(agent, folder, **given):
    return Plan(agent, TINY, f"proactive-gym benchmark {agent}", folder / "runs", **given)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder on Python's path that holds an agent of somebody's own."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "shy_agent.py").write_text(SHY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
    sys.modules.pop("shy_agent", None)


@pytest.fixture(scope="module")
def shy(own, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shy")
    return measure(plan_of("shy_agent:Shy", folder), folder / "r.json", Progress())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of an agent with two runs of training, and its record."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, measure(plan_of("best-fixed", folder), folder / "r.json", Progress())


def with_scores(record, **tables):
    """A record with other raw scores, each (people, sessions), of its first people."""
    count = len(next(iter(tables.values())))
    few = {n: np.array(t)[:count].tolist() for n, t in record.runs[0].told.items()}
    few |= {n: np.asarray(t, float).tolist() for n, t in tables.items()}
    run = record.runs[0].model_copy(update={"told": few, "frozen": None})
    groups = {"all": Group(labels=["all"], codes=[0] * count)}
    few_people = {"people": record.people[:count], "groups": groups, "runs": [run]}
    return Record.model_validate(record.model_copy(update=few_people).model_dump())


# ---------------------------------------------------------------- from raw scores


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


# ---------------------------------------------------------------- measuring


def test_a_record_says_what_was_measured(shy):
    assert (shy.agent, shy.about, shy.insider) == ("shy_agent:Shy", "Shy of shy_agent", False)
    assert shy.command == "proactive-gym benchmark shy_agent:Shy"
    assert tuple(shy.people) == TINY.options({}).pool().ids
    assert shy.suite.model_dump() == TINY.described()
    assert shy.made_of.simulator == file_digest(PARAMETERS_PATH)
    assert (shy.made_of.weights, shy.training) == ([], [])
    assert shy.adapts
    assert shy.judged.alternatives_count > 100
    assert "age" in shy.groups
    assert {"python", "numpy"} <= set(shy.versions)


def test_trainings_are_told(trained):
    folder, record = trained
    assert [t.seed for t in record.training] == [0, 1]
    assert [t.arguments["seed"] for t in record.training] == [0, 1]
    assert all(t.curve[-1]["progress"] == 1 for t in record.training)
    weights = sorted((folder / "runs" / "models").glob("best-fixed-*.safetensors"))
    assert sorted(file_digest(w) for w in weights) == sorted(record.made_of.weights)


def test_given_weights_are_played_and_nothing_is_trained(trained, tmp_path):
    folder, record = trained
    weights = sorted((folder / "runs" / "models").glob("*.safetensors"))
    plan = plan_of("best-fixed", tmp_path, checkpoints=weights[:1])
    found = measure(plan, tmp_path / "r.json", Progress())
    assert found.training == []
    assert found.made_of.weights == [file_digest(weights[0])]
    assert found.runs[0] in record.runs
    assert not (tmp_path / "runs" / "models").exists()


def test_insiders_are_marked_and_not_judged_off_policy(tmp_path):
    record = measure(plan_of("oracle-observed", tmp_path), tmp_path / "r.json", Progress())
    assert record.insider
    assert record.judged is None
    assert record == read_record(tmp_path / "r.json")


def test_simulators_give_each_persons_reward(tmp_path):
    simulators = [(4, PARAMETERS_PATH)]
    plan = plan_of("always-now", tmp_path, simulators=simulators)
    record = measure(plan, tmp_path / "r.json", Progress())
    assert record.simulators.seeds == [4]
    assert record.made_of.simulators == [file_digest(PARAMETERS_PATH)]
    assert record.simulators.reward[0] == pytest.approx(person_rewards(record), abs=1e-5)


def test_the_same_record_is_read_and_not_measured_again(tmp_path, monkeypatch):
    path, plan = tmp_path / "r.json", plan_of("silent", tmp_path)
    first = measure(plan, path, Progress())
    monkeypatch.setattr(measuring, "score", None)
    assert measure(plan, path, Progress()) == first
    path.write_text("torn")
    with pytest.raises(RecordError, match=r"r\.json"):
        measure(plan, path, Progress())


def test_another_agents_record_is_not_taken_for_ones_own(tmp_path):
    """Agents without weights on one suite differ in their names alone."""
    path = tmp_path / "r.json"
    measure(plan_of("silent", tmp_path), path, Progress())
    found = measure(plan_of("always-now", tmp_path), path, Progress())
    assert found.agent == "always-now"


def test_a_changed_agent_of_ones_own_is_another_run(own, tmp_path):
    """Its code can move the results as the packages' code can."""
    plan = plan_of("bold_agent:Shy", tmp_path)
    made_of = []
    for source in (SHY, SHY.replace("[1, 0, 0, 0]", "[2, 3, 1, 1]")):
        (own / "bold_agent.py").write_text(source)
        made_of.append(measuring._about(plan, make("bold_agent:Shy"), ()))
        del sys.modules["bold_agent"]
    assert made_of[0] != made_of[1]


def test_a_run_begun_with_other_code_is_not_gone_on_with(tmp_path, monkeypatch):
    path, plan = tmp_path / "r.json", plan_of("silent", tmp_path)
    first = measure(plan, path, Progress())
    monkeypatch.setattr(measuring, "code_digest", lambda: "other")
    with pytest.raises(ChangedRunError, match=r"another code: .* --fresh"):
        measure(plan, path, Progress())
    assert read_record(path) == first
    again = measure(replace(plan, fresh=True), path, Progress())
    assert again.made_of.code == "other"
    assert again.runs == first.runs


def test_a_killed_run_goes_on_where_it_was(shy, own, tmp_path, monkeypatch):
    path, plan = tmp_path / "r.json", plan_of("shy_agent:Shy", tmp_path)

    def killed(people):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(plan, path, Progress(advance=killed))
    assert not path.exists()
    played = []
    play = scoring._play
    monkeypatch.setattr(scoring, "_play", lambda *a: (played.append(a[3].size), play(*a))[1])
    again = measure(plan, path, Progress())
    assert sum(played) == 2 * 80 - scoring.CHUNK
    assert (again.runs, again.results) == (shy.runs, shy.results)
