"""Whether a record can stand on the leaderboard: it is whole, honest with itself, and repeatable.

It cannot prove that a record was played; `replayed` plays some of its people again.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from proactive_agents import checkpoint
from proactive_agents.protocol import Agent
from proactive_agents.registry import make
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.journal import Journal
from proactive_gym.evaluation.scoring import STATISTICS, score
from proactive_gym.evaluation.suites import Suite, suite_of
from proactive_gym.evaluation.training import arguments_of
from proactive_gym.leaderboard.compose import results_of
from proactive_gym.leaderboard.record import Estimate, Record
from proactive_gym.provenance import file_digest
from proactive_gym.users.parameters import PARAMETERS_PATH

_CLOSE = 1e-4


def problems(record: Record) -> list[str]:
    """What is wrong with a record, in sentences; nothing if it can stand."""
    try:
        suite = suite_of(record.suite.name)
    except InvalidOptionError as error:
        return [str(error)]
    found = []
    if record.suite.model_dump() != suite.described():
        found.append(f"the suite is not {suite.name} as it is frozen here")
    ids = suite.options({}).pool().ids
    if tuple(record.people) != ids:
        found.append(f"the people are not the {len(ids)} of {suite.name}, in their order")
    if record.made_of.simulator != file_digest(PARAMETERS_PATH):
        found.append("it was measured on other simulated people than this version's")
    if record.commit is None:
        found.append("it does not say which commit was run: run it from a checkout")
    elif record.commit.modified:
        found.append("it was run with uncommitted changes: commit them and run it again")
    return found + _training(record, suite) + _impossible(record, suite) + _unlike(record)


def _training(record: Record, suite: Suite) -> list[str]:
    """Training other than the suite's."""
    if not record.training:
        return []
    if [t.seed for t in record.training] != list(suite.training_seeds):
        return [f"training seeds must be {list(suite.training_seeds)}"]
    given = suite.training.get(record.agent, {})
    wanted = [
        asdict(arguments_of(record.agent, {**given, "seed": t.seed})) for t in record.training
    ]
    if [t.arguments for t in record.training] != wanted:
        return [f"it was trained with other arguments than {suite.name} has for {record.agent}"]
    return []


def _impossible(record: Record, suite: Suite) -> list[str]:
    """Raw scores that no run can have."""
    found = []
    for i, run in enumerate(record.runs):
        told = {name: np.array(table) for name, table in run.told.items()}
        each = len(suite.seeds) * suite.points
        if (told["points"] != each).any() or (told["lives"] != len(suite.seeds)).any():
            found.append(f"run {i}: every person and session must have {each} points")
            continue
        counts = [name for name in STATISTICS if name not in _REAL]
        if any((told[n] < 0).any() or (told[n] > each).any() for n in counts):
            found.append(f"run {i}: a count is negative or larger than the points it counts")
        if (told["well_timed"] + told["ill_timed"] - told["delivered"]).any():
            found.append(f"run {i}: well timed and ill timed do not add up to the messages")
        if (told["hits"] + told["false_alarms"] > told["delivered"]).any():
            found.append(f"run {i}: more hits and false alarms than messages")
        frozen = {name: np.array(table) for name, table in (run.frozen or {}).items()}
        for which, tables in (("", told), ("frozen ", frozen)):
            found += [f"run {i}: {which}{name} is out of range" for name in _beyond(tables)]
    return found


def _beyond(tables: dict[str, np.ndarray]) -> list[str]:
    """Raw scores that are sums of something out of its range."""
    answers = ("satisfaction", "trust", "comfort")
    return [
        name
        for name, values in tables.items()
        if (name in answers and ((values < tables["lives"]) | (values > 7 * tables["lives"])).any())
        or (name.startswith("reward") and (np.abs(values) > tables["points"]).any())
        or (name == "timing_right" and ((values < 0) | (values > tables["points"])).any())
    ]


_REAL = ("reward", "reward_seen", "timing_regret", "satisfaction", "trust", "comfort")


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

    Args:
        record: One without `problems`.
        people: How many.
        weights: The agent's checkpoints, one a run, if it has any.

    Raises:
        UnknownAgentError: The agent cannot be imported.
        CheckpointError: Weights are missing, or are not the record's.
    """
    digests = [checkpoint.digest(path) for path in weights]
    if digests != record.made_of.weights:
        return ["the weights given are not those of the record: name each run's checkpoint"]
    suite = suite_of(record.suite.name)
    agents = [make(record.agent, path) for path in weights] or [make(record.agent)]
    found = []
    for i, (agent, run) in enumerate(zip(agents, record.runs, strict=True)):
        options = suite.options(agent.options)
        few = replace(options, people=record.people[:people])
        for told, tables in ((True, run.told), (False, run.frozen or {})):
            scores = _played(agent, suite, few, told) if tables else np.zeros(0)
            for name, table in tables.items():
                again = scores[..., STATISTICS.index(name)]
                if not np.allclose(again, np.array(table)[:people], atol=_CLOSE):
                    copy = "" if told else " of the frozen copy"
                    found.append(f"run {i}: {name}{copy} comes out otherwise")
    return found


def _played(agent: Agent, suite: Suite, options: Options, told: bool) -> np.ndarray:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), {})
        return score(agent, suite, options, journal, told=told)["scores"]
