"""The shipped parameters, `reader.npz`: plain arrays, read without pickle."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import DataError
from proactive_gym.language.ngrams import NgramModel

PARAMETERS_PATH = Path(__file__).parent / "reader.npz"

Arrays = Mapping[str, NDArray]


@cache
def load_parameters(path: Path = PARAMETERS_PATH) -> dict[str, NDArray]:
    """Every array of the file by name, read-only; each file is read once.

    Raises:
        DataError: The file is missing or is no such archive.
    """
    try:
        # numpy leaves a file open that turns out to be no archive, so it does not open the file.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, BadZipFile) as error:
        advice = "reinstall proactive-gym or run `python -m proactive_gym.calibration.language`"
        raise DataError(f"{path.name}: cannot be read ({error}); {advice}") from error
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def pack_ngrams(name: str, model: NgramModel) -> dict[str, NDArray]:
    """The arrays from which `unpack_ngrams` rebuilds `model`; steps between runs compress well."""
    arrays: dict[str, NDArray] = {f"{name}_symbols": np.array(model.symbols)}
    for length, (runs, counts) in enumerate(zip(model.runs, model.counts, strict=True), start=1):
        arrays[f"{name}_steps_{length}"] = np.diff(runs, prepend=np.uint32(0))
        arrays[f"{name}_counts_{length}"] = counts
    return arrays


def unpack_ngrams(name: str, arrays: Arrays) -> NgramModel:
    """The n-gram model that `pack_ngrams` stored under `name`."""
    lengths = range(1, 1 + sum(key.startswith(f"{name}_steps_") for key in arrays))
    return NgramModel(
        symbols=tuple(arrays[f"{name}_symbols"].tolist()),
        runs=tuple(np.cumsum(arrays[f"{name}_steps_{n}"], dtype=np.uint32) for n in lengths),
        counts=tuple(arrays[f"{name}_counts_{n}"] for n in lengths),
    )
