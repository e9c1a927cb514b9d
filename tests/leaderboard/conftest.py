"""Tiny records: four people, three sessions, two lives, ten points a session."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proactive_agents.checkpoint import digest
from proactive_gym.evaluation import scoring, suites
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.evaluation.suites import Suite
from proactive_gym.leaderboard import check as checking
from proactive_gym.leaderboard.compose import results_of
from proactive_gym.leaderboard.inside import Inside, Posterior, Sweep
from proactive_gym.leaderboard.measure import Plan, Progress, measure
from proactive_gym.leaderboard.record import (
    FROZEN_STATISTICS,
    Commit,
    Cost,
    Estimate,
    Group,
    Judged,
    MadeOf,
    Record,
    Run,
    Simulators,
    SuiteInfo,
    Training,
)
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS

SHY = '''
import numpy as np
from proactive_agents.legible import Belief, Sweep
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


class Told(Shy):
    """Told the survey, of which it makes nothing."""

    options = {"profile": "survey"}


class Frank(Shy):
    """Shows what it takes people for: two numbers, which follow the count of reactions."""

    def begin(self, keys):
        super().begin(keys)
        self.count = None

    def act(self, observations):
        if self.count is None:
            self.count = np.zeros((len(self.hurt), 1))
        return super().act(observations)

    def observe(self, reactions):
        super().observe(reactions)
        self.count[:, 0] += reactions != 0

    def belief(self):
        return Belief(self.count * [1.0, -0.5], [1.0, 2.0] / np.sqrt(1 + self.count))

    def sweep(self):
        parts = {"speaking": "timing", "detail": "verbosity"}
        outcomes = {"speaks": "timing", "detailed": "verbosity"}
        speaking = [[0, np.nan], [0.25, 1 / 3], [0.5, 0.3]]
        table = np.array([speaking, [[0.25, 0], [0.25, 0.1], [0.29, 1]]])
        return Sweep(parts, np.array([-1.0, 0.0, 1.0]), outcomes, table)
'''
"""Source of agents of somebody's own."""
PEOPLE, SESSIONS, LIVES, POINTS = 4, 3, 2, 10
COUNTS = {
    "points": 20, "delivered": 10, "needed": 12, "unneeded": 5, "hits": 8, "false_alarms": 1,
    "well_timed": 9, "ill_timed": 1, "missed": 4, "timing_right": 14, "timing_regret": 3,
    "autonomy_right": 6, "style_right": 5, "harsh": 1, "points_seen": 15, "lives": LIVES,
    "satisfaction": 9, "trust": 8, "comfort": 7, "on": 2,
}  # fmt: skip
"""Sums over the two lives of a person's session, but for reward."""
SAYS_NOTHING = dict.fromkeys(
    ("delivered", "hits", "false_alarms", "well_timed", "ill_timed", "autonomy_right",
     "style_right", "harsh"), 0
)  # fmt: skip


def table(value: float, slope: float = 0.0) -> list[list[float]]:
    """A person more gets `slope` more; so does a session more."""
    people, sessions = np.mgrid[:PEOPLE, :SESSIONS]
    return (value + slope * (people + sessions)).tolist()


def run(reward: float, adapts: bool, counts: dict[str, float]) -> Run:
    sums = {**COUNTS, **counts}
    points = sums["points"]
    told = {name: table(sums.get(name, 0)) for name in STATISTICS}
    told["reward"] = table(reward * points, 1.0)
    told["reward_seen"] = table(reward * points * 0.75, 0.5)
    frozen = {name: told[name] for name in FROZEN_STATISTICS}
    frozen["reward"] = table(reward * points)
    places = {name: 2.0 for name in PLACES}
    return Run(
        told=told,
        frozen=frozen if adapts else None,
        activity={name: [value] * len(ACTIVITIES) for name, value in places.items()},
        domain={name: [value] * len(DOMAINS) for name, value in places.items()},
    )


