import importlib
import shutil
import sys
from dataclasses import replace
from multiprocessing import Pipe

import numpy as np
import pytest

from proactive_agents.registry import make
from proactive_baselines.fixed import SILENT, BestFixed
from proactive_gym.errors import ChangedRunError, CheckpointError, RecordError, UnknownAgentError
from proactive_gym.evaluation import scoring
from proactive_gym.evaluation.ahead import Ahead
from proactive_gym.evaluation.judged import check
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard import measure as measuring
from proactive_gym.leaderboard.compose import person_rewards
from proactive_gym.leaderboard.measure import Plan, Progress, measure
from proactive_gym.leaderboard.record import read_record
from proactive_gym.provenance import file_digest
from proactive_gym.users import Parameters
from proactive_gym.users.parameters import PARAMETERS_PATH

TINY = Suite("tiny-v0", "validation", (0,), (0, 1), sessions=4, points=5)
CHUNKS = 2  # see conftest
TIRING = '''
import numpy as np
from proactive_agents.protocol import Memoryless
from proactive_baselines.fixed import Fixed

made = []


class Tiring(Memoryless):
    """Forgets nothing by `begin`: after so many chunks it is silent for good."""

    adapts = True

    def __init__(self):
        self.begun = 0
        made.append(self)

    def begin(self, keys):
        self.begun += 1

    def act(self, observations):
        awake = int(self.begun <= CHUNKS)
        return np.tile([awake, 0, 0, 0], (len(observations["moment"]), 1))


def bold():
    return Fixed(("now", "act", "brief", "casual"))
'''.replace("CHUNKS", str(CHUNKS))


def plan_of(agent, folder, **given):
    return Plan(agent, TINY, f"proactive-gym benchmark {agent}", folder / "runs", **given)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def written(own, monkeypatch):
    """`written(name, source)`: a module of an agent of somebody's own, in place of what it was."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = set()

    def write(name, source):
        names.add(name)
        sys.modules.pop(name, None)
        (own / f"{name}.py").write_text(source)
        importlib.invalidate_caches()

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def played(monkeypatch):
    """How many people were played, pass by pass."""
    found, play = [], scoring._play
    monkeypatch.setattr(scoring, "_play", lambda *a: (found.append(a[3].size), play(*a))[1])
    return found


# ---------------------------------------------------------------- what a record says


def test_a_record_says_what_was_measured(shy, own):
    assert (shy.agent, shy.about, shy.insider) == ("shy_agent:Shy", "Shy of shy_agent", False)
    assert shy.command == "proactive-gym benchmark shy_agent:Shy"
    assert tuple(shy.people) == TINY.options({}).pool().ids
    assert shy.suite.model_dump() == TINY.described()
    assert shy.made_of.agent_code == file_digest(own / "shy_agent.py")
    assert shy.made_of.code == measuring.playing_code()
    assert shy.made_of.simulator == file_digest(PARAMETERS_PATH)
    assert (shy.made_of.weights, shy.training) == ([], [])
    assert shy.adapts
    assert shy.judged.alternatives_count > 100
    assert "age" in shy.groups
    assert {"python", "numpy"} <= set(shy.versions)


def test_trainings_are_told(trained):
    folder, record = trained
    assert record.made_of.agent_code is None
    assert [(t.seed, t.arguments) for t in record.training] == [(i, {"seed": i}) for i in (0, 1)]
    assert all(t.curve[-1]["progress"] == 1 for t in record.training)
    assert all(t.commit == record.commit for t in record.training)
    weights = sorted((folder / "runs" / "models").glob("best-fixed-*.safetensors"))
    assert sorted(file_digest(w) for w in weights) == sorted(record.made_of.weights)


def test_weights_that_were_trained_before_keep_their_own_commit(trained, tmp_path, monkeypatch):
    folder, record = trained
    shutil.copytree(folder / "runs" / "models", tmp_path / "runs" / "models")
    monkeypatch.setattr(measuring, "commit", lambda: {"id": "a" * 40, "modified": False})
    again = measure(plan_of("best-fixed", tmp_path), tmp_path / "r.json", Progress())
    assert again.commit.id == "a" * 40
    assert again.training == record.training
    assert again.runs == record.runs


def test_the_suites_arguments_are_trained_with(tmp_path, monkeypatch):
    asked = []

    def train(agent, given, folder, report):
        asked.append((agent, given, folder))
        raise CheckpointError("enough")

    monkeypatch.setattr(measuring, "train", train)
    suite = replace(TINY, training={"ppo": {"steps": 7}, "ppo-counts": {"steps": 8}})
    for agent in ("ppo", "population"):
        with pytest.raises(CheckpointError, match="enough"):
            measure(replace(plan_of(agent, tmp_path), suite=suite), tmp_path / "r", Progress())
    models = tmp_path / "runs" / "models"
    assert asked == [("ppo", {"steps": 7, "seed": 0}, models), ("population", {"seed": 0}, models)]


def test_what_is_trained_elsewhere_is_waited_for_and_shown(trained, tmp_path):
    shutil.copytree(trained[0] / "runs" / "models", tmp_path / "runs" / "models")
    (hears, tells), heard, told = Pipe(duplex=False), [], [{"progress": 1.0}, None]
    with hears, tells:
        _ = [tells.send(figures) for figures in told * 2]
        ahead = Ahead([("best-fixed", given) for given in TINY.trainings("best-fixed")], hears)
        plan, shown = plan_of("best-fixed", tmp_path), Progress(figures=heard.append)
        measure(plan, tmp_path / "r.json", shown, ahead)
    assert heard == told[:1] * 2


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


def test_what_stands_on_the_disk_later_is_not_what_was_run(tmp_path, monkeypatch):
    """Code and commit are those of the beginning, whatever is written while people are played."""
    started = []
    monkeypatch.setattr(measuring, "playing_code", lambda: f"code {len(started)}")
    checkout = {"modified": False}
    monkeypatch.setattr(measuring, "commit", lambda: checkout | {"id": f"commit {len(started)}"})
    told = Progress(stage=lambda words, steps: started.append(words))
    record = measure(plan_of("best-fixed", tmp_path), tmp_path / "r.json", told)
    assert started == ["training, seed 0", "training, seed 1", "playing", "playing, run 2"]
    assert (record.made_of.code, record.commit.id) == ("code 0", "commit 0")


# ---------------------------------------------------------------- the agent


def test_each_pass_has_an_agent_of_its_own(written, tmp_path):
    """One that forgets nothing would else be silent from the second pass on."""
    written("tiring_agent", TIRING)
    simulators = [(4, PARAMETERS_PATH)]
    plan = plan_of("tiring_agent:Tiring", tmp_path, simulators=simulators)
    record = measure(plan, tmp_path / "r.json", Progress())
    made = sys.modules["tiring_agent"].made
    begun = sorted(agent.begun for agent in made if agent.begun)
    assert begun == [1, 2, CHUNKS, CHUNKS, CHUNKS]
    told, frozen = record.runs[0].told, record.runs[0].frozen
    assert np.sum(told["delivered"]) > 0
    assert frozen == {name: told[name] for name in frozen}
    assert record.simulators.reward[0] == pytest.approx(person_rewards(record), abs=1e-5)
    fresh = check(make("tiring_agent:Tiring"), TINY.options({}))
    assert record.judged.judgments.mean == pytest.approx(fresh.judgments.mean, abs=1e-5)
    assert record.judged.alternatives_count == fresh.alternatives_count


def test_a_changed_agent_of_ones_own_is_another_run(own, written, tmp_path):
    """Its code can move the results as the packages' code can."""
    path, plan = tmp_path / "r.json", plan_of("bold_agent:Shy", tmp_path)
    source = (own / "shy_agent.py").read_text()
    written("bold_agent", source)
    first = measure(plan, path, Progress())
    changed = source.replace("[1, 0, 0, 0]", "[2, 3, 1, 1]")
    written("bold_agent", changed)
    again = measure(plan, path, Progress())
    assert again.made_of.agent_code == file_digest(own / "bold_agent.py")
    assert again.runs != first.runs
    written("bold_agent", changed)
    assert measure(plan, path, Progress()) == again


