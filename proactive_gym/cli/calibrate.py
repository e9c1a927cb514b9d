"""`proactive-gym calibrate`: fit the simulated people anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from proactive_gym.cli.terminal import console, messages


def calibrate(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Of the report and its plots. [default: docs/calibration]"
        ),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For the fitted numbers. [default: the package's own]"),
    ] = None,
) -> None:
    """Fit the simulated people to the judgments, and report how well they are predicted.

    Fits on the people of the population split, checks on those of the validation split. Takes some
    minutes; the same data and library versions give the same files. Needs the extra
    proactive-gym[calibrate].
    """
    from proactive_gym.calibration import run
    from proactive_gym.users.parameters import PARAMETERS_PATH

    err = messages()
    with err.status("reading the data") as status:

        def progress(message: str) -> None:
            status.update(Text(message))
            if not err.is_terminal:
                err.print(Text(message))

        done = run.calibrate(
            out or run.REPORT_FOLDER, parameters or PARAMETERS_PATH, progress=progress
        )
    _show(done.figures)
    lines = [f"Parameters: {done.parameters}"]
    if done.files:
        lines.append(f"Report: {done.files[0].parent} ({len(done.files)} files)")
    for line in (*lines, f"Took {done.seconds:.0f} s."):
        console().print(Text(line), soft_wrap=True)


def _show(figures: Mapping[str, tuple[float, float]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("how well people are predicted")
    for name in ("cross-validated", "validation people"):
        table.add_column(name, justify="right")
    for figure, (inside, outside) in figures.items():
        table.add_row(Text(figure), f"{inside:.3f}", f"{outside:.3f}")
    console().print(table)
