"""Locks between processes. Standard library only.

By flock, which the kernel takes back however the holder ends, so that none is ever left behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def nothing() -> None:
    """Do nothing."""


@contextmanager
def locked(
    file: Path, shared: bool = False, when_taken: Callable[[], None] = nothing
) -> Iterator[None]:
    """Hold a lock on a file, which is made where it is not there, and calls of this wait for it.

    `when_taken` is called before it waits; what it raises is raised. A folder that cannot be
    written to, and a file system without locks, have none: nothing is written there, or renames
    have to do.
    """
    descriptor = take(file, shared, when_taken)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def take(file: Path, shared: bool = False, when_taken: Callable[[], None] = nothing) -> int | None:
    """Take the lock for as long as the descriptor that is returned is open; see `locked`."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            when_taken()
            fcntl.flock(descriptor, kind)
        except BaseException:
            os.close(descriptor)
            raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
