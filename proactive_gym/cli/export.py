"""`proactive-gym export`: preference data for TRL's trainers."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from proactive_gym.cli.terminal import console, messages


def export(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder to write.")],
    kind: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="TYPE",
            help="preference, unpaired-preference, prompt-completion or prompt-only.",
        ),
    ] = "preference",
    style: Annotated[
        str,
        typer.Option(
            metavar="FORM",
            help="standard: strings, for the embedded model; conversational: for chat models.",
        ),
    ] = "standard",
    rows: Annotated[int, typer.Option(min=1, metavar="N", help="How many.")] = 100_000,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of the moments, the replies and the ratings.")
    ] = 0,
    people: Annotated[
        str, typer.Option(metavar="WHOM", help="population, or validation for checks.")
    ] = "population",
    details: Annotated[
        bool,
        typer.Option("--details", help="Add who rated, what was noticed and the answers, 0-10."),
    ] = False,
) -> None:
    """Write what simulated people prefer, as a dataset that TRL's trainers take.

    The folder holds the rows as a Parquet file and a dataset card that tells how they were made:
    `datasets.load_dataset(FOLDER)` reads it, and so does `trl dpo --dataset_name FOLDER`. The same
    settings give the same rows. Memory does not grow with their number. Needs the extra
    proactive-gym[rlhf].
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    # By name: baselines are above what the command line is built on.
    write = import_module("proactive_baselines.rlhf.export").export
    shape = (TextColumn("{task.completed}/{task.total} rows"), BarColumn(), TimeRemainingColumn())
    err = messages()
    with Progress(*shape, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=rows)

        def tick(done: int) -> None:
            bar.update(task, completed=done)

        first = write(kind, style, rows, seed, people, out, details, tick)
    _show(out, kind, style, rows, first)


def _show(out: Path, kind: str, style: str, rows: int, first: dict[str, Any]) -> None:
    shown = console()
    shown.print(Text(f"{rows:,} rows of type {kind}, {style}: {out}"), soft_wrap=True)
    shown.print("The first one:")
    shown.print_json(data=first, ensure_ascii=False)
