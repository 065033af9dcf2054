"""What a checkout's links lead to, looked at when a run starts. Standard library only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sao.cached.records import LOCK, fault, mark_used, record_of, remove
from sao.locks import locked

# Where rules make what is cached.
FOLDERS = ("results", "resources")


def drop_broken(cache: Path, dry_run: bool) -> list[str]:
    """Remove entries of a cache that this checkout links to and that are broken; return lines.

    The links go too, and those to entries that are gone: the run makes anew what it needs of them,
    while a link to nothing stops Snakemake. An entry without a record is left: whoever stored it
    had none. A dry run only says what it finds.
    """
    links: dict[Path, list[str]] = defaultdict(list)
    for path in (path for folder in FOLDERS for path in _links_in(folder)):
        entry = Path(os.readlink(path))
        if entry.parent == cache:
            links[entry].append(path)
    lines, gone = [], 0
    for entry, paths in links.items():
        there = entry.exists()
        # Of one without a record nothing is known.
        why = fault(entry) if record_of(entry).exists() or not there else None
        if why is None:
            if not dry_run:
                mark_used(entry)
        elif dry_run or _drop(entry, paths):
            gone += not there
            if there:
                lines.append(f"{paths[0]}: in the cache {why}: to be made anew where it is needed")
    if gone:
        lines.append(f"{gone} results are gone from {cache}: to be made anew where they are needed")
    return lines


def _drop(entry: Path, links: list[str]) -> bool:
    """Remove a broken entry and the links to it, unless another run has mended it meanwhile."""
    with locked(entry.parent / LOCK):
        if not fault(entry):
            return False
        with suppress(OSError):  # where the cache is read only
            remove(entry)
    for path in links:
        os.unlink(path)
    return True


def _links_in(folder: str) -> Iterator[str]:
    try:
        found = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for each in found:
        if each.is_symlink():
            yield each.path
        elif each.is_dir(follow_symlinks=False):
            yield from _links_in(each.path)
