"""`proactive-gym train`: an agent's weights."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from proactive_gym.cli.arena import RUNS, Track
from proactive_gym.cli.terminal import console, messages, note


def train(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="Such as ppo or population.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A training argument; repeat for several."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of training.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For the weights. [default: one in runs/out/models]"),
    ] = None,
    arguments: Annotated[
        bool, typer.Option("--arguments", help="List the training arguments and stop.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Train even if it was before.")] = False,
    track: Track = False,
) -> None:
    """Train an agent on the population, and write its weights as safetensors.

    The same arguments are trained once and found again. Needs the extra
    proactive-gym[baselines].
    """
    from dataclasses import asdict

    from proactive_gym.evaluation.tracking import Tracker
    from proactive_gym.evaluation.training import arguments_of
    from proactive_gym.evaluation.training import train as run

    given = {**_pairs(settings or []), "seed": seed}
    chosen = asdict(arguments_of(agent, given))
    if arguments:
        for name, value in chosen.items():
            console().print(Text(f"{name}={value}"))
        return
    err = messages()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
    )
    with (
        Tracker(track, f"train {agent}", chosen, RUNS, note) as tracker,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
    ):
        task = bar.add_task(agent, total=1.0, figures="")

        def report(figures: dict[str, float]) -> None:
            words = ", ".join(f"{k} {v:.4g}" for k, v in figures.items() if k != "progress")
            bar.update(task, completed=figures["progress"], figures=words)
            tracker.log(figures)

        done = run(agent, given, RUNS / "models", report, out, fresh)
    console().print(Text(f"Weights: {done.path} ({done.seconds:.0f} s)"), soft_wrap=True)


def _pairs(settings: list[str]) -> dict[str, str]:
    for text in settings:
        if "=" not in text:
            raise typer.BadParameter(f"write NAME=VALUE, not {text!r}", param_hint="--set")
    pairs = (text.split("=", 1) for text in settings)
    return {name.strip(): value.strip() for name, value in pairs}
