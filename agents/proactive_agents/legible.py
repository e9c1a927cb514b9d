"""What an agent may show of its inside: what it believes of people, and what such beliefs do.

An agent that is `Legible` takes each person for a few coefficients, one for each dimension of
preference, in standard deviations of the population. Reports draw them; nobody is ranked by them.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent


class Belief(NamedTuple):
    """What is believed of N people's K coefficients.

    Attributes:
        mean: (N, K).
        sd: (N, K), standard deviations.
    """

    mean: NDArray[np.floating]
    sd: NDArray[np.floating]


class Sweep(NamedTuple):
    """What one coefficient does: it alone goes up, and all others are those of the average person.

    Attributes:
        dimensions: The part of a reply on which each of the K dimensions acts, by its name.
        coefficients: (C,), ascending, with -1 and 1 among them.
        outcomes: The part of a reply that each of the O outcomes counts, by its name.
        table: (K, C, O), shares; NaN where there was nothing to count.
    """

    dimensions: Mapping[str, str]
    coefficients: NDArray[np.float64]
    outcomes: Mapping[str, str]
    table: NDArray[np.float64]

    def crosstalk(self) -> NDArray[np.float64]:
        """Change of each outcome while each coefficient goes from -1 to 1, (K, O)."""
        low, high = (int(np.abs(self.coefficients - c).argmin()) for c in (-1, 1))
        return self.table[:, high] - self.table[:, low]


@runtime_checkable
class Legible(Agent, Protocol):
    """An agent whose inside can be shown."""

    def belief(self) -> Belief:
        """What is believed of the N people, all of whom it has acted for."""

    def sweep(self) -> Sweep:
        """What each dimension does in moments of validation people."""