def build(
    agent: str = "ppo",
    reward: float = 0.2,
    *,
    insider: bool = False,
    profile: str | None = None,
    adapts: bool = False,
    runs: int = 1,
    reports: int = 4,
    simulators: list[float] | None = None,
    judged: bool = False,
    counts: dict[str, float] | None = None,
    **fields: Any,
) -> Record:
    """A record.

    Args:
        agent: Its name.
        reward: Of the first person in the first session; others get more.
        insider: Whether it reads the simulator.
        profile: What it asked to be told of people, if anything.
        adapts: Whether it has a frozen copy, which gets `reward` always.
        runs: Training runs; 0 for an agent without weights.
        reports: Of each training.
        simulators: Mean reward under each.
        judged: Whether it was checked off-policy.
        counts: Other sums than `COUNTS`.
        fields: Of the record.
    """
    value = Estimate(mean=0.25, low=0.125, high=0.375)
    suite = SuiteInfo(
        name="tiny-v0", people="test", seeds=[0, 1], training_seeds=[0],
        sessions=SESSIONS, points=POINTS, profile="demographics", training={},
    )  # fmt: skip
    curve = [
        {"progress": (i + 1) / reports, "steps": 1e6 * (i + 1), "reward": 0.1 * i}
        for i in range(reports)
    ]
    given: dict[str, Any] = {
        "about": "does what it does",
        "insider": insider,
        "command": f"proactive-gym benchmark {agent}",
        "commit": Commit(id="0123456789abcdef", modified=False),
        "versions": {"python": "3.11.0"},
        "made_of": MadeOf(
            agent=agent, agent_code=None, suite=suite, weights=["f" * 64] * runs,
            options={} if profile is None else {"profile": profile}, simulator="s", code="c",
            simulators=[str(i) for i in range(len(simulators or ()))],
        ),
        "training": [
            Training(seed=i, arguments={}, seconds=1.5, curve=curve, commit=None)
            for i in range(runs)
        ],
        "people": ["a", "b", "c", "d"],
        "groups": {"age": Group(labels=["young", "old", "nobody"], codes=[0, 0, 1, 1])},
        "runs": [run(reward + 0.01 * i, adapts, counts or {}) for i in range(max(runs, 1))],
        "results": {},
        "cost": Cost(act_us=12.5, observe_us=0.0, state_bytes=3040),
        "judged": Judged(
            alternatives=value, alternatives_count=7, judgments=value, judgments_count=5
        ) if judged else None,
        "simulators": Simulators(
            seeds=list(range(len(simulators))), reward=[[v] * PEOPLE for v in simulators]
        ) if simulators else None,
    }  # fmt: skip
    record = Record(**{**given, **fields})
    return record.model_copy(update={"results": results_of(record)})


@pytest.fixture(autouse=True, scope="session")
def two_parts():
    """So few lives are played at a time that people come in several parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "LIVES", 40)
        yield


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Record]:
    """`build`: a tiny record."""
    return build


@pytest.fixture(scope="session")
def all_kinds() -> list[Record]:
    """References, silence, an agent that adapts and one that does not, with all there can be."""
    return [
        build("oracle-observed", 0.5, insider=True, runs=0, simulators=[0.6, 0.6]),
        build("linucb", 0.3, adapts=True, runs=3, judged=True, simulators=[0.4, 0.2]),
        build("population", 0.1, runs=1, judged=True, simulators=[0.3, 0.3]),
        build("silent", -0.3, runs=0, judged=True, counts=SAYS_NOTHING, simulators=[-0.2, -0.2]),
    ]


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on Python's path that holds `shy_agent`, agents of somebody's own."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "shy_agent.py").write_text(SHY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
    sys.modules.pop("shy_agent", None)


MEASURED = Suite("tiny-v0", "validation", (0,), (0, 1), sessions=4, points=5)


def measured(agent: str, folder: Path, suite: Suite = MEASURED) -> Record:
    plan = Plan(agent, suite, f"proactive-gym benchmark {agent}", folder / "runs")
    return measure(plan, folder / "r.json", Progress())


@pytest.fixture(scope="session")
def shy(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of an agent of somebody's own, which adapts."""
    return measured("shy_agent:Shy", tmp_path_factory.mktemp("shy"))


