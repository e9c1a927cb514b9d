"""`proactive-gym simulate`: trajectories of many lives as a Parquet file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from proactive_gym import __version__
from proactive_gym.cli.options import (
    Basis,
    Device,
    Drift,
    Dtype,
    Heterogeneity,
    ModelName,
    People,
    Points,
    Sessions,
    model_option,
    people_option,
    warn_of_test_people,
)
from proactive_gym.cli.terminal import command_line, console, messages

if TYPE_CHECKING:
    from proactive_agents.language import Model


def simulate(
    policy: Annotated[
        str,
        typer.Option(metavar="NAME", help="An agent, or a rung of the ladder such as survey."),
    ] = "random",
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The agent's weights, if it has any.")
    ] = None,
    model: ModelName = None,
    basis: Basis = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    people: People = "population",
    n: Annotated[
        int, typer.Option("--n", min=1, metavar="N", help="Lives, spread evenly over them.")
    ] = 100,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the lives.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The Parquet file to write.")
    ] = None,
    sessions: Sessions = 10,
    points: Points = 20,
    heterogeneity: Heterogeneity = 1.0,
    drift: Drift = 0.1,
    deviations: Annotated[
        str,
        typer.Option(
            metavar="HOW", help="frozen: a person is the same in all lives; redrawn: new in each."
        ),
    ] = "frozen",
    scenarios: Annotated[
        str,
        typer.Option(metavar="SET", help="all, or seen: those that assistants may train on."),
    ] = "all",
    columns: Annotated[
        bool, typer.Option("--columns", help="List the file's columns and stop.")
    ] = False,
) -> None:
    """Play many lives and write every decision point to a Parquet file.

    One row a decision point: who, when and where, what was noticed and how it was estimated, what
    the assistant did, how the person reacted and what they felt, trust before and after.
    `--columns` lists every column with type and meaning; the file's metadata holds the same, the
    schema's version and the settings. The same settings give the same file. Memory does not grow
    with the number of lives. Needs the extra proactive-gym[calibrate].
    """
    if columns:
        _show_columns()
        return
    if out is None:
        raise typer.BadParameter("name the file to write", param_hint="--out")
    other = model_option(model, basis, device, dtype)
    settings = {
        "policy": policy,
        **({"checkpoint": checkpoint} if checkpoint else {}),
        **(other.options if other else {}),
        "people": people,
        "n": n,
        "seed": seed,
        "sessions": sessions,
        "points": points,
        "heterogeneity": heterogeneity,
        "drift": drift,
        "deviations": deviations,
        "scenarios": scenarios,
    }
    rows = _write(out, settings, other)
    console().print(Text(f"{rows:,} decision points of {n:,} lives: {out}"), soft_wrap=True)


def _write(out: Path, settings: dict[str, Any], model: "Model | None") -> int:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from proactive_gym.envs.options import Options
    from proactive_gym.evaluation.ladder import named
    from proactive_gym.evaluation.trajectories import write_trajectories

    own = ("sessions", "points", "heterogeneity", "drift", "deviations", "scenarios")
    given = {name: settings[name] for name in own}
    options = Options.of(people=people_option(settings["people"]), **given)
    agent = named(settings["policy"], options, settings.get("checkpoint"), model)
    options = replace(options, **agent.options)
    warn_of_test_people(options.pool().ids)
    about = {
        "command": command_line("simulate", settings),
        "settings": {k: str(v) if isinstance(v, Path) else v for k, v in settings.items()},
        **({"model": model.described()} if model else {}),
        "version": __version__,
    }
    shape = (TextColumn("{task.completed}/{task.total} lives"), BarColumn(), TimeRemainingColumn())
    err = messages()
    with Progress(*shape, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=settings["n"])
        return write_trajectories(
            out,
            agent,
            options,
            settings["n"],
            settings["seed"],
            about,
            lambda lives: bar.update(task, completed=lives),
        )


def _show_columns() -> None:
    from proactive_gym.evaluation.trajectories import COLUMNS, SCHEMA_VERSION

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in ("column", "type", "meaning"):
        table.add_column(name)
    for column in COLUMNS:
        table.add_row(column.name, column.type, Text(column.meaning))
    out = console()
    out.print(f"Schema {SCHEMA_VERSION}; words are dictionaries of strings.")
    out.print(table)
