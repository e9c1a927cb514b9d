"""Where a language model runs, and in which precision: refused here if it cannot be."""

import torch

from proactive_gym.errors import InvalidOptionError

DTYPES = ("auto", "float32", "bfloat16", "float16")


def check_device(device: str, dtype: str = "auto") -> None:
    """See that a device is there.

    Args:
        device: Such as "cpu" or "cuda".
        dtype: One of `DTYPES`.

    Raises:
        InvalidOptionError: It is not, or there is no such dtype.
    """
    if dtype not in DTYPES:
        raise InvalidOptionError(f"dtype must be one of {', '.join(DTYPES)}, not {dtype!r}")
    try:
        torch.zeros(1, device=device).item()
    except (AssertionError, RuntimeError) as error:
        raise InvalidOptionError(
            f"there is no device {device!r} here, or this torch was built without it"
        ) from error
