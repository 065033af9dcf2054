"""What a checkout's links lead to, looked at when a run starts. Standard library only."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from sao.cached.records import LOCK, TIMESTAMP, fault, links_in, mark_used, record_of, remove
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
    for path in (path for folder in FOLDERS for path in links_in(folder)):
        to = os.readlink(path)
        if to.startswith(f"{cache}/"):
            links[cache / Path(to).relative_to(cache).parts[0]].append(path)
    lines = []
    for entry, paths in links.items():
        why = (record_of(entry).exists() or not entry.exists()) and fault(entry)
        if why and (dry_run or _drop(entry, paths)):
            lines.append(f"{paths[0]}: in the cache {why}: to be made anew where it is needed")
        elif not dry_run:
            mark_used(entry)
    return lines


def _drop(entry: Path, links: list[str]) -> bool:
    """Remove a broken entry and the links to it, unless another run has mended it meanwhile."""
    with locked(entry.parent / LOCK):
        if not fault(entry):
            return False
        remove(entry)
    for path in links:
        inside = Path(os.readlink(path)).relative_to(entry).parts
        os.unlink(path)
        for folder in Path(path).parents[: len(inside)]:
            _remove_empty(folder)
    return True


def _remove_empty(folder: Path) -> None:
    """Remove a folder of links when the last is gone: it is the result, and to be missing."""
    if {path.name for path in folder.iterdir()} <= {TIMESTAMP}:
        (folder / TIMESTAMP).unlink(missing_ok=True)
        folder.rmdir()
