"""Whether a record can stand on the leaderboard: it is whole, honest with itself, and repeatable.

It cannot prove that a record was played; `replayed` plays some of its people again. Nor can it
prove that an agent is fair: a suite is public, so one that rebuilds the simulator from what it
knows of the suite is told from an assistant only by reading its code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from proactive_agents import checkpoint
from proactive_agents.language import Model
from proactive_agents.protocol import Agent, Insider
from proactive_agents.registry import AGENTS, make, spec_of
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError, UnknownAgentError
from proactive_gym.evaluation.journal import Journal
from proactive_gym.evaluation.scoring import PLACES, STATISTICS, score, summed
from proactive_gym.evaluation.suites import Suite, suite_of
from proactive_gym.evaluation.training import arguments_of
from proactive_gym.leaderboard.compose import results_of
from proactive_gym.leaderboard.inside import Inside, inside
from proactive_gym.leaderboard.measure import groups, judged
from proactive_gym.leaderboard.record import Estimate, Judged, Record, Run
from proactive_gym.leaderboard.record import Model as ModelInfo
from proactive_gym.provenance import file_digest
from proactive_gym.users.parameters import PARAMETERS_PATH

_CLOSE = 1e-4
_DRAWN = 0.02
"""The same of what is drawn alone."""
Array = NDArray[np.float64]
Sums = dict[str, Array]


def problems(record: Record) -> list[str]:
    """What is wrong with a record, in sentences; nothing if it can stand."""
    try:
        suite = suite_of(record.suite.name)
        spec_of(record.agent)
    except (InvalidOptionError, UnknownAgentError) as error:
        return [str(error)]
    found = list(_setting(record, suite))
    if found:
        return found
    found = [*_training(record, suite), *_unlike(record)]
    wished = _wished(suite)
    for i, run in enumerate(record.runs):
        found += [f"run {i}: {sentence}" for sentence in _impossible(run, suite, wished)]
    if record.simulators and (np.abs(record.simulators.reward) > 1).any():
        found.append("a reward under other simulators lies outside [-1, 1]")
    return found


def _setting(record: Record, suite: Suite) -> Iterator[str]:
    """Another suite, other people, or code that nobody can look up."""
    if record.suite.model_dump() != suite.described():
        yield f"the suite is not {suite.name} as it is frozen here"
        return
    options = suite.options({})
    ids = options.pool().ids
    if tuple(record.people) != ids:
        yield f"the people are not the {len(ids)} of {suite.name}, in their order"
    elif record.groups != groups(options):
        yield "the kinds of people are not those of these people"
    if record.made_of.simulator != file_digest(PARAMETERS_PATH):
        yield "it was measured on other simulated people than this version's"
    try:
        suite.options(record.made_of.options)
    except InvalidOptionError as error:
        yield str(error)
    for what, commit in [("run", record.commit), *(("trained", t.commit) for t in record.training)]:
        if commit is None:
            yield f"it does not say at which commit it was {what}: use a checkout"
        elif commit.modified:
            yield f"it was {what} with uncommitted changes: commit them, and do it again"


def _training(record: Record, suite: Suite) -> Iterator[str]:
    """Training other than the suite's."""
    spec = AGENTS.get(record.agent)
    if spec is None:
        return
    if spec.trainer is None:
        if record.made_of.weights:
            yield f"{record.agent} has no weights"
        return
    seeds = list(suite.training_seeds)
    if [t.seed for t in record.training] != seeds:
        yield f"{record.agent} must be trained with the seeds {seeds}"
        return
    given = suite.training.get(record.agent, {})
    wanted = [asdict(arguments_of(record.agent, {**given, "seed": seed})) for seed in seeds]
    if [t.arguments for t in record.training] != wanted:
        yield f"it was trained with other arguments than {suite.name} has for {record.agent}"


def _wished(suite: Suite) -> Sums:
    """What does not depend on the agent, played once under silence: (people, sessions)."""
    scores = _played(make("silent"), suite, suite.options({}))
    return {name: scores[name] for name in ("points", "needed", "unneeded", "points_seen", "lives")}


def _impossible(run: Run, suite: Suite, wished: Sums) -> Iterator[str]:
    """Raw scores that no run can have."""
    told = {name: np.array(table) for name, table in run.told.items()}
    for name, table in wished.items():
        if not np.array_equal(told[name], table):
            yield f"{name} is not what it is for every agent on this suite"
            return
    points, lives = told["points"], told["lives"]
    for name, table in told.items():
        low, high = _range(name, points, lives)
        if (table < low).any() or (table > high).any():
            yield f"{name} is out of range"
    for part, whole in _PARTS:
        if (told[part] > told[whole]).any():
            yield f"{part} exceeds {whole}"
    if (told["hits"] + told["false_alarms"] > told["delivered"]).any():
        yield "there are more hits and false alarms than messages"
    if (told["hits"] + told["missed"] != told["needed"]).any():
        yield "hits and missed do not add up to the needed points"
    if (told["well_timed"] + told["ill_timed"] != told["delivered"]).any():
        yield "well timed and ill timed do not add up to the messages"
    for name in PLACES:
        sums = [np.sum(places[name]) for places in (run.activity, run.domain)]
        if not np.allclose(sums, told[name].sum(), atol=0.01):
            yield f"{name} by activity and by domain does not add up"
    for name, rows in (run.frozen or {}).items():
        table = np.array(rows)
        low, high = (wished[name],) * 2 if name in wished else _range(name, points, lives)
        if (table < low).any() or (table > high).any():
            yield f"{name} of the frozen copy is out of range"


