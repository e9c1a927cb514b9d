"""The fitted numbers of the simulated people: one readable JSON file, one frozen dataclass.

`proactive-gym calibrate` writes `parameters.json`; nothing else does. Coefficients are stored by
name, so a file fitted for other terms is refused instead of being misread.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import DataError
from proactive_gym.users.deviations import FACETS
from proactive_gym.users.features import RATING_COMPONENTS, term_names
from proactive_gym.users.reactions import SPOKEN_FEATURES, SPOKEN_REACTIONS, WISH_FEATURES

Array = NDArray[np.float64]

PARAMETERS_PATH = Path(__file__).with_name("parameters.json")
RELATIONSHIP = ("silent", "spoken", "act", "act·R3")
"""What trust moves; R3 is "I'd let it do more by itself as it proves itself"."""
NOISES = ("silent", "spoken", "act")
TRUST_TERMS = ("event", "gain", "loss", "loss·R1", "level")
FELT = ("satisfaction", "timing", "autonomy", "style")
SWITCH_OFF = ("intercept", "trust", "R2")


@dataclass(frozen=True, eq=False)
class Rating:
    """An ordinal probit on the index of one rating.

    Attributes:
        coefficients: Over `term_names()`, in units of the probit's noise.
        relationship: Over `RELATIONSHIP`.
        loading: What one unit of the person's own deviation adds.
        thresholds: Four, increasing.
    """

    coefficients: Array
    relationship: Array
    loading: float
    thresholds: Array


@dataclass(frozen=True, eq=False)
class Parameters:
    """Everything that calibration fits.

    Attributes:
        satisfaction: Coefficients over `term_names()`, in units of worth.
        relationship: Over `RELATIONSHIP`, in units of worth.
        noise_sd: Of one rating's worth, over `NOISES`.
        deviation_sd: Of people around the survey's prediction, over `FACETS`.
        ratings: timing, autonomy and style.
        silent_correlation: (2, 2), of the noise of satisfaction and timing after silence.
        spoken_correlation: (4, 4), of the noise of `FELT` after speaking.
        spoken: (len(SPOKEN_FEATURES), len(SPOKEN_REACTIONS)).
        spoken_intercept: (len(SPOKEN_REACTIONS),).
        wish: (len(WISH_FEATURES),).
        wish_intercept: Log-odds.
        trust: Over `TRUST_TERMS`, points of trust per diary day.
        trust_start: Mean and standard deviation before the first day.
        switch_off: Log-odds over `SWITCH_OFF`, per day.
        provenance: Command, versions, seeds and people.
    """

    satisfaction: Array
    relationship: Array
    noise_sd: Array
    deviation_sd: Array
    ratings: Mapping[str, Rating]
    silent_correlation: Array
    spoken_correlation: Array
    spoken: Array
    spoken_intercept: Array
    wish: Array
    wish_intercept: float
    trust: Array
    trust_start: tuple[float, float]
    switch_off: Array
    provenance: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path | None = None) -> "Parameters":
        """Read a parameter file; the packaged one by default, which is read once.

        Raises:
            DataError: If the file is missing, torn or fitted for other terms.
        """
        return _packaged() if path is None else _read(path)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        text = json.dumps(to_json(self), indent=1, ensure_ascii=False) + "\n"
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


@cache
def _packaged() -> Parameters:
    return _read(PARAMETERS_PATH)


def _read(path: Path) -> Parameters:
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(f"{path} is missing: run `proactive-gym calibrate`") from None
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
        raise DataError(
            f"{path} does not hold the parameters of this version ({error}): "
            "run `proactive-gym calibrate`"
        ) from error


def _term_labels() -> tuple[str, ...]:
    return tuple(f"{'+'.join(components)}: {name}" for components, name in term_names())


def _named(names: tuple[str, ...], values: Array) -> dict[str, float]:
    return {n: float(f"{v:.6g}") for n, v in zip(names, values, strict=True)}


def _unnamed(names: tuple[str, ...], values: Mapping[str, float]) -> Array:
    if set(values) != set(names):
        odd = sorted(set(values) ^ set(names))[:3]
        raise ValueError(f"names differ, for example {', '.join(odd)}")
    array = np.array([values[n] for n in names], float)
    if not np.isfinite(array).all():
        raise ValueError("a parameter is not finite")
    return array


def to_json(p: Parameters) -> dict[str, Any]:
    """The file's content."""
    terms = _term_labels()
    used = {
        name: [any(c in components for c in owner) for owner, _ in term_names()]
        for name, components in RATING_COMPONENTS.items()
    }
    return {
        "provenance": dict(p.provenance),
        "satisfaction": _named(terms, p.satisfaction),
        "relationship": _named(RELATIONSHIP, p.relationship),
        "noise_sd": _named(NOISES, p.noise_sd),
        "deviation_sd": _named(FACETS, p.deviation_sd),
        "ratings": {
            name: {
                "coefficients": {
                    k: v
                    for (k, v), keep in zip(
                        _named(terms, r.coefficients).items(), used[name], strict=True
                    )
                    if keep
                },
                "relationship": _named(RELATIONSHIP, r.relationship),
                "loading": r.loading,
                "thresholds": r.thresholds.tolist(),
            }
            for name, r in p.ratings.items()
        },
        "silent_correlation": p.silent_correlation.tolist(),
        "spoken_correlation": p.spoken_correlation.tolist(),
        "reaction": {
            label: _named(
                ("intercept", *SPOKEN_FEATURES), np.r_[p.spoken_intercept[i], p.spoken[:, i]]
            )
            for i, label in enumerate(SPOKEN_REACTIONS)
        },
        "wish": _named(("intercept", *WISH_FEATURES), np.r_[p.wish_intercept, p.wish]),
        "trust": _named(TRUST_TERMS, p.trust),
        "trust_start": list(p.trust_start),
        "switch_off": _named(SWITCH_OFF, p.switch_off),
    }


