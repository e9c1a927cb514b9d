"""Assumed numbers: what no data identify, each named, with its meaning, source and range."""

from dataclasses import Field, dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from proactive_gym.errors import InvalidOptionError


class Assumption(NamedTuple):
    """One assumed number: what it means, where it comes from and in what range it may lie."""

    name: str
    value: float
    default: float
    meaning: str
    source: str
    low: float
    high: float


def assumed(default: float, low: float, high: float, meaning: str, source: str) -> Any:
    """A field of a subclass of `Assumptions`."""
    notes = {"low": low, "high": high, "meaning": meaning, "source": source}
    return field(default=default, metadata=notes)


@dataclass(frozen=True)
class Assumptions:
    """Base of the sets of assumed numbers; every field is made by `assumed`.

    Raises:
        InvalidOptionError: A value is no number or outside its range.
    """

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        for item in self.described():
            if isinstance(item.value, np.integer | np.floating):
                object.__setattr__(self, item.name, item.value.item())
                item = item._replace(value=item.value.item())
            if isinstance(item.value, bool) or not isinstance(item.value, int | float):
                raise InvalidOptionError(f"{item.name} must be a number, not {item.value!r}")
            if not item.low <= item.value <= item.high:
                raise InvalidOptionError(
                    f"{item.name} must lie between {item.low:g} and {item.high:g}, "
                    f"not {item.value!r}"
                )

    def described(self) -> tuple[Assumption, ...]:
        """All assumptions, with the values they have here."""
        return tuple(
            Assumption(f.name, getattr(self, f.name), _default(f), **f.metadata)
            for f in fields(self)
        )


def _default(number: Field[float]) -> float:
    return float(number.default)  # type: ignore[arg-type]  # every field here has one
