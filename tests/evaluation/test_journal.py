import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from proactive_gym.errors import ChangedRunError
from proactive_gym.evaluation.journal import Journal

ABOUT = {"suite": {"name": "tiny-v0", "seeds": [0, 1]}, "code": "abc"}


class Work:
    """Makes parts, and counts how often it was asked."""

    def __init__(self, value=1.0):
        self.value, self.done = value, 0

    def __call__(self):
        self.done += 1
        return {"scores": np.full((2, 3), self.value), "activity": np.arange(4.0)}


def file_of(folder: Path, about=ABOUT, name="told-0000"):
    """Where a part of a run is kept."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return folder / f"{name}-{digest[:8]}.npz"


def contents(folder: Path):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def work():
    return Work()


def test_finished_parts_are_not_made_again(tmp_path, work):
    first = Journal(tmp_path / "runs" / "a", ABOUT).part("told-0000", work)
    again = Journal(tmp_path / "runs" / "a", ABOUT).part("told-0000", work)
    assert work.done == 1
    assert first.keys() == again.keys()
    assert all((first[name] == again[name]).all() for name in first)


def test_parts_are_told_apart_by_name(tmp_path, work):
    journal = Journal(tmp_path, ABOUT)
    journal.part("told-0000", work)
    other = journal.part("frozen-0000", Work(2.0))
    assert (other["scores"] == 2).all()
    assert (journal.part("told-0000", work)["scores"] == 1).all()


def test_a_parts_file_is_named_after_the_part_and_the_run(tmp_path, work):
    turned = dict(reversed(ABOUT.items()))
    Journal(tmp_path, turned).part("told-0000", work)
    assert set(contents(tmp_path)) == {"run.json", file_of(tmp_path).name}
    with np.load(file_of(tmp_path)) as part:
        assert (part["scores"] == 1).all()


def torn(path: Path):
    path.write_bytes(path.read_bytes()[:-30])


def halved(path: Path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path):
    whole = bytearray(path.read_bytes())
    at = whole.index(np.full(6, 1.0).tobytes())
    whole[at] ^= 1
    path.write_bytes(bytes(whole))


def array(path: Path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def objects(path: Path):
    with path.open("wb") as file:
        np.savez(file, scores=np.array([{}], dtype=object))


@pytest.mark.parametrize(
    "spoil",
    [
        torn,
        halved,
        flipped,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK"),
        lambda path: path.write_bytes(b"no part at all, but a note of something else" * 9),
        lambda path: path.write_bytes(b"\x80\x04N."),
        array,
        objects,
    ],
    ids=["torn", "halved", "flipped", "empty", "short", "note", "pickle", "array", "objects"],
)
def test_a_torn_or_foreign_part_is_made_again(spoil, tmp_path, work):
    Journal(tmp_path, ABOUT).part("told-0000", work)
    spoil(file_of(tmp_path))
    found = Journal(tmp_path, ABOUT).part("told-0000", work)
    assert work.done == 2
    assert (found["scores"] == 1).all()
    Journal(tmp_path, ABOUT).part("told-0000", work)
    assert work.done == 2


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"code": "abd"}, "code"),
        ({"suite": {"name": "tiny-v0", "seeds": [0, 2]}}, "suite"),
        ({"weights": []}, "weights"),
        ({"code": "abd", "suite": {}}, "code, suite"),
    ],
)
def test_another_run_in_the_same_folder_is_refused_and_nothing_is_touched(
    changed, named, tmp_path, work
):
    Journal(tmp_path, ABOUT).part("told-0000", work)
    before = contents(tmp_path)
    with pytest.raises(ChangedRunError, match=f"holds a run with other {named}: .* --fresh"):
        Journal(tmp_path, ABOUT | changed)
    assert contents(tmp_path) == before


def test_a_setting_that_is_gone_is_a_change_too(tmp_path):
    Journal(tmp_path, ABOUT)
    with pytest.raises(ChangedRunError, match="holds a run with other code:"):
        Journal(tmp_path, {"suite": ABOUT["suite"]})


def test_tuples_are_lists_to_a_journal(tmp_path):
    Journal(tmp_path, {"seeds": (0, 1)})
    Journal(tmp_path, {"seeds": [0, 1]})
    assert json.loads((tmp_path / "run.json").read_text()) == {"seeds": [0, 1]}


TORN = pytest.mark.parametrize("word", [b"", b'{"suite": ', b"\xff\xfe", b"[1]", None])


def describe(folder: Path, word):
    """Tear the description of the run, or take it away."""
    (folder / "run.json").unlink()
    if word is not None:
        (folder / "run.json").write_bytes(word)


@TORN
@pytest.mark.parametrize("changed", [{"code": "abd"}, {"weights": []}, {"suite": {}}])
def test_parts_of_another_run_that_nothing_describes_count_for_nothing(
    word, changed, tmp_path, work
):
    """Without `run.json` their names alone say with which settings they were made."""
    Journal(tmp_path, ABOUT).part("told-0000", Work(5.0))
    before = file_of(tmp_path).read_bytes()
    describe(tmp_path, word)
    found = Journal(tmp_path, ABOUT | changed).part("told-0000", work)
    assert (found["scores"] == 1).all()
    assert work.done == 1
    assert json.loads((tmp_path / "run.json").read_text()) == ABOUT | changed
    assert file_of(tmp_path).read_bytes() == before
    assert file_of(tmp_path, ABOUT | changed).exists()


@TORN
def test_a_torn_description_loses_no_part_of_the_same_run(word, tmp_path, work):
    Journal(tmp_path, ABOUT).part("told-0000", work)
    describe(tmp_path, word)
    Journal(tmp_path, ABOUT).part("told-0000", work)
    assert work.done == 1
    assert json.loads((tmp_path / "run.json").read_text()) == ABOUT


def test_a_part_without_the_runs_digest_is_no_part_of_it(tmp_path, work):
    Journal(tmp_path, ABOUT).part("told-0000", Work(5.0))
    file_of(tmp_path).rename(tmp_path / "told-0000.npz")
    assert (Journal(tmp_path, ABOUT).part("told-0000", work)["scores"] == 1).all()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError, RuntimeError("broken")])
def test_a_run_killed_in_the_middle_keeps_what_was_finished(stop, tmp_path, work):
    journal = Journal(tmp_path, ABOUT)
    journal.part("told-0000", work)
    before = contents(tmp_path)

    def killed():
        raise stop

    with pytest.raises(BaseException, match=r"^(broken)?$"):
        journal.part("told-0001", killed)
    assert contents(tmp_path) == before
    again = Journal(tmp_path, ABOUT)
    again.part("told-0000", work)
    again.part("told-0001", work)
    assert work.done == 2


def test_a_run_killed_while_it_writes_leaves_no_torn_part(tmp_path, work, monkeypatch):
    journal = Journal(tmp_path, ABOUT)

    def half(stream, **arrays):
        stream.write(b"PK\x03\x04 half a part")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", half)
        with pytest.raises(KeyboardInterrupt):
            journal.part("told-0000", work)
    assert set(contents(tmp_path)) == {"run.json"}
    journal.part("told-0000", work)
    assert work.done == 2


def test_a_part_that_cannot_be_written_says_where(tmp_path, work):
    journal = Journal(tmp_path, ABOUT)
    file_of(tmp_path).mkdir()
    with pytest.raises(OSError, match=r"told-0000-[0-9a-f]{8}\.npz"):
        journal.part("told-0000", work)
    assert os.listdir(file_of(tmp_path)) == []
