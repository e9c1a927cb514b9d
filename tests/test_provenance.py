import subprocess
from pathlib import Path

from proactive_gym import provenance
from proactive_gym.provenance import code_digest, commit, versions

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


def test_versions_name_what_computes() -> None:
    assert {"python", "proactive-gym", "numpy", "scipy", "gymnasium", "torch"} <= versions().keys()


def test_the_digest_of_the_code_changes_with_any_source(monkeypatch, tmp_path: Path) -> None:
    for name in ("proactive_gym", "proactive_agents", "proactive_baselines"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("x = 1")
    monkeypatch.setattr(provenance, "_folder", lambda package: tmp_path / package)
    digests = {code_digest.__wrapped__()}
    (tmp_path / "proactive_agents" / "a.py").write_text("x = 2")
    digests.add(code_digest.__wrapped__())
    (tmp_path / "proactive_baselines" / "b.py").write_text("")
    digests.add(code_digest.__wrapped__())
    assert len(digests) == 3