@pytest.fixture(scope="session")
def frank(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of an agent that shows its inside."""
    return measured("shy_agent:Frank", tmp_path_factory.mktemp("frank"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Record]:
    """The folder of an agent with two runs of training, and its record."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, measured("best-fixed", folder)


SHOWN = {"waiting": "timing", "detail": "verbosity", "speaking": "timing"} | {
    f"trait {i}": "tone" for i in range(7)
}
"""Dimensions of an agent that shows its inside, and their parts."""


@pytest.fixture(scope="session")
def view() -> Inside:
    """Of an agent with ten dimensions, the later of which it learns more of."""
    sizes = range(1, 1 + len(SHOWN))
    sd = [[2.0 - k * session / 15 for k in sizes] for session in range(SESSIONS + 1)]
    table = [[[0.5, 0.5 + 0.02 * c * k, 0.25] for c in (-1, 0, 1)] for k in sizes]
    return Inside(
        dimensions=SHOWN,
        posterior=Posterior(
            person="a",
            seed=0,
            mean=[[0.1 * session] * len(SHOWN) for session in range(SESSIONS + 1)],
            sd=sd,
            reactions=[0, 7, 11, 19],
        ),
        sweep=Sweep(
            coefficients=[-1.0, 0.0, 1.0],
            outcomes={"speaks": "timing", "detailed": "verbosity", "formal": "tone"},
            table=[[[None, 0.5, 0.5]] * 3, *table[1:]],
        ),
    )


# ---------------------------------------------------------------- records to be checked

CHECKED = Suite("tiny-v0", "validation", (0, 1), (0, 1), sessions=4, points=5)
HERE = Commit(id="a" * 40, modified=False)
_wished, _played = checking._wished, {}


def wished_once(suite: Suite) -> dict[str, Any]:
    if suite.name not in _played:
        _played[suite.name] = _wished(suite)
    return _played[suite.name]


@pytest.fixture
def checked_suite(monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A tiny suite that is one of the frozen ones, and is played under silence once."""
    monkeypatch.setitem(suites.SUITES, CHECKED.name, CHECKED)
    monkeypatch.setattr(checking, "_wished", wished_once)
    return CHECKED


@pytest.fixture(scope="session")
def checkable(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Record]:
    """`checkable(agent)`: a measured record that has no problems."""

    def of(agent: str, folder: Path | None = None) -> Record:
        record = measured(agent, folder or tmp_path_factory.mktemp("checkable"), CHECKED)
        trained = [t.model_copy(update={"commit": HERE}) for t in record.training]
        return record.model_copy(update={"commit": HERE, "training": trained})

    return of


@pytest.fixture(scope="session")
def honest(checkable: Callable[..., Record]) -> Record:
    return checkable("random")


@pytest.fixture(scope="session")
def adapting(checkable: Callable[..., Record]) -> Record:
    return checkable("shy_agent:Shy")


@pytest.fixture(scope="session")
def learnt(
    checkable: Callable[..., Record], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Record, list[Path]]:
    """A record of two trained runs, with their weights in the order of the runs."""
    folder = tmp_path_factory.mktemp("learnt")
    record = checkable("best-fixed", folder)
    files = {digest(path): path for path in (folder / "runs" / "models").iterdir()}
    return record, [files[weights] for weights in record.made_of.weights]


def edit(
    record: Record,
    change: Callable[[dict[str, Any]], object],
    again: bool = True,
    settle: bool = True,
) -> Record:
    """The record after a change.

    Args:
        record: The record.
        change: Of its data, in place.
        again: Compute the results anew, as a careful cheat would.
        settle: Make the sums by activity and domain fit as well.
    """
    data = json.loads(json.dumps(record.model_dump()))
    change(data)
    for run in data["runs"] if settle else ():
        for places in (run["activity"], run["domain"]):
            for name in PLACES:
                places[name][0] += np.sum(run["told"][name]) - sum(places[name])
    found = Record.model_validate(data)
    return found.model_copy(update={"results": results_of(found)}) if again else found


@pytest.fixture(scope="session")
def edited() -> Callable[..., Record]:
    """`edit`: a record after a change."""
    return edit
