"""Plain text handling shared by the reader and the embedding: normal form, tokens, stems, classes.

It knows nothing of scenarios and learns nothing; every function is a pure function of a string.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

MAX_CHARACTERS = 2_000
"""Longer input is cut here before anything else looks at it, which bounds the cost of a reading."""

_INVISIBLE = ("Cf", "Cs", "Co", "Cn")  # formatting (zero-width), surrogates, private, unassigned
# Typographic apostrophes, quotation marks and dashes, and what they become.
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u201c\u201d\u2013\u2014", "'''\"\"--")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]|_")
_SPACES = re.compile(r"\s+")
# Each ending with the least number of letters that must be left; tried in this order.
_ENDINGS = (
    *(("ations", 4), ("ation", 4), ("ingly", 4), ("edly", 4), ("ments", 4), ("ment", 4)),
    *(("ings", 3), ("ions", 4), ("ing", 3), ("ion", 4), ("ies", 3), ("ed", 3), ("ly", 4)),
    *(("es", 4), ("al", 4), ("s", 3), ("e", 3), ("y", 3)),
)
_STEM_LETTERS = 7
_CLASS_ENDINGS = ("ing", "ed", "ly", "tion", "ment", "ness", "er", "en", "al", "s")


def normalise(words: str) -> str:
    """Lower-case NFKC form with plain quotes, single spaces and no invisible characters.

    Args:
        words: Any string; only its first `MAX_CHARACTERS` characters are looked at.
    """
    folded = unicodedata.normalize("NFKC", words[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    if not (folded.isascii() and folded.isprintable()):
        folded = "".join(_visible(c) for c in folded).translate(_QUOTES)
    return _SPACES.sub(" ", folded.lower()).strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    return " " if category == "Cc" else character


def tokens(normal: str) -> list[str]:
    """Words (with inner apostrophes), numbers and single marks of a normalised string."""
    return _TOKEN.findall(normal)


def is_word(token: str) -> bool:
    """Whether a token is made of letters (it may hold inner apostrophes)."""
    return token[0].isalpha()


@lru_cache(1 << 14)
def stem(word: str) -> str:
    """A crude English stem: one ending is stripped and the rest is cut to seven letters.

    Two forms of one word should meet ("booked", "booking", "books"); that two different words
    sometimes meet too costs little where overlaps are weighted by rarity.
    """
    base = word.split("'")[0]
    for ending, least in _ENDINGS:
        if base.endswith(ending) and len(base) - len(ending) >= least:
            base = base[: -len(ending)]
            break
    if len(base) > 3 and base[-1] == base[-2]:
        base = base[:-1]
    return base[:_STEM_LETTERS]


def stems(found: Iterable[str]) -> list[str]:
    """Stems of the words, and the numbers, among the tokens `found`, in order; no marks."""
    return [stem(t) if is_word(t) else t for t in found if is_word(t) or t.isdigit()]


def word_class(token: str, common: frozenset[str]) -> str:
    """The token itself if it is common, else a class that tells only its shape.

    Args:
        token: One token of a normalised string.
        common: The words that stand for themselves (function words and the like).
    """
    if token in common:
        return token
    if token.isdigit():
        return "<number>"
    if not token.isascii():
        return "<foreign>" if is_word(token) else "<mark>"
    if not is_word(token):
        return token
    ending = next((e for e in _CLASS_ENDINGS if token.endswith(e) and len(token) > len(e) + 2), "")
    return f"<{ending or 'word'}>"


def word_classes(found: Iterable[str], common: frozenset[str]) -> list[str]:
    """Classes of the tokens `found`, between a start and an end mark."""
    return ["<start>", *(word_class(t, common) for t in found), "<end>"]


def hashed_runs(items: Sequence[str], longest: int) -> Iterator[tuple[int, int, int]]:
    """Stable 32-bit hashes of all runs of 1 to `longest` neighbouring items.

    Yields:
        Position of the run's first item, number of items, hash (CRC-32: the same everywhere).
    """
    encoded = [item.encode("utf-8") + b"\x00" for item in items]
    for start in range(len(encoded)):
        value = 0
        for length, item in enumerate(encoded[start : start + longest], start=1):
            value = zlib.crc32(item, value)
            yield start, length, value
