"""Random numbers without state: one stream a person, the same in every batch.

A number is a pure function of (key, purpose, index), so a person's life does not depend on how
many people are simulated beside it, nor on the order of the calls. The mixing function is
SplitMix64's (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").

Normal and Gumbel variates are read from tables of 65,536 equiprobable quantiles instead of being
computed: that is exact to 16 bits and the same on every processor, where vectorised
transcendental functions may differ in the last bit between the body and the tail of an array.

Not for cryptography.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(s) for s in (30, 27, 31, 11))
_TABLE_SIZE = 1 << 16


def _mix(x: Keys) -> Keys:
    """SplitMix64's finaliser, in place on a fresh array."""
    x ^= x >> _S30
    x *= _MIX_1
    x ^= x >> _S27
    x *= _MIX_2
    x ^= x >> _S31
    return x


def derive(keys: ArrayLike, salt: ArrayLike) -> Keys:
    """Child keys: `keys` and `salt` broadcast against each other.

    Args:
        keys: Parent keys, any shape, non-negative integers below 2**64.
        salt: What the child stream is for (a purpose, a session number, an episode number).
    """
    parent = np.asarray(keys, dtype=np.uint64)
    child = np.asarray(salt, dtype=np.uint64)
    with np.errstate(over="ignore"):
        return _mix(_mix(np.atleast_1d(parent + _GAMMA)) + (child + np.uint64(1)) * _GAMMA)


def bits(keys: Keys, count: int) -> Keys:
    """`count` words of 64 random bits for each key: shape `keys.shape + (count,)`."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * _GAMMA
    return _mix(keys[..., None] + steps)


def uniforms(keys: Keys, count: int) -> NDArray[np.float64]:
    """`count` uniforms in [0, 1) for each key: shape `keys.shape + (count,)`."""
    return (bits(keys, count) >> _S11).astype(np.float64) * 2.0**-53


def halfwords(keys: Keys, count: int) -> NDArray[np.uint16]:
    """`count` 16-bit words for each key, four from each 64-bit word."""
    words = np.ascontiguousarray(bits(keys, -(-count // 4)).astype("<u8"))
    return words.view("<u2")[..., :count]


@cache
def _normal_table() -> NDArray[np.float32]:
    return ndtri((np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE).astype(np.float32)


@cache
def _gumbel_table() -> NDArray[np.float32]:
    return -np.log(-np.log((np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE)).astype(np.float32)


def normals(keys: Keys, count: int) -> NDArray[np.float32]:
    """`count` standard normals for each key: shape `keys.shape + (count,)`."""
    return normal_of(halfwords(keys, count))


def normal_of(words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The standard normal variate of each 16-bit word."""
    return _normal_table().take(words)


def gumbel_of(words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The standard Gumbel variate of each 16-bit word.

    The argmax of logits plus these is a draw from the softmax of the logits (the Gumbel-max trick).
    """
    return _gumbel_table().take(words)


def uniform_of(words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The uniform variate of each 16-bit word, the middle of its step in (0, 1)."""
    return (words + np.float32(0.5)) / np.float32(_TABLE_SIZE)
