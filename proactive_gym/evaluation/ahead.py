"""Weights made ahead: a child process trains while agents that need no training are measured.

The child runs `training.train` as the main process would, and leaves the weights where that finds
them; so they are the same to the last bit. What goes wrong in the child, an error or a kill, costs
time alone: the main process then trains those weights itself, and meets the error if it lasts.
It says nothing of how agents are measured.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from proactive_gym.evaluation.suites import Suite
from proactive_gym.evaluation.training import Report, kept, train

Job = tuple[str, dict[str, Any]]
"""An agent, and the training arguments that differ from its defaults."""

_PATIENCE = 5.0
"""Seconds in which a child that is told to stop must have left."""


@dataclass(eq=False)
class Ahead:
    """What a child process trains.

    Reports wait in a pipe that holds some hundreds of them; the child waits if it is full.

    Attributes:
        jobs: In the order in which the child goes through them.
        hears: What it reports: figures, and None after each job.
        over: How many jobs are known to be over.
    """

    jobs: Sequence[Job] = ()
    hears: Connection | None = None
    over: int = 0

    def trains(self, agent: str) -> bool:
        """Whether the child trains an agent, or has trained it."""
        return any(name == agent for name, _ in self.jobs)

    def follow(self, agent: str, given: Mapping[str, Any], report: Report) -> None:
        """Wait until the child has made weights, or has given them up, if it has that job at all.

        Args:
            agent: Its name.
            given: Training arguments that differ from the defaults.
            report: Told what training reports, and what it reported before anybody asked.
        """
        job = (agent, dict(given))
        if self.hears is None or job not in self.jobs:
            return
        at = self.jobs.index(job)
        while self.over <= at:
            try:
                figures = self.hears.recv()
            except (EOFError, OSError):
                self.over = len(self.jobs)  # the child is gone, and makes nothing more
                return
            if figures is None:
                self.over += 1
            elif self.over == at:
                report(figures)


@contextmanager
def training_ahead(agents: Sequence[str], suite: Suite, folder: Path) -> Iterator[Ahead]:
    """Train in a child process what takes long, for as long as the context lasts.

    Those are the agents for which the suite says how long they train (`Suite.training`): the
    others are trained in seconds. There is no child if all their weights are there, for an agent
    alone, or if there is but one core.

    Args:
        agents: In the order in which they are measured.
        suite: Whose arguments they are trained with.
        folder: Where weights are kept.

    Raises:
        InvalidOptionError: An argument that a trainer does not have.
        MissingExtraError: A library that an agent needs is not installed.
    """
    jobs = _missing(agents, suite, folder) if len(agents) > 1 and _cores() > 1 else []
    if not jobs:
        yield Ahead()
        return
    context = get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(jobs, folder, tells), daemon=True)
    with _deaf_to_ctrl_c():
        child.start()
    tells.close()  # the child's alone, so that its end is the pipe's end
    try:
        yield Ahead(jobs, hears)
    finally:
        child.terminate()
        child.join(_PATIENCE)
        child.kill()
        child.join()
        hears.close()


def _missing(agents: Sequence[str], suite: Suite, folder: Path) -> list[Job]:
    long = [agent for agent in dict.fromkeys(agents) if agent in suite.training]
    jobs = [(agent, given) for agent in long for given in suite.trainings(agent)]
    return [(agent, given) for agent, given in jobs if kept(agent, given, folder) is None]


def _cores() -> int:
    """That this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started meanwhile stays so: Ctrl-C reaches it too, but it is not its to answer."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(jobs: Sequence[Job], folder: Path, tells: Connection) -> None:
    """What the child does."""
    # Told to stop, it leaves as if by an error, so that nothing half-written stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with suppress(BrokenPipeError):  # the main process is gone
        for agent, given in jobs:
            with suppress(Exception):  # the main process tries again, and says what is wrong
                train(agent, given, folder, tells.send)
            tells.send(None)