def test_the_module_that_makes_an_agent_is_its_own_code_too(written, tmp_path):
    """What a function makes of a class of the packages is as much its author's."""
    plan = plan_of("tiring_agent:bold", tmp_path)
    found = []
    for source in (TIRING, TIRING.replace('"now", "act"', '"hold", "ask"')):
        written("tiring_agent", source)
        agent = make("tiring_agent:bold")
        found.append((agent.action, measuring._about(plan, agent, (), "code")))
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]


def test_agents_of_the_packages_have_no_code_of_their_own(tmp_path):
    about = measuring._about(plan_of("random", tmp_path), make("random"), (), "the code")
    assert (about.agent, about.agent_code, about.code) == ("random", None, "the code")


# ---------------------------------------------------------------- other simulators


def test_simulators_are_played_with_every_runs_weights(tmp_path):
    weights = [tmp_path / "loud.safetensors", tmp_path / "mute.safetensors"]
    BestFixed(("now", "act", "brief", "casual")).save(weights[0], {})
    BestFixed(SILENT).save(weights[1], {})
    other, own = tmp_path / "other.json", Parameters.load()
    replace(own, noise_sd=own.noise_sd * 2).save(other)
    simulators = [(4, PARAMETERS_PATH), (9, other)]
    plan = plan_of("best-fixed", tmp_path, checkpoints=weights, simulators=simulators)
    steps = []
    told = Progress(stage=lambda words, n: steps.append((words, n)))
    found = measure(plan, tmp_path / "r.json", told)
    assert steps[-1] == ("other simulators", 2 * 2 * 80 * TINY.sessions)
    assert found.simulators.seeds == [4, 9]
    assert found.made_of.simulators == [file_digest(file) for _, file in simulators]
    assert found.runs[0].told["reward"] != found.runs[1].told["reward"]
    assert found.simulators.reward[0] == pytest.approx(person_rewards(found), abs=1e-5)
    assert found.simulators.reward[1] != found.simulators.reward[0]


