"""Counter-based random numbers: uniform numbers that depend only on (seed, epoch, picture, draw).

A counter is hashed by the finaliser of SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
NumPy's uint64 wraps around by definition; torch has no unsigned shift.
"""

import numpy as np
from numpy.typing import NDArray

GOLDEN = 0x9E3779B97F4A7C15
WORD = 0xFFFF_FFFF_FFFF_FFFF


def scramble(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash 64-bit words bijectively, so that every bit of the result depends on every bit of the argument."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def key(*numbers: int) -> int:
    """Combine several integers, in order, into one 64-bit word."""
    state = np.zeros(1, np.uint64)
    for number in numbers:
        state = scramble(state + np.uint64(number & WORD) + np.uint64(GOLDEN))
    return int(state[0])


def uniforms(start: int, num_pictures: int, num_draws: int) -> NDArray[np.float32]:
    """Return numbers 0 <= x < 1, float32 [num_pictures, num_draws], for the key ``start``; 24 bits each."""
    pictures = scramble(np.uint64(start) + np.arange(num_pictures, dtype=np.uint64))
    steps = np.arange(1, num_draws + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    words = scramble(pictures[:, None] + steps)
    return (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)
