"""The folder that a run works in: whether it can, and who else does. Standard library only.

Snakemake's own lock cannot tell a build that runs from one that was killed. Beside it lies a file
that names the process that builds here, locked by flock for as long as that process is there.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from sao.errors import BuildError, in_one_line, is_no_room
from sao.locks import take

STATE = Path(".snakemake")
# Snakemake needs it in a dry run too.
LOCKS = STATE / "locks"
RUNNING = STATE / "running"


class _TakenError(Exception):
    """Another process holds the lock."""


def use_working_folder(dry_run: bool, unlock: bool) -> None:
    """Name this process as the one that builds here, until it ends; a dry run does not.

    Where another one does already, Snakemake's lock stops this run. Raises BuildError where nothing
    can be written here, or that lock is to be removed (`unlock`) while the other one runs.
    """
    try:
        LOCKS.mkdir(parents=True, exist_ok=True)
        if dry_run:
            return
        RUNNING.touch()
        descriptor = take(RUNNING, when_taken=_refuse)
        if descriptor is not None:  # it stays open
            os.truncate(descriptor, 0)
            os.write(descriptor, _this_process().encode())
    except _TakenError:
        if unlock:
            raise BuildError(f"{other_build()} builds in {Path.cwd()}: not unlocked") from None
    except OSError as error:
        if is_no_room(error):
            raise BuildError(in_one_line(error)) from None
        raise BuildError(
            f"{Path.cwd()}: nothing can be written here ({error.strerror}): work in another "
            "folder, by `--directory FOLDER` before the same arguments, or make this one writable"
        ) from None


def other_build() -> str | None:
    """Return which other process builds here; None, where none was there when this one began."""
    try:
        named = RUNNING.read_text()
    except OSError:
        return None
    return named if named and named != _this_process() else None


def _refuse() -> None:
    raise _TakenError


def _this_process() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
