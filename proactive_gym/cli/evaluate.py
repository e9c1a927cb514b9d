"""`proactive-gym benchmark` and `proactive-gym evaluate`: agents on a suite, and their records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from proactive_gym.cli.arena import Fresh, Records, SimulatorCount, SuiteName, Track, arena_of
from proactive_gym.cli.options import Basis, Device, Dtype, ModelName, model_option
from proactive_gym.cli.terminal import console

if TYPE_CHECKING:
    from proactive_gym.leaderboard.record import Record


def benchmark(
    suite: SuiteName = "quick-v0",
    agents: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Only these, such as silent,ppo. [default: all]"),
    ] = None,
    records: Records = None,
    simulators: SimulatorCount = 0,
    fresh: Fresh = False,
    track: Track = False,
) -> None:
    """Measure every agent on a suite and print the leaderboard.

    With quick-v0 it takes a few minutes on two cores, of which one trains PPO meanwhile: 80
    validation people, three lives each. standard-v0 is for results: the 120 test people, and three
    training runs of every agent with weights. The slowest agents are in quick-v0 only if they are
    named. Whatever stops it, the same command goes on.
    Records, LEADERBOARD.md and report.html are written to the folder of records.
    """
    from proactive_agents.registry import AGENTS, spec_of
    from proactive_gym.cli.leaderboard import render

    quick = suite == "quick-v0"
    every = [name for name, spec in AGENTS.items() if not (quick and spec.costly)]
    names = every if agents is None else [a.strip() for a in agents.split(",")]
    for name in names:
        spec_of(name)
    arena = arena_of(suite, records, simulators, fresh, track)
    arena.measure(names)
    render(arena.records)


def evaluate(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="A name, or your module:Class.")],
    suite: SuiteName = "quick-v0",
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Weights to play; repeat for several runs. [default: trained]"
        ),
    ] = None,
    model: ModelName = None,
    basis: Basis = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    records: Records = None,
    simulators: SimulatorCount = 0,
    fresh: Fresh = False,
    track: Track = False,
) -> None:
    """Measure one agent on a suite and write its record.

    Names are those of `proactive-gym benchmark`; module:Class is any class on Python's path with
    the methods of `proactive_agents.protocol.Agent`. Agents with weights are trained first,
    once. Agents with a language model may be given another. Whatever stops it, the same command
    goes on.
    """
    other = model_option(model, basis, device, dtype)
    arena = arena_of(suite, records, simulators, fresh, track, other)
    record = arena.measure([agent], checkpoint or ())[0]
    _show(record)
    console().print(Text(f"Record: {arena.path(agent)}"), soft_wrap=True)


def _show(record: "Record") -> None:
    """Every result with its interval."""
    from proactive_gym.evaluation.metrics import METRICS

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(record.name)
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    titles = {name: metric.title for name, metric in METRICS.items()}
    titles |= {
        "reward_late": "reward, last sessions",
        "satisfaction_late": "satisfaction, last sessions",
        "iqm": "reward, interquartile mean",
        "p10": "reward, tenth percentile",
        "gain": "gain over its frozen copy",
        "gain_late": "the same, last sessions",
    }
    for name, value in record.results.items():
        if value.mean is None:
            table.add_row(titles[name], "-", "")
        else:
            interval = f"{value.low:.3f} to {value.high:.3f}"
            table.add_row(titles[name], f"{value.mean:.3f}", interval)
    console().print(table)
