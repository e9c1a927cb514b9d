"""`proactive-gym calibrate`: fit the simulated people, save the parameters, write the report.

Deterministic: the same data and versions give the same files (on one kind of processor; across
kinds, sums may differ in the last bits). It takes a few minutes and needs the
extra `proactive-gym[calibrate]`. The reader of the assistant's words has its own command,
`python -m proactive_gym.calibration.language`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from proactive_gym.data.records import data_path
from proactive_gym.errors import InvalidOptionError, MissingExtraError
from proactive_gym.users.parameters import PARAMETERS_PATH

try:
    from threadpoolctl import threadpool_limits

    from proactive_gym.calibration.assess.panel import INSIDE, OUTSIDE, Panel
    from proactive_gym.calibration.fit import fit
    from proactive_gym.calibration.plots import draw_all
    from proactive_gym.calibration.report import Report, assess
    from proactive_gym.calibration.tables import Evidence
    from proactive_gym.calibration.wording import to_markdown
except ModuleNotFoundError as error:
    if (error.name or "").startswith("proactive_gym"):
        raise
    raise MissingExtraError(
        f"fitting needs {error.name}: pip install 'proactive-gym[calibrate]'"
    ) from error

REPORT_FOLDER = Path(__file__).parents[2] / "docs" / "calibration"
COMMAND = "proactive-gym calibrate"
_DATA = ("personas", "scenarios", "judgments", "alternatives", "diaries")


@dataclass(frozen=True)
class Calibration:
    """What a run did.

    Attributes:
        parameters: The file that it wrote.
        files: The report's files; none for a resampled fit.
        figures: Headline figures by name, cross-validated and validation; empty without a report.
        seconds: How long it took.
    """

    parameters: Path
    files: tuple[Path, ...]
    figures: Mapping[str, tuple[float, float]]
    seconds: float


def calibrate(
    output: Path = REPORT_FOLDER,
    parameters: Path = PARAMETERS_PATH,
    *,
    resample_seed: int | None = None,
    evidence: Evidence | None = None,
    outside: Evidence | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> Calibration:
    """Fit on one group of people, check on another, write parameters and report.

    Args:
        output: Folder of `report.json`, `README.md` and the plots; made if it is missing.
        parameters: File that the fitted numbers are written to, whole or not at all.
        resample_seed: Fit on as many people drawn with replacement instead, to see how much the
            parameters owe to these very people. Such a fit writes parameters and no report.
        evidence: The people to fit on; by default the judged people of the population split.
        outside: The people to check on; by default those of the validation split.
        progress: Told what is being done, a few words at a time.

    Raises:
        InvalidOptionError: A resampled fit would replace the packaged parameters, or its seed is
            negative.
        DataError: A data file is broken, or a person is in both groups.
    """
    started = perf_counter()
    inside = evidence or Evidence.of_split("population")
    provenance: dict[str, Any] = {"command": COMMAND, "data_sha256": data_digest()}
    if resample_seed is not None:
        _check_resampling(resample_seed, parameters)
        inside = inside.resample(resample_seed)
        provenance |= {"command": f"{COMMAND}, resampled", "resample_seed": resample_seed}
    panel = None
    if resample_seed is None:
        panel = Panel.of(inside, outside or Evidence.of_split("validation"))
    progress("fitting")
    # Threads change the order of sums, and so the last digits at which the optimiser stops.
    with threadpool_limits(1):
        fitted = fit(inside, provenance)
        report = None if panel is None else assess(panel, fitted, progress)
    parameters.parent.mkdir(parents=True, exist_ok=True)
    fitted.parameters.save(parameters)
    if report is None:
        return Calibration(parameters, (), {}, perf_counter() - started)
    digest = hashlib.sha256(parameters.read_bytes()).hexdigest()
    made = {**fitted.parameters.provenance, "parameters_sha256": digest}
    report = {"provenance": made, **report}
    progress("writing the report")
    files = write(report, output)
    return Calibration(parameters, files, headline(report), perf_counter() - started)


def data_digest() -> str:
    """SHA-256 over the data files that calibration reads, in a fixed order."""
    digest = hashlib.sha256()
    for name in _DATA:
        digest.update(data_path(f"{name}.jsonl").read_bytes())
    digest.update(data_path("splits.json").read_bytes())
    return digest.hexdigest()


def write(report: Report, output: Path) -> tuple[Path, ...]:
    """Write the report's files into a folder; their paths."""
    output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    files = {"report.json": text, "README.md": to_markdown(report)}
    for name, content in files.items():
        (output / name).write_text(content, encoding="utf-8")
    return (*(output / name for name in files), *draw_all(report, output))


def headline(report: Report) -> dict[str, tuple[float, float]]:
    """The figures to look at first: cross-validated, validation."""
    rated, chosen = report["ratings"], report["choice"]["survey (the model)"]
    figures = {f"r, {name}": {g: s["r"] for g, s in rated[name]["model"].items()} for name in rated}
    figures["r, satisfaction side by side"] = {
        group: scores["r"] for group, scores in report["alternatives"].items()
    }
    figures["value of the choice"] = {group: scores["value"] for group, scores in chosen.items()}
    figures["accuracy of reactions"] = {
        group: scores["accuracy"]
        for group, scores in report["reactions"]["spoken"]["felt ratings"].items()
    }
    return {name: (v[INSIDE]["value"], v[OUTSIDE]["value"]) for name, v in figures.items()}


def _check_resampling(seed: int, parameters: Path) -> None:
    if seed < 0:
        raise InvalidOptionError(f"resample_seed must be 0 or more, not {seed}")
    if parameters.resolve() == PARAMETERS_PATH.resolve():
        raise InvalidOptionError(
            "a resampled fit must not replace the packaged parameters: name another file"
        )
