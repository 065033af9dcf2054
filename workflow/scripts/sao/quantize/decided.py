"""Reading what was decided of a program's precision. Standard library only."""

from __future__ import annotations

import os

from sao.errors import BuildError
from sao.files import read_json, sha256


def read_precision(path: str | os.PathLike, weights: str | os.PathLike) -> dict:
    """Return what was decided; raise BuildError where it was of other weights."""
    precision = read_json(path)
    if precision["weights_sha256"] != sha256(weights):
        raise BuildError(
            f"{path}: decided for other weights than {weights}; take the file away to have it "
            "decided anew"
        )
    return precision
