"""The autoencoder in pieces. Needs numpy.

The decoder is a head over the whole latent and a tail over windows of its output; the encoder runs
over windows of the sound. Their tensors are the largest of all by far: over a window at a time they
stay in the caches, and memory falls to a fraction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

# Samples of the head's output that the tail takes at a time, and how many of them at each end only
# inform the others: as many as the tail reads to each side, which its export checks.
TAIL_WINDOW = 543
TAIL_OVERLAP = 16

# The same of the encoder, in steps of the latent: four windows are a sound of 256.
ENCODER_WINDOW = 76
ENCODER_OVERLAP = 8

# What a piece's `.pte` says of itself beside its shapes, by program.
CONSTANTS = {
    "autoencoder_tail": {"overlap": TAIL_OVERLAP},
    "autoencoder_encoder": {"overlap": ENCODER_OVERLAP},
}


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
        for start, first, last in windows(hidden.shape[2], self._window, TAIL_OVERLAP):
            piece = np.ascontiguousarray(hidden[:, :, start : start + self._window])
            (audio,) = self._tail(piece)
            rate = audio.shape[1] // self._window
            parts.append(audio[:, (first - start) * rate : (last - start) * rate])
            if samples is not None and last * rate >= samples:
                break
        return [np.concatenate(parts, axis=1)[:, :samples]]


class PiecewiseEncoder:
    """Audio to mean and scale by an encoder of windows, called as one of the whole sound is."""

    def __init__(
        self, encoder: Callable, samples: int, rate: int, overlap: int = ENCODER_OVERLAP
    ) -> None:
        """Take a program of `samples` samples, of which `rate` make a step of the latent."""
        self._encoder, self._samples, self._rate = encoder, samples, rate
        self._overlap = overlap

    def __call__(self, audio: np.ndarray) -> list[np.ndarray]:
        """Return [mean, scale], float32 (1, 64, N) each, from audio, float32 (2, N * rate)."""
        length, window = audio.shape[1] // self._rate, self._samples // self._rate
        parts = []
        for start, first, last in windows(length, window, self._overlap):
            begin = start * self._rate
            piece = np.ascontiguousarray(audio[:, begin : begin + self._samples])
            parts.append([x[..., first - start : last - start] for x in self._encoder(piece)])
        return [np.concatenate(outputs, axis=2) for outputs in zip(*parts, strict=True)]


def windows(length: int, window: int, overlap: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, first, last) of each window: it begins at `start`, counts from first to last.

    The counted parts lie end to end from 0 to `length`, each `overlap` from its window's ends.
    """
    first = 0
    while first < length:
        start = min(max(first - overlap, 0), length - window)
        last = length if start + window >= length else start + window - overlap
        yield start, first, last
        first = last
