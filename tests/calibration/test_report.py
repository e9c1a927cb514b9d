"""The committed report, the command that writes it, and the parameters that it tells of."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from proactive_gym.calibration.assess.panel import INSIDE, OUTSIDE
from proactive_gym.calibration.report import PROBE
from proactive_gym.calibration.run import REPORT_FOLDER, calibrate, data_digest, headline
from proactive_gym.calibration.tables import Evidence
from proactive_gym.calibration.wording import cell, table, to_markdown
from proactive_gym.errors import DataError, InvalidOptionError
from proactive_gym.users.parameters import PARAMETERS_PATH, Parameters

REPORT = json.loads((REPORT_FOLDER / "report.json").read_text("utf-8"))


def test_the_report_tells_of_the_packaged_parameters_and_data() -> None:
    made = dict(REPORT["provenance"])
    digest = made.pop("parameters_sha256")
    assert digest == hashlib.sha256(PARAMETERS_PATH.read_bytes()).hexdigest()
    assert made == Parameters.load().provenance
    assert made["data_sha256"] == data_digest()
    assert made["people"] == REPORT["people"][INSIDE]["people"] == 280
    assert REPORT["people"][OUTSIDE]["people"] == 40


def test_the_report_in_words_is_of_these_figures() -> None:
    text = (REPORT_FOLDER / "README.md").read_text("utf-8")
    assert text == to_markdown(REPORT)
    plots = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(plots) == 7
    for name in plots:
        assert (REPORT_FOLDER / name).read_bytes().startswith(b"\x89PNG")
    assert {p.name for p in REPORT_FOLDER.glob("*.png")} == set(plots)


def test_the_fit_is_as_good_as_the_probe() -> None:
    for rating, published in PROBE.items():
        found = REPORT["ratings"][rating]["model"]
        assert found[INSIDE]["r"]["high"] >= published["model"]
        assert found[OUTSIDE]["r"]["high"] >= published["model"]
        assert (
            found[INSIDE]["r"]["low"] > REPORT["ratings"][rating]["situation"][INSIDE]["r"]["value"]
        )
    assert REPORT["alternatives"][INSIDE]["r"]["value"] > 0.86
    assert REPORT["deviations"]["converged"] is True


def test_components_are_the_parameters() -> None:
    parameters = Parameters.load()
    said = [c["sd"] for c in REPORT["deviations"]["components"].values()]
    assert said == pytest.approx(parameters.deviation_sd, abs=1e-4)
    for found in REPORT["deviations"]["components"].values():
        assert found["low"] <= found["sd"] <= found["high"]
        assert found["includes_zero"] == (found["low"] == 0)


def test_parameters_of_another_kind_are_refused(tmp_path: Path) -> None:
    text = PARAMETERS_PATH.read_text("utf-8")
    content = json.loads(text)
    content["satisfaction"].pop(next(iter(content["satisfaction"])))
    broken = {
        "torn": text[: len(text) // 2],
        "other terms": json.dumps(content),
        "not a number": text.replace('"level": ', '"level": NaN, "x": ', 1),
        "a list": "[]",
    }
    for name, written in broken.items():
        path = tmp_path / f"{name}.json"
        path.write_text(written, "utf-8")
        with pytest.raises(DataError, match="proactive-gym calibrate"):
            Parameters.load(path)
    with pytest.raises(DataError, match="missing"):
        Parameters.load(tmp_path / "none.json")


def test_saved_parameters_come_back(tmp_path: Path) -> None:
    parameters = Parameters.load()
    parameters.save(tmp_path / "p.json")
    assert (tmp_path / "p.json").read_bytes() == PARAMETERS_PATH.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["p.json"]


def test_a_resampled_fit_does_not_replace_the_packaged_parameters(tmp_path: Path) -> None:
    before = PARAMETERS_PATH.read_bytes()
    with pytest.raises(InvalidOptionError, match="packaged"):
        calibrate(tmp_path, resample_seed=1)
    with pytest.raises(InvalidOptionError, match="-1"):
        calibrate(tmp_path, tmp_path / "p.json", resample_seed=-1)
    assert PARAMETERS_PATH.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["sklearn", "statsmodels", "matplotlib"])
def test_a_missing_library_names_the_extra(library: str) -> None:
    code = f"""
import sys
sys.modules[{library!r}] = None
try:
    import proactive_gym.calibration.run
except ImportError as error:
    print(type(error).__name__, error)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.startswith("MissingExtraError")
    assert "proactive-gym[calibrate]" in found.stdout
    assert library in found.stdout


def test_figures_in_words() -> None:
    assert cell({"value": 0.256, "low": -0.1, "high": 0.5}) == "0.26 [-0.10, 0.50]"
    assert cell(None) == "-"
    assert cell(0.12345, 3) == "0.123"
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def few(split: str, count: int) -> Evidence:
    return Evidence.of_people(Evidence.of_split(split).people.take(np.arange(count)))


@pytest.mark.slow
def test_a_run_on_few_people_writes_everything_twice_the_same(tmp_path: Path) -> None:
    said: list[str] = []
    runs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        runs.append(
            calibrate(
                folder,
                folder / "parameters.json",
                evidence=few("population", 64),
                outside=few("validation", 10),
                progress=said.append,
            )
        )
    first, second = runs
    assert [p.name for p in first.files] == [p.name for p in second.files]
    for a, b in zip(
        (*first.files, first.parameters), (*second.files, second.parameters), strict=True
    ):
        assert a.read_bytes() == b.read_bytes()
    report = json.loads((tmp_path / "one" / "report.json").read_text("utf-8"))
    assert first.figures == headline(report)
    assert Parameters.load(first.parameters).provenance["people"] == 64
    assert len(said) >= 8

    other = calibrate(
        tmp_path, tmp_path / "p.json", resample_seed=3, evidence=few("population", 64)
    )
    drawn = Parameters.load(other.parameters)
    assert (other.files, other.figures) == ((), {})
    assert drawn.provenance["resample_seed"] == 3
    assert not np.allclose(drawn.satisfaction, Parameters.load(first.parameters).satisfaction)


@pytest.mark.slow
def test_the_packaged_parameters_are_what_the_data_give(tmp_path: Path) -> None:
    """Bit for bit on one machine; elsewhere sums may differ in the last bits."""
    again = calibrate(tmp_path, tmp_path / "parameters.json")
    found, packaged = Parameters.load(again.parameters), Parameters.load()
    for name in ("satisfaction", "relationship", "noise_sd", "deviation_sd", "trust", "spoken"):
        assert getattr(found, name) == pytest.approx(getattr(packaged, name), rel=1e-3, abs=1e-3)
    for name, rating in packaged.ratings.items():
        assert found.ratings[name].thresholds == pytest.approx(rating.thresholds, abs=1e-3)
    for name, pair in headline(REPORT).items():
        assert again.figures[name] == pytest.approx(pair, abs=2e-3)
