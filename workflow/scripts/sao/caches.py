"""Where this build keeps what checkouts share. Needs platformdirs, which Snakemake brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import platformdirs

from sao.errors import BuildError
from sao.locks import take

# Snakemake's own variable; 9.27.1 stops where it is unset.
VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"


# Folders of caches that may be relative; links into them are made in other folders.
FOLDERS = (VARIABLE, "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")


def folder() -> Path:
    """Return the user's cache folder of this build; on Linux below XDG_CACHE_HOME or ~/.cache."""
    return Path(platformdirs.user_cache_dir("stable-audio-executorch"))


def environments_folder() -> Path:
    """Return where conda environments are kept."""
    return folder() / "conda"


def local_cache() -> Path | None:
    """Return the folder of cached results, unless there is none or they are in an object store."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen) if chosen and not _in_a_store(chosen) else None


def in_use(cache: Path) -> Path:
    """Return the file of the lock that each run has a share of: nothing is removed meanwhile."""
    return cache / ".in-use"


def hold(cache: Path, when_taken: Callable[[], None]) -> None:
    """Keep a cache's folder from being pruned until this process ends."""
    with suppress(OSError):  # what cannot be made has nothing in it
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Its descriptor stays open.
    take(in_use(cache), shared=True, when_taken=when_taken)


def use_private_cache() -> None:
    """Set the folder of what rules with `cache: True` made, unless the user did, and make it.

    Relative folders of caches are made absolute, from the working directory; what is in an object
    store (`s3://...`) is left alone. Raises BuildError like `refuse_open_cache`.
    """
    for name in FOLDERS:
        if os.environ.get(name) and not _in_a_store(os.environ[name]):
            os.environ[name] = str(Path(os.environ[name]).expanduser().absolute())
    os.environ[VARIABLE] = os.environ.get(VARIABLE) or str(folder() / "outputs")
    if not _in_a_store(os.environ[VARIABLE]):
        Path(os.environ[VARIABLE]).mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_open_cache()


def refuse_open_cache() -> None:
    """Raise BuildError where others than its user can enter the folder of cached results.

    What derives from the weights is in it, and Snakemake makes the entries writable for all. Who
    may read an object store is said there.
    """
    outputs = local_cache()
    if outputs and outputs.exists() and outputs.stat().st_mode & 0o077:
        raise BuildError(
            f"{outputs} is open to others, and keeps what derives from gated weights: "
            f"chmod 700 {outputs}, or set {VARIABLE} to another folder"
        )


def _in_a_store(place: str) -> bool:
    return "://" in place