_PARTS = (
    ("hits", "needed"),
    ("false_alarms", "unneeded"),
    ("well_timed", "timing_right"),
    ("autonomy_right", "delivered"),
    ("style_right", "delivered"),
    ("on", "lives"),
)
"""Counts, and what they are a part of."""


def _range(name: str, points: Array, lives: Array) -> tuple[Array, Array]:
    """Between what a sum lies."""
    if name in ("satisfaction", "trust", "comfort"):
        return lives, 7 * lives
    if name in ("reward", "reward_seen"):
        return -points, points
    return 0 * points, 2 * points if name == "timing_regret" else points


def _unlike(record: Record) -> list[str]:
    """Results that do not follow from the raw scores."""
    computed = results_of(record)
    if computed.keys() != record.results.keys():
        return ["results are missing, or there are too many: measure it with this version"]
    wrong = [name for name, value in computed.items() if not _same(value, record.results[name])]
    return [f"these results do not follow from the raw scores: {', '.join(wrong)}"] if wrong else []


def _same(a: Estimate, b: Estimate) -> bool:
    pairs = zip(a.model_dump().values(), b.model_dump().values(), strict=True)
    return all((x is None) == (y is None) and abs((x or 0) - (y or 0)) <= _CLOSE for x, y in pairs)


def replayed(record: Record, people: int, weights: Sequence[Path] = ()) -> list[str]:
    """Play the first people again and compare; what differs, in sentences.

    Each pass has a fresh agent, and people have others beside them than in the record, so an agent
    that carries something from person to person does not repeat.

    Args:
        record: One without `problems`.
        people: How many.
        weights: The agent's checkpoints, one a run, if it has any.

    Raises:
        UnknownAgentError: The agent cannot be imported.
        CheckpointError: Weights, or its language model, are missing, or are another agent's.
    """
    if [checkpoint.digest(path) for path in weights] != record.made_of.weights:
        return ["the weights given are not those of the record: name each run's checkpoint"]
    model = _model(record)
    if model is not None and ModelInfo(**model.described()) != record.made_of.model:
        return [f"its language model, {model.name or model.basis}, is not what it was"]
    suite = suite_of(record.suite.name)
    found: list[str] = []
    for i, run in enumerate(record.runs):
        path = weights[i] if weights else None
        agent = make(record.agent, path, model)
        options = suite.options(agent.options)
        few = replace(options, people=record.people[:people])
        if i == 0:
            found += _facts(record, agent, suite, options)
        if (run.frozen is not None) != bool(getattr(agent, "adapts", False)):
            found.append(f"run {i}: an agent has a frozen copy if it adapts, and only then")
        for told, tables in ((True, run.told), (False, run.frozen or {})):
            again = _played(make(record.agent, path, model), suite, few, told) if tables else {}
            copy = "" if told else " of the frozen copy"
            found += [
                f"run {i}: {name}{copy} comes out otherwise"
                for name, table in tables.items()
                if not np.allclose(again[name], np.array(table)[:people], atol=_CLOSE)
            ]
    return found


def _model(record: Record) -> Model | None:
    """The language model that the agent had instead of its own."""
    told = record.made_of.model
    if told is None:
        return None
    basis = None if told.basis is None else Path(told.basis)
    return Model(told.name, told.device, told.dtype, basis)


def _facts(record: Record, agent: Agent, suite: Suite, options: Options) -> Iterator[str]:
    """What a record says of the agent, and is not so."""
    if isinstance(agent, Insider) != record.insider:
        yield "whether it reads the simulator is told wrongly"
    if dict(agent.options) != record.made_of.options:
        yield "it asks for other options than the record says"
    if not _alike(judged(agent, options), record.judged):
        yield "the off-policy check comes out otherwise"
    # Records from before there was such a thing may lack it.
    if record.inside is not None and not _shown_alike(inside(agent, suite, options), record.inside):
        yield "what goes on inside it comes out otherwise"


def _alike(ours: Judged | None, theirs: Judged | None) -> bool:
    """Whether two off-policy checks agree, but for the last digits."""
    if ours is None or theirs is None:
        return ours is theirs
    return (
        _same(ours.alternatives, theirs.alternatives)
        and _same(ours.judgments, theirs.judgments)
        and ours.alternatives_count == theirs.alternatives_count
        and ours.judgments_count == theirs.judgments_count
    )


def _shown_alike(ours: Inside | None, theirs: Inside) -> bool:
    """Whether two views of an agent's inside agree, but for what rounds otherwise elsewhere."""
    if ours is None:
        return False
    mine, told = ours.model_dump(), theirs.model_dump()
    for part, name in (("posterior", "mean"), ("posterior", "sd"), ("sweep", "table")):
        a, b = (np.array(found[part].pop(name), np.float64) for found in (mine, told))
        if a.shape != b.shape or not np.allclose(a, b, atol=_DRAWN, equal_nan=True):
            return False
    return mine == told


def _played(agent: Agent, suite: Suite, options: Options, told: bool = True) -> Sums:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), {})
        return dict(summed(score(agent, suite, options, journal, told=told)["scores"], STATISTICS))
