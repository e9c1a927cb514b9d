"""Measure an agent on a suite: train what is missing, play everyone, write the record.

Everything finished is kept under the run's folder, so the same command goes on after any stop.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree

import numpy as np

from proactive_agents import checkpoint
from proactive_agents.protocol import Agent, Insider
from proactive_agents.registry import make, spec_of
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.groups import groups_of
from proactive_gym.evaluation.journal import Arrays, Journal
from proactive_gym.evaluation.judged import check
from proactive_gym.evaluation.scoring import STATISTICS, cost, score
from proactive_gym.evaluation.suites import Suite
from proactive_gym.evaluation.training import Trained, train
from proactive_gym.leaderboard.compose import estimate, results_of, run_of
from proactive_gym.leaderboard.record import (
    Commit,
    Cost,
    Group,
    Judged,
    MadeOf,
    Record,
    Run,
    Simulators,
    SuiteInfo,
    Training,
    read_record,
    write_record,
)
from proactive_gym.provenance import PACKAGES, code_digest, commit, file_digest, versions
from proactive_gym.users.parameters import PARAMETERS_PATH, Parameters


@dataclass(frozen=True)
class Progress:
    """Told what is being done.

    Attributes:
        stage: Called with a few words, and how many steps it has.
        advance: Called with the number of steps done.
        figures: Called with what training reports.
    """

    stage: Callable[[str, int], None] = lambda words, steps: None
    advance: Callable[[int], None] = lambda steps: None
    figures: Callable[[dict[str, float]], None] = lambda figures: None


@dataclass(frozen=True)
class Plan:
    """What is measured, and where it is kept.

    Attributes:
        agent: Its name or `module:Class`.
        suite: Whom it meets.
        command: What repeats it.
        folder: For weights and unfinished runs.
        checkpoints: Weights to play instead of training, one a run.
        simulators: Parameter files fitted on resamples, with their seeds.
        fresh: Forget what was finished before.
    """

    agent: str
    suite: Suite
    command: str
    folder: Path
    checkpoints: Sequence[Path] = ()
    simulators: Sequence[tuple[int, Path]] = ()
    fresh: bool = False


def measure(plan: Plan, path: Path, progress: Progress) -> Record:
    """Measure an agent and write its record; if the same record is there, read it.

    Args:
        plan: What.
        path: Of the record.
        progress: Told how it goes.

    Raises:
        UnknownAgentError: No such agent.
        CheckpointError: Weights are missing, torn or another's.
        ChangedRunError: A run was begun there with other settings, weights or code.
        RecordError: The file at `path` is no record.
        MissingExtraError: A library is not installed.
        OSError: Something cannot be written; what is finished is kept.
    """
    folder = plan.folder / plan.suite.name / plan.agent.replace(":", "-")
    if plan.fresh:
        rmtree(folder, ignore_errors=True)
    trained = _train(plan, progress)
    weights = [t.path for t in trained] or list(plan.checkpoints)
    agents = [make(plan.agent, w) for w in weights] or [make(plan.agent)]
    options = plan.suite.options(agents[0].options)
    about = _about(plan, agents[0], weights)
    if path.exists() and not plan.fresh:
        found = read_record(path)
        if found.made_of == about:
            return found
    journal = Journal(folder, about.model_dump())
    runs = [_run(a, plan, options, journal, i, progress) for i, a in enumerate(agents)]
    simulators = _simulators(agents[0], plan, journal, progress)
    record = Record(
        about=spec_of(plan.agent).about,
        insider=isinstance(agents[0], Insider),
        command=plan.command,
        commit=_commit(),
        versions=versions(),
        made_of=about,
        training=[
            Training(seed=t.seed, arguments=t.arguments, seconds=t.seconds, curve=t.curve)
            for t in trained
        ],
        people=list(options.pool().ids),
        groups=_groups(options),
        runs=runs,
        results={},
        cost=Cost(**cost(agents[0], options)._asdict()),
        judged=_judged(agents[0], options),
        simulators=simulators,
    )
    record = record.model_copy(update={"results": results_of(record)})
    write_record(record, path)
    return record


def _train(plan: Plan, progress: Progress) -> list[Trained]:
    spec = spec_of(plan.agent)
    if plan.checkpoints or spec.trainer is None:
        return []
    given = plan.suite.training.get(plan.agent, {})
    done = []
    for seed in plan.suite.training_seeds:
        progress.stage(f"training, seed {seed}", 100)
        told = 0.0

        def heard(figures: dict[str, float]) -> None:
            nonlocal told
            progress.advance(round(100 * (figures["progress"] - told)))
            told = figures["progress"]
            progress.figures(figures)

        arguments = {**given, "seed": seed}
        done.append(train(plan.agent, arguments, plan.folder / "models", heard, fresh=plan.fresh))
    return done


def _about(plan: Plan, agent: Agent, weights: Sequence[Path]) -> MadeOf:
    """All that can move the results."""
    return MadeOf(
        agent=plan.agent,
        agent_code=_own_code(agent),
        suite=SuiteInfo(**plan.suite.described()),
        options=dict(agent.options),
        weights=[checkpoint.digest(w) for w in weights],
        simulator=file_digest(PARAMETERS_PATH),
        code=code_digest(),
        simulators=[file_digest(file) for _, file in plan.simulators],
    )


def _own_code(agent: Agent) -> str | None:
    """Digest of the module of an agent that does not come with the packages."""
    module = sys.modules[type(agent).__module__]
    own = module.__name__.split(".")[0] not in PACKAGES and module.__file__
    return file_digest(Path(module.__file__)) if own and module.__file__ else None


def _run(
    agent: Agent, plan: Plan, options: Options, journal: Journal, number: int, progress: Progress
) -> Run:
    """Play everyone with one set of weights, and once more with a copy that is told nothing."""
    adapts = bool(getattr(agent, "adapts", False))
    people = len(options.pool())
    progress.stage(f"playing{_of(number)}", people * (1 + adapts))

    def scored(told: bool) -> Arrays:
        name = f"run{number}-{'told' if told else 'frozen'}"
        return score(agent, plan.suite, options, journal, name, told, progress.advance)

    return run_of(scored(True), scored(False) if adapts else None)


def _of(number: int) -> str:
    return f", run {number + 1}" if number else ""


def _simulators(
    agent: Agent, plan: Plan, journal: Journal, progress: Progress
) -> Simulators | None:
    """Mean reward of each person under simulators that were fitted on resamples."""
    if not plan.simulators:
        return None
    rewards = []
    once = replace(plan.suite, seeds=plan.suite.seeds[:1])
    options = once.options(agent.options)
    progress.stage("other simulators", len(plan.simulators) * len(options.pool()))
    for seed, file in plan.simulators:
        other = once.options(agent.options, Parameters.load(file))
        found = score(agent, once, other, journal, f"simulator{seed}", True, progress.advance)
        sums = found["scores"].sum(axis=1)
        reward = sums[:, STATISTICS.index("reward")] / sums[:, STATISTICS.index("points")]
        rewards.append(np.round(reward, 5).tolist())
    return Simulators(seeds=[seed for seed, _ in plan.simulators], reward=rewards)


def _groups(options: Options) -> dict[str, Group]:
    found = groups_of(options.pool())
    return {
        name: Group(labels=list(labels), codes=codes.tolist())
        for name, (labels, codes) in found.items()
    }


def _judged(agent: Agent, options: Options) -> Judged | None:
    """None for agents that read the simulator: there is none behind the judged moments."""
    if isinstance(agent, Insider):
        return None
    found = check(agent, options)
    return Judged(
        alternatives=estimate(found.alternatives),
        alternatives_count=found.alternatives_count,
        judgments=estimate(found.judgments),
        judgments_count=found.judgments_count,
    )


def _commit() -> Commit | None:
    found = commit()
    return Commit(**found) if found else None
