"""A fixed embedding of a situation's words: latent semantic analysis, 16 numbers.

TF-IDF of word stems and a truncated singular value decomposition, fitted on the scenarios on which
assistants may train (Deerwester et al. 1990, "Indexing by latent semantic analysis"). It knows only
words that occur there: what is new in another situation is not represented.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from proactive_gym.language.parameters import Arrays, load_parameters
from proactive_gym.language.topic import text_stems

DIMENSIONS = 16


@dataclass(frozen=True, eq=False)
class Embedding:
    """Parameters: `rows` of the V stems, `rarity` (V,), `directions` (V, 16), `centre`, `scale`."""

    rows: dict[str, int]
    rarity: NDArray[np.float32]
    directions: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    def project(self, words: str) -> NDArray[np.float32]:
        """The embedding of `words` before standardisation, (16,)."""
        index = [self.rows[s] for s in dict.fromkeys(text_stems(words)) if s in self.rows]
        rarity = self.rarity[index]
        length = max(float(np.sqrt(np.sum(rarity**2))), 1e-6)
        return np.sum(rarity[:, None] * self.directions[index], axis=0) / np.float32(length)

    def embed(self, words: str) -> NDArray[np.float32]:
        """The embedding of `words`, (16,), each dimension of about unit scale over situations."""
        return (self.project(words) - self.centre) / self.scale


def embed(words: str) -> NDArray[np.float32]:
    """The packaged embedding of any text, float32 (16,).

    Raises:
        DataError: The packaged parameters are missing or broken.
    """
    return _packaged().embed(words)


def situation_embeddings() -> NDArray[np.float32]:
    """The embeddings of all scenarios' situations by scenario code, float32 (240, 16), read-only.

    They are shipped, not computed, so that they are the same on every machine.

    Raises:
        DataError: The packaged parameters are missing or broken.
    """
    return load_parameters()["situation_embeddings"]


def embedding_from(arrays: Arrays) -> Embedding:
    """The embedding stored in `arrays`."""
    return Embedding(
        rows={stem: row for row, stem in enumerate(arrays["embedding_stems"].tolist())},
        rarity=arrays["embedding_rarity"],
        directions=arrays["embedding_directions"].astype(np.float32),
        centre=arrays["embedding_centre"],
        scale=arrays["embedding_scale"],
    )


@cache
def _packaged() -> Embedding:
    return embedding_from(load_parameters())
