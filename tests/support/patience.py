"""How long tests wait for what is about to end."""

from __future__ import annotations

import os


def patience(seconds: float) -> float:
    """Return a limit, longer where TEST_PATIENCE says how many times slower the machine is."""
    return seconds * float(os.environ.get("TEST_PATIENCE", "1"))
