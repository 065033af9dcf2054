"""What no score may pass over: numbers that are not finite. Needs numpy."""

from __future__ import annotations

import numpy as np

from sao.errors import BuildError


def require_finite(values: np.ndarray, name: str, where: str) -> None:
    """Raise BuildError where an array of any shape and dtype holds a NaN or an infinity."""
    broken = values.size - int(np.isfinite(values).sum())
    if broken:
        raise BuildError(
            f"{where}: {name} has numbers that are not finite ({broken} of {values.size}); "
            "choose another scheme, or if it is fp32 report it: the weights or a rewrite are broken"
        )
