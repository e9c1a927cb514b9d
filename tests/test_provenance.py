import hashlib
import subprocess
import tomllib
from pathlib import Path

import pytest

from proactive_agents.registry import PARTS
from proactive_gym import provenance
from proactive_gym.provenance import (
    PACKAGES,
    code_digest,
    commit,
    playing_code,
    training_code,
    versions,
)

ROOT = Path(__file__).resolve().parents[1]


def test_the_commit_is_that_of_the_checkout() -> None:
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    if done.returncode:
        assert commit() is None
    else:
        assert commit()["id"] == done.stdout.strip()


def test_outside_a_checkout_there_is_no_commit(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    assert commit() is None


def test_inside_somebody_elses_checkout_there_is_no_commit(monkeypatch) -> None:
    monkeypatch.setattr(provenance, "_ROOT", ROOT / "proactive_gym")
    assert commit() is None


def test_a_checkout_is_modified_if_the_packages_are(monkeypatch, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    for name in ("proactive_gym/a.py", "agents/b.py", "baselines/c.py", "docs/d.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("1")
    git("init")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path.resolve())
    assert commit() is None
    git("add", ".")
    git("commit", "-m", "all")
    assert not commit()["modified"]
    (tmp_path / "docs/d.md").write_text("2")
    assert not commit()["modified"]
    for name in ("proactive_gym/a.py", "agents/new.py", "baselines/c.py"):
        before = (tmp_path / name).read_text() if (tmp_path / name).exists() else None
        (tmp_path / name).write_text("2")
        assert commit()["modified"]
        if before is None:
            (tmp_path / name).unlink()
        else:
            (tmp_path / name).write_text(before)
        assert not commit()["modified"]


def test_versions_name_what_computes() -> None:
    assert {"python", "proactive-gym", "numpy", "scipy", "gymnasium", "torch"} <= versions().keys()


# ---------------------------------------------------------------- digests


@pytest.fixture
def packages(monkeypatch, tmp_path: Path) -> Path:
    """Copies of the packages that hold next to nothing, whose digests are never kept."""
    for name in PACKAGES:
        for inside in ("a.py", "cli/a.py", "evaluation/a.py", "users/data/deep/a.json"):
            (tmp_path / name / inside).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / inside).write_text("1")
    monkeypatch.setattr(provenance, "_folder", lambda package: tmp_path / package)
    monkeypatch.setattr(provenance, "code_digest", code_digest.__wrapped__)
    return tmp_path


def test_the_packages_are_those_that_are_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(Path(folder).name for folder in wheel) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(
    "inside", ["a.py", "new.py", "users/data/deep/a.json", "rows.jsonl", "users/tables.npz"]
)
def test_the_digest_of_the_code_changes_with_any_source(packages, package: str, inside) -> None:
    digests = {provenance.code_digest(())}
    for content in ("2", "3", ""):
        (packages / package / inside).write_text(content)
        digests.add(provenance.code_digest(()))
    (packages / package / inside).rename(
        packages / package / "users" / f"moved-{Path(inside).name}"
    )
    digests.add(provenance.code_digest(()))
    assert len(digests) == 5


@pytest.mark.parametrize("inside", ["notes.md", "page.html.j2", "a.pyc", "users/a.json.part"])
def test_what_computes_nothing_is_not_in_the_digest(packages, inside: str) -> None:
    before = provenance.code_digest(())
    (packages / "proactive_gym" / inside).write_text("2")
    assert provenance.code_digest(()) == before


@pytest.mark.parametrize("out", ["proactive_gym/cli", "proactive_gym/cli/a.py"])
def test_what_is_left_out_is_left_out_of_its_place_alone(packages, out: str) -> None:
    everything, without = provenance.code_digest(()), provenance.code_digest((out,))
    (packages / "proactive_gym" / "cli" / "a.py").write_text("2")
    assert provenance.code_digest((out,)) == without
    assert provenance.code_digest(()) != everything
    others = ("proactive_gym/evaluation/a.py", "proactive_agents/cli/a.py", "proactive_gym/cli.py")
    for inside in others:
        (packages / inside).write_text("2")
        assert provenance.code_digest((out,)) != without
        (packages / inside).write_text("1")
    (packages / "proactive_gym" / "cli.py").unlink()
    assert provenance.code_digest((out,)) == without


@pytest.mark.parametrize(
    ("inside", "plays", "trains"),
    [
        ("proactive_gym/users/models.py", True, True),
        ("proactive_gym/data/parameters.json", True, True),
        ("proactive_gym/provenance.py", True, True),
        ("proactive_gym/evaluation/referee.py", True, False),
        ("proactive_gym/leaderboard/record.py", False, False),
        ("proactive_gym/cli/main.py", False, False),
        ("proactive_gym/calibration/fit.py", False, False),
        ("proactive_agents/a.py", True, True),
        ("proactive_baselines/a.py", True, True),
        ("proactive_agents/lm/embedded/untuned/model.safetensors", True, False),
        ("proactive_agents/lm/embedded/about.json", True, False),
        ("proactive_agents/lm/embedded.py", True, True),
        ("proactive_agents/lm/situations.jsonl", True, True),
        ("proactive_agents/steering/basis.safetensors", True, False),
        ("proactive_agents/steering/basis.json", True, False),
        ("proactive_agents/steering/basis.py", True, True),
    ],
)
def test_what_moves_scores_and_what_moves_weights(packages, inside, plays, trains) -> None:
    before = playing_code(), training_code()
    path = packages / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("2")
    assert playing_code() != training_code()
    assert (playing_code() != before[0], training_code() != before[1]) == (plays, trains)


def test_shipped_models_lie_where_training_leaves_them_out() -> None:
    parts = (part.shipped for part in PARTS.values() if part.shipped is not None)
    folder = provenance._folder("proactive_agents").parent
    shipped = {path.relative_to(folder).with_suffix("").as_posix() for path in parts}
    assert {Path(name).with_suffix("").as_posix() for name in provenance._SHIPPED} == shipped
    assert all((folder / name).exists() for name in provenance._SHIPPED)


def test_the_real_packages_are_found() -> None:
    """An empty folder has a digest too, but not these."""
    nothing = hashlib.sha256().hexdigest()
    found = {playing_code(), training_code(), code_digest(())}
    assert len(found) == 3
    assert all(len(digest) == 64 and digest != nothing for digest in found)
    for package in PACKAGES:
        assert (provenance._folder(package) / "__init__.py").is_file()


def test_a_package_that_is_not_there_has_no_source() -> None:
    assert not provenance._folder("proactive_nowhere").exists()
