"""Where Snakemake keeps what rules with `cache: True` made. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

# Snakemake's own variable; 9.27.1 stops where it is unset.
VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"
DEFAULT = "~/.cache/stable-audio-executorch/outputs"


def use_private_cache() -> None:
    """Set the cache's folder unless the user did, and make it one that only the user can enter.

    Snakemake makes the entries writable for all, so it is the folder that keeps others out. One
    that is there already keeps the rights that somebody gave it.
    """
    folder = Path(os.environ.setdefault(VARIABLE, str(Path(DEFAULT).expanduser())))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
