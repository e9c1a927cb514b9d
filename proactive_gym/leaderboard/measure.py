"""Measure an agent on a suite: train what is missing, play everyone, write the record.

Everything finished is kept under the run's folder, so the same command goes on after any stop.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_agents import checkpoint
from proactive_agents.language import Model
from proactive_agents.protocol import Agent, Insider
from proactive_agents.registry import check_model, make, spec_of, stem
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.ahead import Ahead
from proactive_gym.evaluation.groups import groups_of
from proactive_gym.evaluation.journal import Arrays, Journal, begun
from proactive_gym.evaluation.judged import check
from proactive_gym.evaluation.scoring import cost, score, summed
from proactive_gym.evaluation.suites import Suite
from proactive_gym.evaluation.training import Trained, train
from proactive_gym.leaderboard.compose import estimate, results_of, run_of
from proactive_gym.leaderboard.inside import inside
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
from proactive_gym.leaderboard.record import Model as ModelInfo
from proactive_gym.provenance import PACKAGES, commit, file_digest, playing_code, versions
from proactive_gym.users.parameters import PARAMETERS_PATH, Parameters

MODELS = "models"
"""Folder of weights, in a plan's folder."""
Maker = Callable[[], Agent]
"""Makes the agent anew for each pass, so that nothing is carried from one into another."""


