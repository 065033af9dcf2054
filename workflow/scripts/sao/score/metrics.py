"""How far a result is from its reference. Needs numpy."""

from __future__ import annotations

import numpy as np

# Stands for "equal": more than single precision can tell, and unlike infinity it is valid JSON.
EQUAL_DB = 200.0


def snr_db(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Return 10 log10(sum r^2 / sum (r - c)^2) in dB, at most EQUAL_DB; nan where any is nan."""
    reference = reference.astype(np.float64)
    error = np.sum((reference - candidate.astype(np.float64)) ** 2)
    if error == 0:
        return EQUAL_DB
    with np.errstate(divide="ignore"):
        ratio = 10 * np.log10(np.sum(reference**2) / error)
    return float(np.minimum(ratio, EQUAL_DB))


def cosine(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Return the cosine similarity of two arrays of the same shape, flattened; nan for zeros."""
    a = reference.astype(np.float64).ravel()
    b = candidate.astype(np.float64).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
