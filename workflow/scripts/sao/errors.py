"""What a person is meant to read of an error. Standard library only."""

from __future__ import annotations

import errno

# How libraries say it; torch and safetensors have no types for either.
NO_ROOM = ("No space left on device", "Disk quota exceeded")
NO_MEMORY = ("can't allocate memory", "Cannot allocate memory", "bad_alloc")
# What helps where memory runs out.
FEWER_JOBS = "fewer jobs at once (--cores, or --resources mem_mb=<MB>) leave more for each"


class BuildError(Exception):
    """A stage cannot go on. The message is one line: what, where, what to do next."""


def in_one_line(error: Exception) -> str:
    """Return an error as one line: a BuildError's message; of others their type and first line.

    Where disk or memory ran out it begins with that, and with what to do.
    """
    if isinstance(error, BuildError):
        return str(error)
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    if is_no_room(error):
        return disk_full(said)
    if isinstance(error, MemoryError) or _says(error, NO_MEMORY):
        return f"memory ran out; {FEWER_JOBS} ({said})"
    return said


def disk_full(said: str) -> str:
    """Return what a person is told where the disk is full; `said` is what the system did."""
    return f"the disk is full; make room, and run the same command again ({said})"


def is_no_room(error: Exception) -> bool:
    """Return whether an error is of a disk that is full, or of a quota that is used up."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    return full or _says(error, NO_ROOM)


def _says(error: Exception, texts: tuple[str, ...]) -> bool:
    return any(text in str(error) for text in texts)