def from_json(content: Mapping[str, Any]) -> Parameters:
    """The parameters of a file's content.

    Raises:
        KeyError, TypeError, ValueError: Where the content is not of this version.
    """
    terms = _term_labels()
    spoken = np.array(
        [
            _unnamed(("intercept", *SPOKEN_FEATURES), content["reaction"][label])
            for label in SPOKEN_REACTIONS
        ]
    )
    wish = _unnamed(("intercept", *WISH_FEATURES), content["wish"])
    mean, sd = content["trust_start"]
    for name in ("silent_correlation", "spoken_correlation"):
        if not np.isfinite(np.linalg.cholesky(np.array(content[name], float))).all():
            raise ValueError(f"{name} is no correlation matrix")
    if not (np.isfinite([mean, sd]).all() and sd >= 0):
        raise ValueError("trust_start is no mean and standard deviation")
    return Parameters(
        satisfaction=_unnamed(terms, content["satisfaction"]),
        relationship=_unnamed(RELATIONSHIP, content["relationship"]),
        noise_sd=_unnamed(NOISES, content["noise_sd"]),
        deviation_sd=_unnamed(FACETS, content["deviation_sd"]),
        ratings={name: _rating(name, content["ratings"][name]) for name in RATING_COMPONENTS},
        silent_correlation=np.array(content["silent_correlation"], float).reshape(2, 2),
        spoken_correlation=np.array(content["spoken_correlation"], float).reshape(4, 4),
        spoken=spoken[:, 1:].T,
        spoken_intercept=spoken[:, 0],
        wish=wish[1:],
        wish_intercept=float(wish[0]),
        trust=_unnamed(TRUST_TERMS, content["trust"]),
        trust_start=(float(mean), float(sd)),
        switch_off=_unnamed(SWITCH_OFF, content["switch_off"]),
        provenance=content["provenance"],
    )


def _rating(name: str, content: Mapping[str, Any]) -> Rating:
    components = RATING_COMPONENTS[name]
    own = [any(c in components for c in owner) for owner, _ in term_names()]
    labels = tuple(t for t, keep in zip(_term_labels(), own, strict=True) if keep)
    thresholds = np.array(content["thresholds"], float).reshape(4)
    if not (np.diff(thresholds) > 0).all() or not np.isfinite(content["loading"]):
        raise ValueError(f"the thresholds of {name} do not increase")
    coefficients = np.zeros(len(own))
    coefficients[own] = _unnamed(labels, content["coefficients"])
    return Rating(
        coefficients,
        _unnamed(RELATIONSHIP, content["relationship"]),
        float(content["loading"]),
        thresholds,
    )
