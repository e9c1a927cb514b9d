"""`proactive-gym leaderboard` and `proactive-gym submit`: records rendered, and checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from proactive_gym.cli.terminal import WRONG, console, messages, note

if TYPE_CHECKING:
    from proactive_gym.leaderboard.standings import Standing

BOARD, REPORT = "LEADERBOARD.md", "report.html"


def leaderboard(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the records.")] = Path(
        "runs/standard-v0"
    ),
) -> None:
    """Render the leaderboard of a folder of records, from the records alone.

    Prints the table and writes LEADERBOARD.md and report.html beside the records; the report needs
    the extra proactive-gym[report].
    """
    render(folder)


def render(folder: Path) -> None:
    """Print the leaderboard of a folder and write its files."""
    from proactive_gym.errors import MissingExtraError
    from proactive_gym.files import whole_file
    from proactive_gym.leaderboard.markdown import to_markdown
    from proactive_gym.leaderboard.standings import read_all, standings

    placed = standings(read_all(folder))
    _show(placed)
    written = {BOARD: to_markdown(placed)}
    try:
        from proactive_gym.leaderboard.report import to_html

        written[REPORT] = to_html(placed)
    except MissingExtraError as error:
        note(str(error))
    for name, text in written.items():
        with whole_file(folder / name) as part:
            part.write_text(text, encoding="utf-8")
        console().print(Text(f"{folder / name}"), soft_wrap=True)


def _show(placed: list["Standing"]) -> None:
    """A table that fits into 80 columns."""
    from proactive_gym.leaderboard.tables import SHAKY, cell, share, signed, two
    from proactive_gym.leaderboard.wording import references_note, shaky_note, whom

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for head in ("", "agent"):
        table.add_column(head, no_wrap=True)
    for head in ("reward", "95 % interval", "beats\nnext", "timing\nright", "trust", "worse\noff"):
        table.add_column(Text(head), justify="right", no_wrap=True)
    for s in placed:
        results = s.record.results
        reward = cell(results["reward"], signed)
        table.add_row(
            "" if s.rank is None else f"{s.rank}{SHAKY if s.shaky else ''}",
            Text(s.name, "italic" if s.rank is None else "bold"),
            Text(reward.text, "bold"),
            Text(reward.interval, "dim"),
            cell(s.improvement, two).text,
            cell(results["timing_right"], share).text,
            cell(results["trust"], two).text,
            cell(s.harmed, share).text,
        )
    out = console()
    out.print(table)
    out.print()
    notes = [
        whom(placed),
        "Reward is the mean of a decision point, from -1 to 1; beats next: the chance that a "
        "person fares better than with the next below; worse off: than with silence.",
    ]
    unranked, firm = references_note(placed), shaky_note(placed)
    notes += [unranked] if unranked else []
    notes += [f"{SHAKY} {firm}"] if firm else []
    out.print(Text(" ".join(notes), "dim"))
    out.print()


def submit(
    record: Annotated[Path, typer.Argument(metavar="FILE", help="The record.")],
    check: Annotated[bool, typer.Option("--check", help="Only check it; change nothing.")] = False,
    replay: Annotated[
        int, typer.Option(min=0, metavar="N", help="Play the first N people again, and compare.")
    ] = 0,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="For --replay: the weights, one file a run."),
    ] = None,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Of the committed records.")] = Path(
        "runs"
    ),
) -> None:
    """Check a record and, without --check, put it among the committed ones.

    The schema, the frozen suite and its people, that results follow from the raw scores, that the
    raw scores are possible, and which code was run. Exit code 2 if anything is wrong. A record
    that is there already is not replaced.
    """
    from proactive_gym.errors import RecordError
    from proactive_gym.leaderboard.check import problems, replayed
    from proactive_gym.leaderboard.record import read_record, write_record

    found = read_record(record)
    wrong = problems(found)
    if replay and not wrong:
        wrong = replayed(found, replay, checkpoint or ())
    for sentence in wrong:
        messages().print(Text.assemble(("Wrong: ", "bold red"), sentence), soft_wrap=True)
    if wrong:
        raise typer.Exit(WRONG)
    console().print(Text(f"{record}: {found.name} on {found.suite.name} is in order."))
    if not check:
        target = to / found.suite.name / f"{found.stem}.json"
        if target.exists():
            raise RecordError(f"{target} is there already: remove it first if it is to go")
        write_record(found, target)
        console().print(Text(f"Written: {target}"), soft_wrap=True)
