"""How far a result is from its reference. Needs numpy."""

from __future__ import annotations

import numpy as np

# Stands for "equal": more than single precision can tell, and unlike infinity it is valid JSON.
EQUAL_DB = 200.0


def snr_db(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Return 10 log10(sum r^2 / sum (r - c)^2) in dB, at most EQUAL_DB.

    It is nan or -inf where any number is not finite.
    """
    reference = reference.astype(np.float64)
    with np.errstate(invalid="ignore"):
        error = np.sum((reference - candidate.astype(np.float64)) ** 2)
    if error == 0:
        return EQUAL_DB
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 10 * np.log10(np.sum(reference**2) / error)
    return float(np.minimum(ratio, EQUAL_DB))


def cosine(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Return the cosine similarity of two arrays of the same shape, flattened.

    It is 1 between zeros, 0 between zeros and others, nan where any number is not finite.
    """
    a = reference.astype(np.float64).ravel()
    b = candidate.astype(np.float64).ravel()
    if not a.any() or not b.any():
        return float(a.any() == b.any())
    with np.errstate(invalid="ignore"):
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
