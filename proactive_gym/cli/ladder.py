"""`proactive-gym ladder`: every rung, its table and its record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from proactive_gym import __version__
from proactive_gym.cli.options import (
    Drift,
    Heterogeneity,
    Lives,
    People,
    Points,
    Seed,
    Sessions,
    people_option,
    warn_of_test_people,
)
from proactive_gym.cli.terminal import (
    command_line,
    console,
    messages,
)

if TYPE_CHECKING:
    from proactive_gym.evaluation.ladder import Ladder

_KNOWS_WIDTH = 18

Record = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE", help="Write a record: settings, versions, scores by person."
    ),
]
Markdown = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table as Markdown.")]


def ladder(
    people: People = "validation",
    lives: Lives = 3,
    seed: Seed = 0,
    sessions: Sessions = 10,
    points: Points = 20,
    heterogeneity: Heterogeneity = 1.0,
    drift: Drift = 0.1,
    json: Record = None,
    markdown: Markdown = None,
) -> None:
    """How much there is to win by knowing the moment, the person, and everything.

    Each rung is a policy that knows more than the one below, from one that is always silent to one
    that knows everything. All play the same lives of the same held-out people, so the steps
    between them say what each kind of knowledge is worth. With the defaults it takes one to
    three minutes.
    """
    settings = {
        "people": people,
        "lives": lives,
        "seed": seed,
        "sessions": sessions,
        "points": points,
        "heterogeneity": heterogeneity,
        "drift": drift,
    }
    played, ids = _climb(settings)
    _show(played)
    if markdown is not None:
        _save_markdown(played, markdown)
    if json is not None:
        _save_record(played, ids, command_line("ladder", settings), json)


def _climb(settings: dict[str, Any]) -> tuple["Ladder", tuple[str, ...]]:
    """Play every rung with a progress bar; the ladder and who was met."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from proactive_gym.envs.options import Options
    from proactive_gym.evaluation.ladder import RUNGS, climb

    chosen = settings | {"people": people_option(settings["people"])}
    ids = Options.of(people=chosen["people"]).pool().ids
    warn_of_test_people(ids)
    sessions, names = settings["sessions"], list(RUNGS)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} sessions"),
        TimeElapsedColumn(),
    )
    err = messages()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(f"{names[0]:<15}", total=sessions * len(names))
        done = 0

        def tick(rung: str) -> None:
            nonlocal done
            done += 1
            now = names[min(done // sessions, len(names) - 1)]
            bar.update(task, completed=done, description=f"{now:<15}")

        return climb(**chosen, tick=tick), ids


def _show(played: "Ladder") -> None:
    from proactive_gym.evaluation.tables import LEGEND, settings_in_words

    out = console()
    out.print(_table(played))
    out.print()
    out.print(Text(LEGEND, "dim"))
    out.print()
    out.print(settings_in_words(played.settings, __version__))


def _table(played: "Ladder") -> Table:
    """A table that fits into 80 columns: what a rung knows, and intervals, stand below."""
    from proactive_gym.evaluation.tables import rows

    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column(Text.assemble("rung\n", ("what it knows", "dim")), width=_KNOWS_WIDTH)
    for name, below in (("reward", "95 % interval"), ("step", "95 % interval")):
        head = Text.assemble(f"{name}\n", (below, "dim"))
        table.add_column(head, justify="right", no_wrap=True)
    for name in ("spoken", "trust", "off", "worse"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows(played):
        table.add_row(
            Text.assemble((row.rung, "bold"), "\n", (row.knows, "dim")),
            Text.assemble((row.reward, "bold"), "\n", (row.reward_interval, "dim")),
            Text.assemble((row.step, "bold"), "\n", (row.step_interval, "dim")),
            row.spoken,
            row.trust,
            row.off,
            row.worse,
        )
    return table


def _save_record(played: "Ladder", ids: tuple[str, ...], command: str, path: Path) -> None:
    from proactive_gym.cli.record import record_of, save

    save(record_of(played, ids, command), path)
    console().print(Text(f"Record: {path}"), soft_wrap=True)


def _save_markdown(played: "Ladder", path: Path) -> None:
    from proactive_gym.evaluation.tables import to_markdown
    from proactive_gym.files import whole_file

    with whole_file(path) as part:
        part.write_text(to_markdown(played, __version__), encoding="utf-8")
    console().print(Text(f"Markdown: {path}"), soft_wrap=True)
