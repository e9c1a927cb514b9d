"""Files and folders that are written whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes the place of `path` if all goes well.

    Missing folders are made. Devices and pipes are written to directly.

    Args:
        path: The file that shall be there in the end.

    Raises:
        OSError: It cannot be written (no permission, a full disk, a folder of that name); the
            error names `path`. What stood there before is still there.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    directly = path.exists() and not path.is_file()
    target = path if directly else path.resolve()
    part = path if directly else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if not directly:
            _make(target.parent)
        yield part
        if not directly:
            part.replace(target)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(part)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        # Without the folder there is no part to remove.
        if not directly and part.parent.is_dir():
            part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` to fill, which takes the place of `path` if all goes well.

    All that `path` held before goes away. Two folders cannot be swapped in one move: the old one
    steps aside, under a hidden name beside `path`, in the very moment before the new one comes.

    Args:
        path: The folder that shall be there in the end.

    Raises:
        OSError: It cannot be written (no permission, a full disk, a file of that name); the error
            names `path`. What stood there before is still there.
    """
    target = path.resolve()
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _make(target.parent)
        rmtree(part, ignore_errors=True)
        part.mkdir()
        yield part
        _take_place(part, target)
    except OSError as error:
        ours = error.filename is None or str(error.filename).startswith(str(part))
        if error.errno is None or not ours:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        rmtree(part, ignore_errors=True)


def _take_place(part: Path, target: Path) -> None:
    """Put a folder where another one may be."""
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    rmtree(old, ignore_errors=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        what = os.strerror(errno.ENOTDIR)
        raise NotADirectoryError(errno.ENOTDIR, what, str(folder)) from None
