"""Gaussian noise that a C++ program reproduces. Needs numpy."""

from __future__ import annotations

import math

import numpy as np


class Noise:
    """Standard normal float32 numbers from a 32-bit seed.

    The bits come from MT19937 (Matsumoto and Nishimura, 1998), seeded as C++'s std::mt19937;
    two draws make a pair of numbers by the Box-Muller transform (Box and Muller, 1958), in
    double precision: r = sqrt(-2 ln u1), (r cos 2 pi u2, r sin 2 pi u2), where
    u1 = (a + 1) / 2^32 and u2 = b / 2^32 for draws a and b.
    """

    def __init__(self, seed: int) -> None:
        """Start the sequence of `seed`, 0 to 2**32 - 1."""
        self._bits = np.random.RandomState(seed)

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the next numbers, float32, in `shape`; an odd count drops the last of a pair."""
        count = math.prod(shape)
        pairs = (count + 1) // 2
        draws = self._bits.randint(0, 2**32, size=2 * pairs, dtype=np.uint32).astype(np.float64)
        radius = np.sqrt(-2.0 * np.log((draws[0::2] + 1.0) / 2.0**32))
        angle = 2.0 * np.pi * (draws[1::2] / 2.0**32)
        values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return values.reshape(-1)[:count].astype(np.float32).reshape(shape)
