"""What a checkout's links lead to, looked at when a run starts. Standard library only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sao.cached.records import LOCK, fault, mark_used, record_of, remove
from sao.locks import locked

# Where rules make what is cached.
FOLDERS = ("results", "resources")


@dataclass(frozen=True)
class Broken:
    """An entry that is not what was stored, or gone, and the links to it."""

    entry: Path
    links: list[str]
    why: str
    gone: bool


def look(cache: Path) -> tuple[list[Path], list[Broken]]:
    """Return which entries of a cache this checkout links to: those that are whole, and the others.

    An entry without a record is taken for whole: whoever stored it had none.
    """
    links: dict[Path, list[str]] = defaultdict(list)
    for path in (path for folder in FOLDERS for path in _links_in(folder)):
        entry = Path(os.readlink(path))
        if entry.parent == cache:
            links[entry].append(path)
    whole, broken = [], []
    for entry, paths in links.items():
        there = entry.exists()
        why = fault(entry) if record_of(entry).exists() or not there else None
        if why is None:
            whole.append(entry)
        else:
            broken.append(Broken(entry, paths, why, not there))
    return whole, broken


def lines(cache: Path, found: list[Broken]) -> list[str]:
    """Return what a person is told of entries: a line for each that is there."""
    gone = sum(each.gone for each in found)
    said = [
        f"{each.links[0]}: in the cache {each.why}: to be made anew where it is needed"
        for each in found
        if not each.gone
    ]
    if gone:
        said.append(f"{gone} results are gone from {cache}: to be made anew where they are needed")
    return said


def drop(whole: list[Path], broken: list[Broken]) -> list[Broken]:
    """Remove broken entries and the links to them, and note that the others are used.

    Returns those that were removed: not one that another run has mended meanwhile.
    """
    for entry in whole:
        mark_used(entry)
    return [each for each in broken if _dropped(each)]


def _dropped(broken: Broken) -> bool:
    with locked(broken.entry.parent / LOCK):
        if not fault(broken.entry):
            return False
        with suppress(OSError):  # where the cache is read only
            remove(broken.entry)
    for path in broken.links:
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
