"""A small n-gram model: how much better does each item fit after the items before it?

Used by the soundness detector on word classes and on characters. It holds counts only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from proactive_gym.language.text import hashed_runs

_PRIOR = 4.0  # weight, in observations, of the shorter context's probability
_UNSEEN = 0.5  # count of an item that was never seen


@dataclass(frozen=True)
class NgramModel:
    """Counts of runs of up to `order` items, by the run's 32-bit hash.

    `total` is the number of items counted, `kinds` the number of different ones.
    """

    counts: Mapping[int, int]
    order: int
    total: int
    kinds: int

    @classmethod
    def fit(cls, sequences: Iterable[Sequence[str]], order: int, least: int = 2) -> "NgramModel":
        """Count the runs of `sequences`.

        Args:
            sequences: Items in order.
            order: Longest run that is counted.
            least: Runs of the full `order` seen less often are forgotten, which keeps it small.
        """
        by_length = [Counter[int]() for _ in range(order)]
        for sequence in sequences:
            for _, length, run in hashed_runs(sequence, order):
                by_length[length - 1][run] += 1
        counts = Counter[int]()
        for length, counter in enumerate(by_length, start=1):
            least_here = least if length == order else 1
            counts.update({run: n for run, n in counter.items() if n >= least_here})
        return cls(dict(counts), order, by_length[0].total(), len(by_length[0]))

    def gains(self, sequence: Sequence[str]) -> list[float]:
        """For each item but the first: log p(item | items before it) - log p(item).

        Conditional probabilities are smoothed towards the shorter context's (MacKay and Peto 1995,
        "A hierarchical Dirichlet language model", with one fixed prior weight).
        """
        seen = [[0] * self.order for _ in sequence]  # [start][length - 1]
        for start, length, run in hashed_runs(sequence, self.order):
            seen[start][length - 1] = self.counts.get(run, 0)
        return [self._gain(seen, end) for end in range(1, len(sequence))]

    def _gain(self, seen: list[list[int]], end: int) -> float:
        alone = (seen[end][0] + _UNSEEN) / (self.total + _UNSEEN * (self.kinds + 1))
        probability = alone
        for length in range(2, min(self.order, end + 1) + 1):
            start = end - length + 1
            run, context = seen[start][length - 1], seen[start][length - 2]
            probability = (run + _PRIOR * probability) / (context + _PRIOR)
        return log(probability) - log(alone)
