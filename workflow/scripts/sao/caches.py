"""Where this build keeps what checkouts share. Needs platformdirs, which Snakemake brings."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

# Snakemake's own variable; 9.27.1 stops where it is unset.
VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"


def folder() -> Path:
    """Return the user's cache folder of this build; on Linux below XDG_CACHE_HOME or ~/.cache."""
    return Path(platformdirs.user_cache_dir("stable-audio-executorch"))


def environments_folder() -> Path:
    """Return where conda environments are kept."""
    return folder() / "conda"


def use_private_cache() -> None:
    """Set the folder of what rules with `cache: True` made, unless the user did, and make it.

    Only its user can enter it: Snakemake makes the entries writable for all. One that is there
    already keeps the rights that somebody gave it.
    """
    outputs = Path(os.environ.setdefault(VARIABLE, str(folder() / "outputs")))
    outputs.mkdir(parents=True, exist_ok=True, mode=0o700)
