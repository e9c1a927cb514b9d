"""Choosing with 16 random bits: quick draws for the many small choices of a day.

A chance is exact to 1/65,536, a weighted choice from a lookup table to 1/256.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TABLE = 256
"""Length of a lookup table; indexed by the upper eight bits of a halfword."""


def lookup_table(weights: Sequence[float]) -> NDArray[np.uint8]:
    """Positions of `weights` repeated in proportion to them, to be indexed by eight random bits.

    Returns:
        uint8 (256,). Every positive weight gets at least one entry if the rounding allows.
    """
    shares = np.cumsum(weights) / np.sum(weights)
    steps = (np.arange(TABLE) + 0.5) / TABLE
    return np.searchsorted(shares, steps, side="right").clip(0, len(shares) - 1).astype(np.uint8)


def threshold(chance: float) -> int:
    """The number of halfwords, 0 to 65,536, that lie below it with this chance."""
    return round(chance * 65536)
