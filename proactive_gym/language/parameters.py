"""The shipped parameters, `reader.npz`: plain arrays, read without pickle."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

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
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        advice = "reinstall proactive-gym or run `python -m proactive_gym.calibration.language`"
        raise DataError(f"{path.name}: cannot be read ({error}); {advice}") from error
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def pack_ngrams(name: str, model: NgramModel) -> dict[str, NDArray]:
    """The arrays from which `unpack_ngrams` rebuilds `model`; sorted hashes compress well."""
    runs = np.array(sorted(model.counts), dtype=np.uint32)
    counts = np.array([model.counts[int(run)] for run in runs], dtype=np.uint32)
    sizes = np.array([model.order, model.total, model.kinds], dtype=np.int64)
    steps = np.diff(runs, prepend=np.uint32(0))
    return {f"{name}_runs": steps, f"{name}_counts": counts, f"{name}_sizes": sizes}


def unpack_ngrams(name: str, arrays: Arrays) -> NgramModel:
    """The n-gram model that `pack_ngrams` stored under `name`."""
    runs = np.cumsum(arrays[f"{name}_runs"], dtype=np.uint32).tolist()
    order, total, kinds = arrays[f"{name}_sizes"].tolist()
    counts = dict(zip(runs, arrays[f"{name}_counts"].tolist(), strict=True))
    return NgramModel(counts, order, total, kinds)
