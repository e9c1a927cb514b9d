"""What was computed of the texts that were met last."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_MOST = 1024

Computed = TypeVar("Computed")


class Recent(Generic[Computed]):
    """A function of a text that remembers the results of the texts that were asked for last.

    Args:
        compute: The function.
        most: Results that are kept.
    """

    def __init__(self, compute: Callable[[str], Computed], most: int = _MOST) -> None:
        self._compute = compute
        self._most = most
        self._kept: OrderedDict[str, Computed] = OrderedDict()

    def __call__(self, text: str) -> Computed:
        """The function's value."""
        if text not in self._kept:
            self._kept[text] = self._compute(text)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(text)
        return self._kept[text]
