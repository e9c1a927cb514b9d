"""Preference data as a dataset on disk that TRL's scripts and `datasets` read.

A folder of two files: `README.md`, the dataset card, and the rows as one Parquet file, named after
its split. `datasets.load_dataset(FOLDER)` reads it, and so do TRL's scripts and its command line
(`trl dpo --dataset_name FOLDER`), which call just that; it can be put on the Hugging Face Hub as it
is; pandas and polars read the Parquet file. The other layout of `datasets`, that of `save_to_disk`
and `load_from_disk`, is refused by `load_dataset` and therefore by TRL's scripts.

People of the population make the split "train", validation people the split "validation". The file
holds nothing but the rows, so that the same settings give the same bytes; where they came from is
told by the card. Writing needs pyarrow, which comes with the extra `proactive-gym[rlhf]`.
"""

import errno
import os
import shlex
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from proactive_baselines.rlhf.card import TAG, card
from proactive_baselines.rlhf.formats import Row, check, columns_of, rows
from proactive_gym.errors import InvalidOptionError, MissingExtraError
from proactive_gym.files import whole_folder
from proactive_gym.provenance import file_digest

CARD = "README.md"
_NAMES = {"population": "train", "validation": "validation"}
"""The dataset's split by the people's."""
_ROWS = 8_192
"""Rows that are held in memory, and written as one row group."""


def export(
    kind: str,
    style: str,
    count: int,
    seed: int,
    split: str,
    folder: Path,
    details: bool = False,
    tick: Callable[[int], None] = lambda rows: None,
) -> Row:
    """Write rows and the dataset card; the same arguments give the same rows, byte for byte.

    The folder is there whole or not at all. An earlier export gives way to it; memory does not
    grow with the number of rows.

    Args:
        kind: Key of `formats.KINDS`.
        style: Key of `formats.STYLES`.
        count: Number of rows. Of an odd number of unpaired rows, the last lacks its other half.
        seed: Of the lives, the replies and the ratings.
        split: Whose preferences, one of `preferences.SPLITS`.
        folder: The folder to write.
        details: Add who rated, what was noticed and the answers, 0-10.
        tick: Called with the number of rows written so far.

    Returns:
        The first row.

    Raises:
        InvalidOptionError: No such type, style or split, fewer than one row, or a folder that holds
            something else.
        MissingExtraError: A library is not installed.
        OSError: The folder cannot be written.
    """
    check(kind, style, split)
    if count < 1:
        raise InvalidOptionError(f"rows must be 1 or more, not {count}")
    arrow, parquet = _pyarrow()
    _see_that_nothing_is_lost(folder)
    schema = _schema(arrow, style, columns_of(kind, details))
    made = islice(rows(kind, style, seed, split, details), count)
    first: Row = {}
    with whole_folder(folder) as part:
        path = part / f"{_NAMES[split]}.parquet"
        with (
            path.open("wb") as file,
            parquet.ParquetWriter(file, schema, compression="zstd") as writer,
        ):
            done = 0
            for some in _groups(made):
                first = first or some[0]
                _write(writer, arrow.Table.from_pylist(some, schema=schema))
                done += len(some)
                tick(done)
        told = card(
            kind=kind,
            style=style,
            count=count,
            seed=seed,
            split=split,
            name=_NAMES[split],
            details=details,
            command=command(kind, style, count, seed, split, folder, details),
            digest=file_digest(path),
            first=first,
        )
        # Last, so that what a killed process leaves behind has no card.
        (part / CARD).write_text(told, encoding="utf-8")
    return first


def command(
    kind: str, style: str, count: int, seed: int, split: str, folder: Path, details: bool
) -> str:
    """The command line that writes the same rows."""
    settings = {
        "--format": kind,
        "--style": style,
        "--rows": count,
        "--seed": seed,
        "--people": split,
        "--out": folder,
    }
    words = [str(word) for pair in settings.items() for word in pair]
    return shlex.join(["proactive-gym", "export", *words, *(["--details"] if details else [])])


def _groups(made: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows, some at a time."""
    while some := list(islice(made, _ROWS)):
        yield some


def _write(writer: Any, table: Any) -> None:
    writer.write_table(table, row_group_size=len(table))


def _see_that_nothing_is_lost(folder: Path) -> None:
    """See that a folder is new, empty or an earlier export."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    ours = {CARD, *(f"{name}.parquet" for name in _NAMES.values())}
    if held and not (held <= ours and CARD in held and _is_card(folder / CARD)):
        raise InvalidOptionError(
            f"{folder} holds something else than exported preferences: name another folder"
        )


def _is_card(path: Path) -> bool:
    """Whether `card` wrote this file."""
    if not path.is_file():
        return False
    front = path.read_text(encoding="utf-8", errors="replace").split("\n---\n")[0]
    return front.startswith("---\n") and f"\n- {TAG}\n" in f"{front}\n"


def _schema(arrow: Any, style: str, columns: dict[str, str]) -> Any:
    """The Arrow schema."""
    string = arrow.string()
    message = arrow.struct([("role", string), ("content", string)])
    kinds = {
        "text": string if style == "standard" else arrow.list_(message),
        "string": string,
        "int64": arrow.int64(),
        "bool": arrow.bool_(),
    }
    return arrow.schema([(name, kinds[of]) for name, of in columns.items()])


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "writing preferences needs pyarrow: pip install 'proactive-gym[rlhf]'"
        ) from error
    return pyarrow, parquet
