"""A small n-gram model: how much better does each item fit after the items before it?

Used by the soundness detector on word classes and on characters. It holds counts only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_CODES = 256  # symbols fit one byte, so that runs of up to four fit 32 bits without collisions
_PRIOR = 4.0  # weight, in observations, of the shorter context's probability
_UNSEEN = 0.5  # count of an item that was never seen

Run = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class NgramModel:
    """Counts of runs of 1 to 4 symbols.

    Attributes:
        symbols: The known items, at most 255; item i has the code i + 1, any other item 0.
        runs: For each length, the codes of the runs that were counted, ascending; a run's code is
            its symbols' codes read as digits to the base 256.
        counts: For each length, how often each of these runs was seen.
    """

    symbols: tuple[str, ...]
    runs: tuple[Run, ...]
    counts: tuple[Run, ...]

    @classmethod
    def fit(
        cls, sequences: Sequence[Sequence[str]], order: int = 4, least: int = 2
    ) -> "NgramModel":
        """Count the runs of `sequences`.

        Args:
            sequences: Items in order.
            order: Longest run that is counted, at most 4.
            least: Runs of the full `order` seen less often are forgotten, which keeps it small.
        """
        frequent = Counter(item for sequence in sequences for item in sequence)
        symbols = tuple(sorted(item for item, _ in frequent.most_common(_CODES - 1)))
        empty = cls(symbols, (), ())
        coded = [empty.encode(sequence) for sequence in sequences]
        runs, counts = [], []
        for length in range(1, order + 1):
            found, seen = np.unique(
                np.concatenate([_runs(codes, length) for codes in coded]), return_counts=True
            )
            kept = seen >= (least if length == order else 1)
            runs.append(found[kept])
            counts.append(seen[kept].astype(np.uint32))
        return cls(symbols, tuple(runs), tuple(counts))

    @cached_property
    def _code(self) -> dict[str, int]:
        return {item: code for code, item in enumerate(self.symbols, start=1)}

    def encode(self, sequence: Iterable[str]) -> Run:
        """The code of each item, (L,)."""
        return np.array([self._code.get(item, 0) for item in sequence], dtype=np.uint32)

    def gains(self, sequence: Sequence[str]) -> NDArray[np.float64]:
        """For each item but the first: log p(item | items before it) - log p(item), (L - 1,).

        Conditional probabilities are smoothed towards the shorter context's (MacKay and Peto 1995,
        "A hierarchical Dirichlet language model", with one fixed prior weight).
        """
        codes = self.encode(sequence)
        seen = [self._seen(codes, n) for n in range(1, min(len(self.runs), len(codes)) + 1)]
        if len(seen) < 2:
            return np.zeros(0)
        total = float(np.sum(self.counts[0])) + _UNSEEN * (len(self.symbols) + 1)
        alone = (seen[0][1:] + _UNSEEN) / total
        probability = alone.copy()
        for length in range(2, len(seen) + 1):
            last = slice(length - 2, None)  # items that have length - 1 items before them
            context = seen[length - 2][:-1]
            probability[last] = (seen[length - 1] + _PRIOR * probability[last]) / (context + _PRIOR)
        return np.log(probability) - np.log(alone)

    def _seen(self, codes: Run, length: int) -> NDArray[np.float64]:
        """How often each run of `length` items was seen, (L - length + 1,)."""
        wanted = _runs(codes, length)
        known, counts = self.runs[length - 1], self.counts[length - 1]
        place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[place] == wanted, counts[place], 0).astype(np.float64)


def _runs(codes: Run, length: int) -> Run:
    """Codes of all runs of `length` neighbours; none if the sequence is shorter."""
    count = max(len(codes) - length + 1, 0)
    run = np.zeros(count, dtype=np.uint32)
    for offset in range(length):
        run = run * np.uint32(_CODES) + codes[offset : offset + count]
    return run
