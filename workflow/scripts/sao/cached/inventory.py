"""What the caches hold: each result and each environment, its size and when it was last used."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sao.cached.records import DAY, ENDING, record_of, remove
from sao.files import SCRATCH

# What Snakemake names entries and environments by: hashes. Nothing else is ever removed.
ENTRY = re.compile(r"[0-9a-f]{64}([._].*)?")
ENVIRONMENT = re.compile(r"[0-9a-f]{32}_?")
FLAG = ".env_setup_done"


@dataclass(frozen=True)
class Kept:
    """A result or an environment."""

    path: Path
    what: str  # for a person
    size: int  # bytes on the disk, without those of files that one before it has too
    used: float

    @property
    def days(self) -> float:
        """For how long it was not used."""
        return max(0.0, time.time() - self.used) / DAY


def results(cache: Path) -> list[Kept]:
    """Return what the cache of results holds."""
    counted: set[tuple[int, int]] = set()
    return [
        Kept(path, _made_as(path), _size(path, counted), _mtime(record_of(path), path))
        for path in _named(cache, ENTRY)
        if not path.name.endswith(ENDING)
    ]


def environments(folder: Path) -> list[Kept]:
    """Return the conda environments; files that they share are counted once."""
    counted: set[tuple[int, int]] = set()
    return [
        Kept(path, _purpose(path), _size(path, counted), _mtime(_beside(path, FLAG), path))
        for path in _named(folder, ENVIRONMENT)
        if path.is_dir()
    ]


def to_remove(kept: list[Kept], older_than: float | None, at_most: int | None) -> list[Kept]:
    """Return what was not used for so many days, and what is too much, the longest unused first."""
    chosen = [each for each in kept if older_than is not None and each.days > older_than]
    left = sum(each.size for each in kept) - sum(each.size for each in chosen)
    for each in sorted(kept, key=lambda each: each.used):
        if at_most is not None and left > at_most and each not in chosen:
            chosen.append(each)
            left -= each.size
    return chosen


def drop(kept: Kept) -> None:
    """Remove a result with its record, or an environment with what lies beside it."""
    if ENTRY.fullmatch(kept.path.name):
        remove(kept.path)
        return
    # First what says that it is whole.
    _beside(kept.path, FLAG).unlink(missing_ok=True)
    shutil.rmtree(kept.path)
    for path in kept.path.parent.glob(f"{kept.path.name}.*"):
        path.unlink()


def drop_scratch(cache: Path) -> None:
    """Remove what killed runs left half written."""
    for path in cache.glob(f"{SCRATCH}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _named(folder: Path, name: re.Pattern) -> Iterator[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return (path for path in found if name.fullmatch(path.name) and not path.is_symlink())


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _made_as(entry: Path) -> str:
    try:
        return json.loads(record_of(entry).read_text())["made_as"]
    except (OSError, ValueError, LookupError, TypeError):
        return "(stored without a record)"


def _purpose(environment: Path) -> str:
    """Return what an environment's file says in its first comment."""
    if not _beside(environment, FLAG).exists():
        return "(half made)"
    try:
        first = _beside(environment, ".yaml").read_text().partition("\n")[0]
    except OSError:
        first = ""
    return first.lstrip("# ") if first.startswith("#") else ""


def _mtime(first: Path, otherwise: Path) -> float:
    return (first if first.exists() else otherwise).stat().st_mtime


def _size(path: Path, counted: set[tuple[int, int]]) -> int:
    files = [str(path)]
    if path.is_dir():
        files = [os.path.join(place, name) for place, _, names in os.walk(path) for name in names]
    total = 0
    for status in map(os.lstat, files):
        if (status.st_dev, status.st_ino) not in counted:
            counted.add((status.st_dev, status.st_ino))
            total += status.st_blocks * 512
    return total
