"""What `benchmark` and `evaluate` share: agents measured one after the other, with progress."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from proactive_gym.cli.terminal import messages, note

if TYPE_CHECKING:
    from proactive_agents.language import Model
    from proactive_gym.evaluation.ahead import Ahead
    from proactive_gym.evaluation.suites import Suite
    from proactive_gym.leaderboard.record import Record

RUNS = Path("runs/out")
INTERRUPTED = 130

SuiteName = Annotated[str, typer.Option(metavar="NAME", help="quick-v0 or standard-v0.")]
Records = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where records go. [default: runs/out/SUITE]"),
]
SimulatorCount = Annotated[
    int,
    typer.Option(
        "--simulators",
        min=0,
        metavar="N",
        help="Play under so many refitted simulators as well. Needs proactive-gym[calibrate].",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Forget who was played before; trained weights stay.")
]
Track = Annotated[
    bool, typer.Option("--track", help="Track with wandb, offline without an account.")
]


@dataclass(frozen=True)
class Arena:
    """How agents are measured.

    Attributes:
        suite: Whom they meet.
        records: Folder of the records.
        simulators: How many refitted simulators.
        fresh: Forget who was played before.
        track: Whether wandb is told.
        model: The language model that agents have instead of their own.
    """

    suite: "Suite"
    records: Path
    simulators: int = 0
    fresh: bool = False
    track: bool = False
    model: "Model | None" = None

    def measure(self, agents: Sequence[str], checkpoints: Sequence[Path] = ()) -> list["Record"]:
        """Measure agents, showing progress; what is finished survives any stop.

        Those that take long to train come last: they are trained while others are played.

        Returns:
            Their records, in the order in which they were measured.

        Raises:
            Exit: With code 130 after Ctrl-C.
        """
        from proactive_gym.evaluation.ahead import training_ahead
        from proactive_gym.leaderboard.measure import MODELS

        err = messages()
        columns = (
            TextColumn("{task.description:<17}"),
            TextColumn("{task.fields[stage]:<18}"),
            BarColumn(24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
            try:
                with training_ahead(agents, self.suite, RUNS / MODELS) as ahead:
                    simulators = self._simulators(bar)
                    return [
                        self._one(bar, name, checkpoints, simulators, ahead)
                        for name in sorted(agents, key=ahead.trains)
                    ]
            except KeyboardInterrupt:
                bar.stop()
                again = ", without --fresh," if self.fresh else ""
                note(f"stopped. The same command{again} goes on with what is not finished.")
                raise typer.Exit(INTERRUPTED) from None

    def _simulators(self, bar: Progress) -> list[tuple[int, Path]]:
        from proactive_gym.evaluation.simulators import resampled

        if not self.simulators:
            return []
        task = bar.add_task("simulators", total=self.simulators, stage="fitting")
        return resampled(self.simulators, RUNS / "simulators", lambda: bar.advance(task))

    def _one(
        self,
        bar: Progress,
        name: str,
        checkpoints: Sequence[Path],
        simulators: list[tuple[int, Path]],
        ahead: "Ahead",
    ) -> "Record":
        from proactive_gym.evaluation.tracking import Tracker
        from proactive_gym.leaderboard.measure import Plan, measure
        from proactive_gym.leaderboard.measure import Progress as Told

        task = bar.add_task(name, total=None, stage="")

        def stage(words: str, steps: int) -> None:
            bar.reset(task, total=steps, stage=words, start=True)

        settings = {"agent": name, "suite": self.suite.name}
        settings |= self.model.options if self.model else {}
        with Tracker(self.track, f"{self.suite.name} {name}", settings, RUNS, note) as tracker:
            plan = Plan(
                name,
                self.suite,
                self.command(name, checkpoints),
                RUNS,
                checkpoints,
                simulators,
                self.fresh,
                self.model,
            )
            told = Told(stage, lambda steps: bar.advance(task, steps), tracker.log)
            record = measure(plan, self.path(name), told, ahead)
            tracker.summarise({k: v.mean for k, v in record.results.items()})
        bar.update(task, total=1, completed=1, stage=_reward(record))
        return record

    def path(self, agent: str) -> Path:
        """Where an agent's record goes."""
        from proactive_agents.registry import stem

        return self.records / f"{stem(agent, self.model)}.json"

    def command(self, agent: str, checkpoints: Sequence[Path]) -> str:
        """The command line that repeats an agent's record."""
        words = ["proactive-gym", "evaluate", agent, "--suite", self.suite.name]
        for path in checkpoints:
            words += ["--checkpoint", str(path)]
        for option, value in (self.model.options if self.model else {}).items():
            words += [f"--{option}", str(value)]
        if self.simulators:
            words += ["--simulators", str(self.simulators)]
        return shlex.join(words)


def arena_of(
    suite: str,
    records: Path | None,
    simulators: int,
    fresh: bool,
    track: bool,
    model: "Model | None" = None,
) -> Arena:
    """The arena that options describe.

    Raises:
        InvalidOptionError: There is no such suite.
        MissingExtraError: wandb is asked for and not installed.
    """
    from proactive_gym.evaluation.suites import suite_of

    found = suite_of(suite)
    return Arena(found, records or RUNS / found.name, simulators, fresh, track, model)


def _reward(record: "Record") -> str:
    reward = record.results["reward"].mean
    return "" if reward is None else f"reward {reward:+.3f}"
