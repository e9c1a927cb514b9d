"""LEADERBOARD.md: a suite's records as Markdown."""

import re
from collections.abc import Iterable, Sequence

from proactive_gym.leaderboard.standings import Standing
from proactive_gym.leaderboard.tables import (
    SHAKY,
    Cell,
    RewardRow,
    SourceRow,
    Table,
    judged_table,
    main_tables,
    seen_table,
    source_table,
    stability_table,
    training_table,
)
from proactive_gym.leaderboard.wording import (
    METHODS,
    UNSEEN_NOTE,
    headline,
    judged_note,
    legend,
    one_suite,
    shaky_note,
    stability_note,
    versions,
    whom,
)

_ACTIVE = re.compile(r"[\\`*_\[\]|<>#&~$]")
_CODE = ("command", "commit", "weights")
_WITH_INTERVALS = ("reward", "improvement", "gap_closed", "gain_late", "alternatives", "judgments")


def to_markdown(standings: Sequence[Standing]) -> str:
    """The leaderboard as a Markdown page; the same records give the same page.

    Args:
        standings: Of one suite's records, as `standings.standings` gives them.

    Raises:
        RecordError: There are none.
    """
    record, tables = one_suite(standings), main_tables(standings)
    note = shaky_note(standings)
    parts = [f"# Leaderboard of {_escaped(record.suite.name)}", _escaped(whom(standings))]
    parts.append(f"**{_escaped(headline(standings))}**")
    for table in tables:
        parts += [f"## {table.title}", _table(table)]
        if note and table.kind is RewardRow:
            parts.append(f"{SHAKY} {_escaped(note)}")
    parts += ["## How to read it", _bullets(METHODS), _legend(tables)]
    parts += _section(seen_table(standings), UNSEEN_NOTE)
    parts += _section(judged_table(standings), _escaped(judged_note(standings)))
    parts += _section(stability_table(standings), stability_note(standings))
    parts += _section(training_table(standings), "Each run was trained anew and met everyone.")
    parts += _section(source_table(standings), " ".join(_escaped(v) for v in versions(standings)))
    return "\n\n".join(parts) + "\n"


def _section(table: Table, note: str) -> list[str]:
    """A table of its own, explained; nothing but the note where there are no rows."""
    shown = [f"## {table.title}", note]
    if table.rows:
        shown.append(_table(table))
    if table.rows and table.kind is not SourceRow:
        shown.append(_legend([table], but=("rank", "agent")))
    return shown


def _table(table: Table) -> str:
    titles = [_title(f, c.title) for f, c in zip(table.kind._fields, table.columns, strict=True)]
    sides = ["---" if column.words else "---:" for column in table.columns]
    rows = [[_cell(f, c) for f, c in row._asdict().items()] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, sides, *rows))


def _title(field: str, title: str) -> str:
    return f"{title} (95 % interval)" if field in _WITH_INTERVALS else title


def _cell(field: str, cell: Cell) -> str:
    if field in _CODE:
        return _code(cell.text)
    with_interval = cell.interval and field in _WITH_INTERVALS
    return _escaped(f"{cell.text} ({cell.interval})" if with_interval else cell.text)


def _legend(tables: Iterable[Table], but: Sequence[str] = ()) -> str:
    found = legend(tables)
    return _bullets(f"**{title}**: {found[title]}." for title in found if title not in but)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _escaped(text: str) -> str:
    """Words in which nothing is Markdown or HTML, on one line."""
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def _code(text: str) -> str:
    """Words as code within a table's cell, whatever backticks or bars they hold."""
    text = " ".join(text.split()).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else "-"
