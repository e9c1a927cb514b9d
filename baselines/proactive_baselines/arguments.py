"""What training arguments may be: checked before anything is computed."""

from typing import Any

from proactive_gym.errors import InvalidOptionError


def check_ranges(arguments: Any, **bounds: tuple[float, float]) -> None:
    """Refuse numbers outside their bounds, both ends allowed; NaN is outside of any.

    Args:
        arguments: A dataclass of arguments.
        bounds: Lowest and highest value, by name.

    Raises:
        InvalidOptionError: One is outside; the message names it.
    """
    for name, (low, high) in bounds.items():
        value = getattr(arguments, name)
        if not low <= value <= high:
            raise InvalidOptionError(f"{name} must lie between {low:g} and {high:g}, not {value}")