@dataclass(frozen=True)
class Progress:
    """Told what is being done.

    Attributes:
        stage: Called with a few words, and how many steps it has.
        advance: Called with the number of steps done since the last time.
        figures: Called with what training reports.
    """

    stage: Callable[[str, int], None] = lambda words, steps: None
    advance: Callable[[float], None] = lambda steps: None
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
        fresh: Forget who was played before; weights stay.
        model: The language model that the agent has instead of its own.
    """

    agent: str
    suite: Suite
    command: str
    folder: Path
    checkpoints: Sequence[Path] = ()
    simulators: Sequence[tuple[int, Path]] = ()
    fresh: bool = False
    model: Model | None = None


def measure(plan: Plan, path: Path, progress: Progress, ahead: Ahead | None = None) -> Record:
    """Measure an agent and write its record; if the same record is there, read it.

    Args:
        plan: What.
        path: Of the record.
        progress: Told how it goes.
        ahead: What is trained in another process, which is then waited for.

    Raises:
        UnknownAgentError: No such agent.
        CheckpointError: Weights are missing, torn or another's.
        InvalidOptionError: A language model for an agent that has none.
        ChangedRunError: A run was begun with other settings, weights or code, and not finished.
        RecordError: The file at `path` is no record.
        MissingExtraError: A library is not installed.
        OSError: Something cannot be written; what is finished is kept.
    """
    folder = plan.folder / plan.suite.name / stem(plan.agent, plan.model)
    # Read now: what stands on the disk may change while agents train and play.
    code, checkout = playing_code(), commit()
    if plan.model is not None:
        check_model(plan.agent, plan.model, bool(plan.checkpoints))
    if plan.fresh:
        rmtree(folder, ignore_errors=True)
    trained = _train(plan, progress, ahead or Ahead())
    weights = [t.path for t in trained] or list(plan.checkpoints)
    files: list[Path | None] = [*weights] or [None]
    makers = [partial(make, plan.agent, file, plan.model) for file in files]
    agent = makers[0]()
    options = plan.suite.options(agent.options)
    about = _about(plan, agent, weights, code)
    if path.exists() and not plan.fresh:
        found = read_record(path)
        if found.made_of == about:
            return found
        if begun(folder) == _identity(found.made_of) != _identity(about):
            rmtree(folder)  # that run is finished: there is nothing to go on with
    journal = Journal(folder, _identity(about))
    runs = [_run(maker, plan, options, journal, i, progress) for i, maker in enumerate(makers)]
    record = Record(
        about=spec_of(plan.agent).about,
        insider=isinstance(agent, Insider),
        command=plan.command,
        commit=_checkout(checkout),
        versions=versions(),
        made_of=about,
        training=[
            Training(
                seed=t.seed,
                arguments=t.arguments,
                seconds=t.seconds,
                curve=t.curve,
                commit=_checkout(t.commit),
            )
            for t in trained
        ],
        people=list(options.pool().ids),
        groups=groups(options),
        runs=runs,
        results={},
        cost=Cost(**cost(makers[0](), options)._asdict()),
        judged=judged(makers[0](), options),
        simulators=_simulators(makers, plan, options, journal, progress),
        inside=inside(makers[0](), plan.suite, options),
    )
    record = record.model_copy(update={"results": results_of(record)})
    write_record(record, path)
    return record


def _train(plan: Plan, progress: Progress, ahead: Ahead) -> list[Trained]:
    spec = spec_of(plan.agent)
    if plan.checkpoints or spec.trainer is None:
        return []
    done = []
    for given in plan.suite.trainings(plan.agent):
        progress.stage(f"training, seed {given['seed']}", 100)
        told = 0.0

        def heard(figures: dict[str, float]) -> None:
            nonlocal told
            progress.advance(100 * (figures["progress"] - told))
            told = figures["progress"]
            progress.figures(figures)

        ahead.follow(plan.agent, given, heard)
        done.append(train(plan.agent, given, plan.folder / MODELS, heard))
    return done


def _about(plan: Plan, agent: Agent, weights: Sequence[Path], code: str) -> MadeOf:
    """All that can move the results."""
    return MadeOf(
        agent=plan.agent,
        agent_code=_own_code(agent, plan.agent),
        suite=SuiteInfo(**plan.suite.described()),
        options=dict(agent.options),
        weights=[checkpoint.digest(w) for w in weights],
        simulator=file_digest(PARAMETERS_PATH),
        code=code,
        simulators=[file_digest(file) for _, file in plan.simulators],
        model=ModelInfo(**plan.model.described()) if plan.model else None,
    )


def _identity(made_of: MadeOf) -> dict[str, Any]:
    """What may not change within a run; simulators may be added."""
    # Runs without another language model are those that were begun before there could be one.
    return made_of.model_dump(exclude={"simulators"} if made_of.model else {"simulators", "model"})


def _own_code(agent: Agent, name: str) -> str | None:
    """Digest of the modules of an agent that does not come with the packages."""
    names = {type(agent).__module__, spec_of(name).entry_point.partition(":")[0]}
    own = sorted(n for n in names if n.split(".")[0] not in PACKAGES)
    files = [sys.modules[n].__file__ for n in own]
    return " ".join(file_digest(Path(file)) for file in files if file) or None


def _run(
    maker: Maker, plan: Plan, options: Options, journal: Journal, number: int, progress: Progress
) -> Run:
    """Play everyone with one set of weights, and once more with a copy that is told nothing."""
    adapts = bool(getattr(maker(), "adapts", False))
    sessions = len(options.pool()) * options.sessions
    progress.stage(f"playing{_of(number)}", sessions * (1 + adapts))

    def scored(told: bool) -> Arrays:
        name = f"run{number}-{'told' if told else 'frozen'}"
        return score(maker(), plan.suite, options, journal, name, told, progress.advance)

    return run_of(scored(True), scored(False) if adapts else None)


def _of(number: int) -> str:
    return f", run {number + 1}" if number else ""


def _simulators(
    makers: Sequence[Maker], plan: Plan, options: Options, journal: Journal, progress: Progress
) -> Simulators | None:
    """Mean reward of each person under simulators that were fitted on resamples; one life each."""
    if not plan.simulators:
        return None
    once = replace(plan.suite, seeds=plan.suite.seeds[:1])
    sessions = len(options.pool()) * options.sessions
    progress.stage("other simulators", len(plan.simulators) * len(makers) * sessions)

    def reward(maker: Maker, run: int, file: Path) -> NDArray[np.float64]:
        elsewhere = replace(options, parameters=Parameters.load(file))
        name = f"run{run}-simulator-{file_digest(file)[:8]}"
        found = score(maker(), once, elsewhere, journal, name, tick=progress.advance)
        sums = summed(found["scores"])
        return np.asarray(sums["reward"].sum(axis=1) / sums["points"].sum(axis=1))

    rewards = [
        np.mean([reward(maker, run, file) for run, maker in enumerate(makers)], axis=0)
        for _, file in plan.simulators
    ]
    return Simulators(
        seeds=[seed for seed, _ in plan.simulators],
        reward=[np.round(found, 5).tolist() for found in rewards],
    )


def groups(options: Options) -> dict[str, Group]:
    """Kinds of the people, as a record keeps them."""
    found = groups_of(options.pool())
    return {
        name: Group(labels=list(labels), codes=codes.tolist())
        for name, (labels, codes) in found.items()
    }


def judged(agent: Agent, options: Options) -> Judged | None:
    """The off-policy check; None for insiders: there is no simulator behind the judged moments."""
    if isinstance(agent, Insider):
        return None
    found = check(agent, options)
    return Judged(
        alternatives=estimate(found.alternatives),
        alternatives_count=found.alternatives_count,
        judgments=estimate(found.judgments),
        judgments_count=found.judgments_count,
    )


def _checkout(found: dict[str, Any] | None) -> Commit | None:
    return Commit(**found) if found else None
