"""The decoder in two pieces: a head over the whole latent, a tail over windows of its output.

The tail's tensors are the largest of all by far. Over a window at a time they stay in the caches,
and memory falls to a fraction. Needs numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

# Samples of the head's output that the tail takes at a time, and how many of them at each end only
# inform the others: as many as the tail reads to each side, which its export checks.
TAIL_WINDOW = 543
TAIL_OVERLAP = 16

# What a piece's `.pte` says of itself beside its shapes, by program.
CONSTANTS = {"autoencoder_tail": {"overlap": TAIL_OVERLAP}}


class PiecewiseDecoder:
    """Latent to audio by a head and a tail, called as the whole decoder is."""

    def __init__(self, head: Callable, tail: Callable, window: int = TAIL_WINDOW) -> None:
        """Take two programs, each from one array to a list of one."""
        self._head, self._tail, self._window = head, tail, window

    def __call__(self, latent: np.ndarray, samples: int | None = None) -> list[np.ndarray]:
        """Return [audio], float32 (2, samples), from latent, float32 (1, 64, N).

        Without `samples`, all of them. What lies behind is not computed.
        """
        (hidden,) = self._head(latent)
        parts = []
        for start, first, last in windows(hidden.shape[2], self._window):
            piece = np.ascontiguousarray(hidden[:, :, start : start + self._window])
            (audio,) = self._tail(piece)
            rate = audio.shape[1] // self._window
            parts.append(audio[:, (first - start) * rate : (last - start) * rate])
            if samples is not None and last * rate >= samples:
                break
        return [np.concatenate(parts, axis=1)[:, :samples]]


def windows(length: int, window: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, first, last) of each window: it begins at `start`, counts from first to last.

    The counted parts lie end to end from 0 to `length`.
    """
    first = 0
    while first < length:
        start = min(max(first - TAIL_OVERLAP, 0), length - window)
        last = length if start + window >= length else start + window - TAIL_OVERLAP
        yield start, first, last
        first = last