def test_under_other_simulators_people_live_one_life(tmp_path):
    twice = replace(TINY, seeds=(0, 3))
    plan = plan_of("always-now", tmp_path, simulators=[(4, PARAMETERS_PATH)])
    once = measure(plan, tmp_path / "r.json", Progress())
    again = replace(plan, suite=twice, folder=tmp_path / "twice")
    both = measure(again, tmp_path / "both.json", Progress())
    assert both.simulators.reward == once.simulators.reward
    assert both.runs != once.runs


def test_simulators_that_are_added_later_go_on_with_the_run(tmp_path, played):
    path, plan = tmp_path / "r.json", plan_of("always-now", tmp_path)
    first = measure(plan, path, Progress())
    more = replace(plan, simulators=[(4, PARAMETERS_PATH)])
    del played[:]
    found = measure(more, path, Progress())
    assert played == [scoring.LIVES] * CHUNKS
    assert first.simulators is None
    assert found.simulators.seeds == [4]
    assert (found.runs, found.results) == (first.runs, first.results)
    assert measure(more, path, Progress()) == found
    assert len(played) == CHUNKS


# ---------------------------------------------------------------- going on


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
    assert np.sum(found.runs[0].told["delivered"]) > 0


def test_a_finished_run_of_other_code_is_played_again(tmp_path, monkeypatch, played):
    path, plan = tmp_path / "r.json", plan_of("silent", tmp_path)
    measure(plan, path, Progress())
    before = len(played)
    monkeypatch.setattr(measuring, "playing_code", lambda: "other")
    assert measure(plan, path, Progress()).made_of.code == "other"
    assert len(played) == 2 * before


@pytest.mark.parametrize("finished_before", [False, True])
def test_a_run_begun_with_other_code_is_not_gone_on_with(tmp_path, monkeypatch, finished_before):
    path, plan = tmp_path / "r.json", plan_of("silent", tmp_path)
    first = measure(plan, path, Progress())
    if not finished_before:
        path.unlink()

    def killed(people):
        raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "playing_code", lambda: "one")
    with pytest.raises(KeyboardInterrupt):
        measure(replace(plan, fresh=not finished_before), path, Progress(advance=killed))
    monkeypatch.setattr(measuring, "playing_code", lambda: "other")
    with pytest.raises(ChangedRunError, match=r"holds a run with other code: .* --fresh"):
        measure(plan, path, Progress())
    assert not finished_before or read_record(path) == first
    again = measure(replace(plan, fresh=True), path, Progress())
    assert again.made_of.code == "other"
    assert again.runs == first.runs


def test_a_killed_run_goes_on_where_it_was(shy, tmp_path, played):
    path, plan = tmp_path / "r.json", plan_of("shy_agent:Shy", tmp_path)

    def killed(sessions):  # when the first part is kept
        if not sessions:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(plan, path, Progress(advance=killed))
    assert not path.exists()
    del played[:]
    again = measure(plan, path, Progress())
    assert sum(played) == 2 * 80 - scoring.LIVES
    assert (again.runs, again.results) == (shy.runs, shy.results)


# ---------------------------------------------------------------- beginning anew


def test_to_begin_anew_keeps_weights_and_other_agents_runs(trained, tmp_path, played):
    folder, record = trained
    shutil.copytree(folder / "runs", tmp_path / "runs")
    path, others = tmp_path / "r.json", tmp_path / "runs" / "tiny-v0" / "silent"
    others.mkdir()
    (others / "told-0000.npz").write_bytes(b"precious")
    before = contents(tmp_path / "runs" / "models") | contents(others)
    plan = plan_of("best-fixed", tmp_path, fresh=True)
    again = measure(plan, path, Progress(figures=lambda told: pytest.fail("trained again")))
    assert sum(played) == 2 * 80
    assert again.runs == record.runs
    assert again.made_of == record.made_of
    assert contents(tmp_path / "runs" / "models") | contents(others) == before


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../precious",
        "/nowhere/x",
        "a/b:C",
        "..:C",
        "a:../C",
        ":",
        "a:",
        "~:A",
        "nobody",
    ],
)
@pytest.mark.parametrize("fresh", [True, False])
def test_names_that_are_none_delete_nothing(name, fresh, tmp_path):
    folder = tmp_path / "runs" / "tiny-v0"
    for kept in (tmp_path / "precious", folder / "silent" / "told.npz", folder / "b" / "run.json"):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("kept")
    before = contents(tmp_path)
    with pytest.raises(UnknownAgentError, match=f"no agent '{name}'"):
        measure(plan_of(name, tmp_path, fresh=fresh), tmp_path / "r.json", Progress())
    whole = plan_of(str(tmp_path / "precious"), tmp_path, fresh=fresh)
    with pytest.raises(UnknownAgentError, match="precious"):
        measure(whole, tmp_path / "r.json", Progress())
    assert contents(tmp_path) == before
