"""What static quantization sees of the activations. Needs numpy."""

from __future__ import annotations

import numpy as np

from sao.generate.pieces import TAIL_WINDOW

# Windows of each generation, the first of them at its beginning.
WINDOWS = 5


def some_windows(hidden: np.ndarray, window: int = TAIL_WINDOW) -> list[np.ndarray]:
    """Return windows, float32 (1, C, window), evenly spaced over hidden, float32 (1, C, T)."""
    starts = np.linspace(0, hidden.shape[2] - window, WINDOWS).astype(int)
    return [np.ascontiguousarray(hidden[:, :, start : start + window]) for start in starts]
