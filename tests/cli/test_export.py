import json
import signal
import subprocess
import sys
import time
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest

import proactive_gym
from proactive_baselines.rlhf.formats import KINDS, rows
from proactive_gym.personas import Population
from proactive_gym.provenance import file_digest

parquet = pytest.importorskip("pyarrow.parquet")
module = import_module("proactive_baselines.rlhf.export")

FEW = ("export", "--rows", "50")


def exported(run, folder: Path, *words: object) -> Path:
    done = run(*FEW, "--out", folder, *words)
    assert done.exit_code == 0, done.output
    return folder


def first_of(kind: str, *words: object) -> dict:
    return next(rows(kind, *words))


def test_it_tells_where_it_went_and_shows_a_row(run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    head, told, shown = run(*FEW, "--out", folder).stdout.split("\n", 2)
    assert head == f"50 rows of type preference, standard: {folder}"
    assert told == "The first one:"
    assert json.loads(shown) == first_of("preference")
    assert {path.name for path in folder.iterdir()} == {"README.md", "train.parquet"}
    assert [path.name for path in folder.parent.iterdir()] == ["data"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_holds_the_rows(run, tmp_path: Path, monkeypatch, kind: str) -> None:
    monkeypatch.setattr(module, "_ROWS", 16)  # several row groups
    for words in ((), ("--details",)):
        folder = exported(run, tmp_path / "a", "--format", kind, "--seed", 3, *words)
        file = parquet.ParquetFile(folder / "train.parquet")
        assert file.num_row_groups == 4
        wanted = rows(kind, "standard", 3, "population", bool(words))
        assert file.read().to_pylist() == list(islice(wanted, 50))


@pytest.mark.parametrize(("people", "split"), [("population", "train"), ("validation",) * 2])
@pytest.mark.parametrize("style", ["standard", "conversational"])
def test_datasets_reads_it(run, tmp_path: Path, people: str, split: str, style: str) -> None:
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("torch")
    words = ("--people", people, "--style", style, "--details")
    folder = exported(run, tmp_path / "data", *words)
    datasets.disable_progress_bars()
    read = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert list(read) == [split]
    wanted = list(islice(rows("preference", style, 0, people, True), 50))
    assert list(read[split]) == wanted
    stream = datasets.load_dataset(str(folder), split=split, streaming=True)
    assert list(stream) == wanted
    assert {row["person"] for row in wanted} <= set(Population.load().split(people).ids)


def test_the_same_settings_give_the_same_bytes(run, tmp_path: Path) -> None:
    def bytes_of(name: str, *words: object) -> bytes:
        return (exported(run, tmp_path / name, *words) / "train.parquet").read_bytes()

    assert bytes_of("a") == bytes_of("b")
    assert bytes_of("a") != bytes_of("c", "--seed", "1")


def test_the_card_tells_how_it_was_made(run, tmp_path: Path) -> None:
    folder = exported(run, tmp_path / "a b", "--seed", 7, "--format", "prompt-completion")
    card = (folder / "README.md").read_text(encoding="utf-8")
    front = card.split("---\n")[1]
    assert "license: mit\n" in front
    assert "- split: train\n    path: train.parquet\n" in front
    assert "- n<1K\n" in front
    assert (
        "| `proactive-gym export --format prompt-completion --style standard --rows 50 --seed 7"
        f" --people population --out '{folder}'` |" in card
    )
    assert f"proactive-gym {proactive_gym.__version__}," in card
    assert f"`{file_digest(folder / 'train.parquet')}`" in card
    assert "**The people are simulated**" in card
    for told in (
        "| rows | 50 |",
        "| seed | 7 |",
        "| commit | ",
        "noise of one rating",
        "at random",
    ):
        assert told in card
    example = card.split("```json\n")[1].split("```")[0]
    assert json.loads(example) == first_of("prompt-completion", "standard", 7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("details", [True, False])
def test_the_card_explains_every_column(run, tmp_path: Path, kind: str, details: bool) -> None:
    words = ("--format", kind, *(["--details"] if details else []))
    folder = exported(run, tmp_path / "a", *words)
    card = (folder / "README.md").read_text(encoding="utf-8")
    table = card.split("| column | content |\n|---|---|\n")[1].split("\n\n")[0]
    told = [line.split("`")[1] for line in table.splitlines()]
    assert told == parquet.read_schema(folder / "train.parquet").names


@pytest.mark.parametrize(
    ("count", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**7, "n>10M")],
)
def test_sizes_are_the_hubs(count: int, size: str) -> None:
    assert import_module("proactive_baselines.rlhf.card").size_of(count) == size


def test_an_earlier_export_gives_way(run, tmp_path: Path) -> None:
    folder = exported(run, tmp_path / "a", "--people", "validation")
    exported(run, folder, "--seed", "1")
    assert {path.name for path in folder.iterdir()} == {"README.md", "train.parquet"}
    (folder.parent / "empty").mkdir()
    exported(run, folder.parent / "empty")


@pytest.mark.parametrize("name", ["notes.txt", "README.md", "train.parquet"])
def test_a_folder_with_something_else_is_refused(run, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("kept")
    done = run(*FEW, "--out", folder)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {folder} holds something else than exported preference")
    assert (folder / name).read_text() == "kept"
    assert [path.name for path in folder.iterdir()] == [name]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_was_added_to_an_export_is_not_lost(run, tmp_path: Path) -> None:
    folder = exported(run, tmp_path / "a")
    (folder / "notes.txt").write_text("kept")
    assert run(*FEW, "--out", folder).exit_code == 2
    assert (folder / "notes.txt").read_text() == "kept"


def test_a_file_is_not_a_folder(run, tmp_path: Path) -> None:
    out = tmp_path / "a"
    out.write_text("kept")
    done = run(*FEW, "--out", out)
    assert (done.exit_code, done.stderr) == (2, f"Error: cannot use {out}: Not a directory\n")
    assert out.read_text() == "kept"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--format", "ranking"), "format must be one of preference, unpaired-preference, "),
        (("--style", "verse"), "style must be one of standard, conversational"),
        (("--people", "test"), "people must be one of population, validation"),
        (("--rows", "0"), "--rows"),
        (("--seed", "-1"), "--seed"),
    ],
    ids=str,
)
def test_bad_settings_are_refused_and_leave_nothing(run, tmp_path: Path, words, told) -> None:
    done = run(*FEW, "--out", tmp_path / "a", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_rows_are_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(proactive_gym.errors.InvalidOptionError, match="rows must be 1 or more"):
        module.export("preference", "standard", 0, 0, "population", tmp_path / "a")


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 20)
    done: list[int] = []
    module.export("preference", "standard", 50, 0, "population", tmp_path / "a", False, done.append)
    assert done == [20, 40, 50]


@pytest.mark.parametrize("existed", [True, False])
def test_a_full_disk_leaves_what_was_there(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existed: bool
) -> None:
    out = tmp_path / "a"
    before = exported(run, out).joinpath("train.parquet").read_bytes() if existed else b""
    written = module._write

    def torn(writer, table) -> None:
        if writer.torn_after == 0:
            raise OSError(28, "No space left on device")
        writer.torn_after -= 1
        written(writer, table)

    monkeypatch.setattr(module, "_ROWS", 16)
    monkeypatch.setattr(parquet.ParquetWriter, "torn_after", 2, raising=False)
    monkeypatch.setattr(module, "_write", torn)
    done = run(*FEW, "--out", out, "--seed", "1")
    assert done.exit_code == 2
    assert done.stderr == f"Error: cannot use {out}: No space left on device\n"
    assert [path.name for path in tmp_path.iterdir()] == (["a"] if existed else [])
    if existed:
        assert (out / "train.parquet").read_bytes() == before


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from proactive_gym.cli import app
app(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
def test_a_file_that_cannot_grow_is_one_line(tmp_path: Path) -> None:
    words = ("export", "--rows", "5000", "--out", str(tmp_path / "a"))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == f"Error: cannot use {tmp_path / 'a'}: File too large\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_process_leaves_nothing_that_can_be_read(tmp_path: Path) -> None:
    out = tmp_path / "a"
    words = ("-m", "proactive_gym", "export", "--rows", "100000000", "--out", str(out))
    started = subprocess.Popen([sys.executable, *words], stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if any(path.stat().st_size > 0 for path in tmp_path.rglob("*.parquet")):
                break
            time.sleep(0.1)
    finally:
        started.send_signal(signal.SIGKILL)
        started.communicate()
    assert not out.exists()
    (torn,) = tmp_path.rglob("*.parquet")
    assert torn.stat().st_size > 0
    assert [path.name for path in torn.parent.iterdir()] == ["train.parquet"]
    with pytest.raises(ValueError, match="Parquet magic bytes not found"):
        parquet.read_table(torn)


def test_without_pyarrow_one_line_names_the_extra(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run(*FEW, "--out", tmp_path / "a")
    assert done.exit_code == 2
    assert "pip install 'proactive-gym[rlhf]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_without_torch_the_conversational_style_names_the_extra(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats = import_module("proactive_baselines.rlhf.formats")
    formats._instructions.cache_clear()
    monkeypatch.delitem(sys.modules, "proactive_agents.lm.model", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = run(*FEW, "--out", tmp_path / "a", "--style", "conversational")
    assert done.exit_code == 2
    assert "torch: pip install 'proactive-gym[rlhf]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_data_for_strings_need_no_language_model(tmp_path: Path) -> None:
    code = (
        "import sys; from proactive_gym.cli import app\n"
        f"try: app(['export', '--rows', '5', '--out', {str(tmp_path / 'a')!r}])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'torch', 'transformers', 'datasets', 'trl'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
