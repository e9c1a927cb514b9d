import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from proactive_gym import files
from proactive_gym.files import whole_folder

SLOW_WRITER = """
import sys, time
from pathlib import Path
from proactive_gym.files import whole_folder
with whole_folder(Path(sys.argv[1])) as part:
    (part / "new").write_text("half")
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def old(tmp_path):
    """A folder that holds something."""
    path = tmp_path / "folder"
    (path / "deep").mkdir(parents=True)
    (path / "deep" / "old").write_text("kept")
    return path


def half_written(path, error):
    with whole_folder(path) as part:
        (part / "new").write_text("x")
        raise error


def contents(path):
    return {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}


def test_a_new_folder_is_made_with_those_above_it(tmp_path):
    path = tmp_path / "a" / "b"
    with whole_folder(path) as part:
        (part / "new").write_text("x")
        assert not path.exists()
    assert contents(tmp_path) == {"a/b/new"}


def test_the_new_folder_takes_the_place_of_the_old_one(old, tmp_path):
    with whole_folder(old) as part:
        (part / "new").write_text("x")
        assert contents(old) == {"deep/old"}
    assert contents(tmp_path) == {"folder/new"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError(28, "full")], ids=repr)
def test_what_goes_wrong_leaves_the_old_folder(old, tmp_path, error):
    with pytest.raises(error if isinstance(error, type) else OSError):
        half_written(old, error)
    assert contents(tmp_path) == {"folder/deep/old"}
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("error", [OSError(errno.EBUSY, "busy"), KeyboardInterrupt()], ids=repr)
def test_a_folder_that_cannot_take_the_place_leaves_the_old_one(old, tmp_path, monkeypatch, error):
    real = files.Path.rename

    def rename(self, target):
        if self.name.endswith(".part"):
            raise error
        return real(self, target)

    monkeypatch.setattr(files.Path, "rename", rename)
    with pytest.raises(type(error)), whole_folder(old) as part:
        (part / "new").write_text("x")
    assert contents(tmp_path) == {"folder/deep/old"}


def test_a_full_disk_names_the_folder(old):
    with pytest.raises(OSError, match="No space left") as caught, whole_folder(old) as part:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part / "model.safetensors"))
    assert caught.value.filename == str(old)


def test_a_file_of_that_name_is_not_touched(tmp_path):
    path = tmp_path / "file"
    path.write_text("kept")
    for there in (path, path / "deeper"):
        with pytest.raises(NotADirectoryError), whole_folder(there):
            pytest.fail("there is no such folder")
    assert path.read_text() == "kept"


def test_a_killed_process_leaves_the_old_folder(old):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITER, str(old)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    time.sleep(0.01)
    assert contents(old) == {"deep/old"}
    with whole_folder(old) as part:
        (part / "new").write_text("x")
    assert contents(old) == {"new"}
