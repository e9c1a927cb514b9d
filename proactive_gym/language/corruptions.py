"""Ways to spoil a message: what the soundness detector is fitted on and tested against."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MARKS = "!?.,;:#*-_/()[]{}@%&=+~"
_EDGES = "\"'.,;:!?()-"


class Source(NamedTuple):
    """What a corruption may draw on: a message, its siblings, their situation, all messages."""

    message: str
    siblings: Sequence[str]
    situation: str
    pool: Sequence[str]


def shuffled(source: Source, random: Random) -> str:
    """The words in another order; punctuation stays in place, so that it gives nothing away."""
    pieces = [_peel(piece) for piece in source.message.split()]
    cores = random.sample([core for _, core, _ in pieces], len(pieces))
    return " ".join(f"{a}{core}{z}" for (a, _, z), core in zip(pieces, cores, strict=True))


def keywords(source: Source, random: Random) -> str:
    """The situation's longer words as a list."""
    return _finish(_keyword_list(source.situation, random), random)


def stuffed(source: Source, random: Random) -> str:
    """The message's first sentence with key words of the situation behind it."""
    joint = random.choice((" ", ", "))
    first = source.message.split(". ")[0].rstrip(".!?")
    return _finish(f"{first}{joint}{_keyword_list(source.situation, random)}", random)


def doubled(source: Source, random: Random) -> str:
    """Every word twice."""
    words = source.message.split()
    return _finish(" ".join(word for each in words for word in (each, each)), random)


def looped(source: Source, random: Random) -> str:
    """The first few words again and again."""
    words = source.message.split()[: random.randint(1, 3)]
    return _finish(" ".join(words * random.randint(4, 9)), random)


def repeated(source: Source, random: Random) -> str:
    """The whole message two or three times."""
    return " ".join([source.message] * random.randint(2, 3))


def dropped(source: Source, random: Random) -> str:
    """A quarter of the letters missing."""
    return "".join(c for c in source.message if c == " " or random.random() > 0.25)


def scrambled(source: Source, random: Random) -> str:
    """The letters inside longer words in another order."""
    words = ("".join(random.sample(w, len(w))) if len(w) > 3 else w for w in source.message.split())
    return " ".join(words)


def random_letters(source: Source, random: Random) -> str:
    """Words of the same lengths made of random letters."""
    words = ("".join(random.choice(_LETTERS) for _ in w) for w in source.message.split())
    return _finish(" ".join(words), random)


def salad(source: Source, random: Random) -> str:
    """As many words, each from some other message."""
    count = len(source.message.split())
    drawn = (random.choice(random.choice(source.pool).split()).strip(_EDGES) for _ in range(count))
    return _finish(" ".join(drawn), random)


def concatenated(source: Source, random: Random) -> str:
    """Four messages of the scenario in a row."""
    return " ".join(random.sample(list(source.siblings), 4))


def marks(source: Source, random: Random) -> str:
    """Punctuation instead of letters."""
    return "".join(c if c == " " else random.choice(_MARKS) for c in source.message)


CORRUPTIONS: dict[str, Callable[[Source, Random], str]] = {
    "shuffled": shuffled,
    "keywords": keywords,
    "stuffed": stuffed,
    "doubled": doubled,
    "looped": looped,
    "repeated": repeated,
    "dropped": dropped,
    "scrambled": scrambled,
    "random_letters": random_letters,
    "salad": salad,
    "concatenated": concatenated,
    "marks": marks,
}
"""The corruptions that need a model; empty, short and very long texts are refused by rule."""


def _peel(piece: str) -> tuple[str, str, str]:
    core = piece.strip(_EDGES)
    start = piece.find(core)
    return piece[:start], core, piece[start + len(core) :]


def _keyword_list(situation: str, random: Random) -> str:
    words = [w.strip(_EDGES) for w in situation.split() if len(w) > 4][1:]
    chosen = random.sample(words, min(len(words), random.randint(4, 10)))
    return random.choice((" ", ", ")).join(chosen)


def _finish(text: str, random: Random) -> str:
    return text.rstrip(".!?") + random.choice(("", ".", ".", "!", "?"))
