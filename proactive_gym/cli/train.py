"""`proactive-gym train`: an agent's weights, or what agents share."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from proactive_gym.cli.arena import RUNS, Track
from proactive_gym.cli.terminal import console, messages, note


def train(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="An agent, such as ppo; or lm, steering, adapt, rlhf."),
    ],
    algo: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For rlhf: sft, dpo, kto, rloo, grpo or people."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A training argument; repeat for several."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of training.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="File or folder for the weights. [default: in runs/out/models]"
        ),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Write over what the package ships.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For language models: cpu or cuda. [default: cpu]"),
    ] = None,
    arguments: Annotated[
        bool, typer.Option("--arguments", help="List the training arguments and stop.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Train even if it was before.")] = False,
    track: Track = False,
) -> None:
    """Train on the population, and write the weights as safetensors.

    The same arguments are trained once and found again.

    Agents are trained by their names, which needs the extra proactive-gym[baselines]. What agents
    share has names of its own and needs proactive-gym[agents]: `lm`, the embedded language model;
    `steering`, the directions by which it is steered to a person; `adapt`, another language model
    that learns what people like (`--set model=NAME`). RLHF needs proactive-gym[rlhf]: `rlhf --algo
    dpo` is the agent `rlhf-dpo`, and `reward-model` is what RLOO and GRPO are judged by.
    """
    from dataclasses import asdict

    from proactive_gym.evaluation.tracking import Tracker
    from proactive_gym.evaluation.training import arguments_of
    from proactive_gym.evaluation.training import train as run

    if algo is not None:
        name = f"{name}-{algo}"
    given = {**_pairs(settings or []), "seed": seed}
    given |= {} if device is None else {"device": device}
    chosen = asdict(arguments_of(name, given))
    if arguments:
        for argument, value in chosen.items():
            console().print(Text(f"{argument}={value}"))
        return
    if shipped:
        out, fresh = _shipped(name, out), True
    err = messages()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
    )
    with (
        Tracker(track, f"train {name}", chosen, RUNS, note) as tracker,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
    ):
        task = bar.add_task(name, total=1.0, figures="")

        def report(figures: dict[str, float]) -> None:
            words = ", ".join(f"{k} {v:.4g}" for k, v in figures.items() if k != "progress")
            bar.update(task, completed=figures["progress"], figures=words)
            tracker.log(figures)

        done = run(name, given, RUNS / "models", report, out, fresh)
    console().print(Text(f"Weights: {done.path} ({done.seconds:.0f} s)"), soft_wrap=True)


def _shipped(name: str, out: Path | None) -> Path:
    """Where the package's own weights lie."""
    from proactive_agents.registry import PARTS

    ships = {part.name: part.shipped for part in PARTS.values() if part.shipped}
    if out is not None:
        raise typer.BadParameter("--out names another place", param_hint="--shipped")
    if name not in ships:
        raise typer.BadParameter(
            f"the package ships {' and '.join(ships)}, not {name}", param_hint="--shipped"
        )
    return ships[name]


def _pairs(settings: list[str]) -> dict[str, str]:
    for text in settings:
        if "=" not in text:
            raise typer.BadParameter(f"write NAME=VALUE, not {text!r}", param_hint="--set")
    pairs = (text.split("=", 1) for text in settings)
    return {name.strip(): value.strip() for name, value in pairs}
