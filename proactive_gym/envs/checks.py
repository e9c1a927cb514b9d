"""Actions and seeds are checked before anything changes, so a bad one costs nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import InvalidActionError, InvalidOptionError

_SIZES = np.array([3, 4, 2, 2])
_EXPECTED = "integers [timing 0-2, autonomy 0-3, verbosity 0-1, tone 0-1]"


def check_action(action: Any, slots: int | None = None) -> NDArray[np.int64]:
    """An action as integers.

    Args:
        action: Four integers, or with `slots` an array of shape (slots, 4).
        slots: How many actions a batch holds; None for a single action.

    Returns:
        int64, (4,) or (slots, 4).

    Raises:
        InvalidActionError: Wrong shape, dtype or range; the message says what is expected.
    """
    shape = (4,) if slots is None else (slots, 4)
    try:
        array = np.asarray(action)
    except (ValueError, TypeError, RuntimeError) as error:
        # RuntimeError: a torch tensor that requires a gradient.
        raise InvalidActionError(f"an action is {_EXPECTED}, not {shown(action)}") from error
    if array.dtype.kind not in "iu":
        raise InvalidActionError(
            f"an action is {_EXPECTED}; got dtype {array.dtype} in {shown(action)}"
        )
    if array.shape != shape:
        raise InvalidActionError(f"an action has shape {shape}, {_EXPECTED}; got {array.shape}")
    if np.count_nonzero((array < 0) | (array >= _SIZES)):
        raise InvalidActionError(f"an action is {_EXPECTED}; got {shown(action)}")
    return array.astype(np.int64)


def check_seed(seed: Any) -> int | None:
    """A seed as a Python integer; None stays None.

    Raises:
        InvalidOptionError: Not an integer, or a negative one.
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidOptionError(f"a seed is a non-negative integer or None, not {shown(seed)}")
    return int(seed)


def shown(value: Any) -> str:
    """A short `repr`, for messages."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
