"""Writing a lock that can be built from. Needs what sao.hub.lock_schema needs."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TextIO

from sao.errors import BuildError
from sao.files import format_json, write_json
from sao.hub.lock import digest, revision
from sao.hub.lock_schema import check_lock


def write_lock(
    target: str,
    lock: dict,
    schema: str | os.PathLike,
    replace: bool,
    command: str,
    terminal: TextIO,
) -> None:
    """Write a lock and show what it pins, or how it differs from the one that is there.

    Raises BuildError, and writes nothing, where no build can start from it, or where it differs
    and `replace` is not set; `command` is the one that makes it.
    """
    check_lock(lock, schema, f"{target} was not written: what was resolved cannot be built from")
    new = format_json(lock)
    old = Path(target).read_text() if Path(target).exists() else None
    print(listing(lock) if old is None else _difference(target, old, new), file=terminal)
    if old is not None and old != new and not replace:
        raise BuildError(
            f"{target} differs from what was resolved now (above); "
            f"to take it: {command} --config replace_lock=True"
        )
    if old != new:
        write_json(target, lock)
        print(
            f"{target} decides from now on which bytes this build trusts: read it and commit it",
            file=terminal,
        )
    terminal.flush()


def listing(lock: dict) -> str:
    """Return what a lock pins, a line for each file."""
    lines = []
    for source in lock.values():
        kind = "commit" if "commit" in source else "content"
        lines.append(f"{source['repository']}, {kind} {revision(source)}")
        lines += [
            f"  {name}: {pin['size']:,} bytes, {'sha256' if 'sha256' in pin else 'git blob'} "
            f"{digest(pin)}"
            for name, pin in source["files"].items()
        ]
    return "\n".join(lines)


def _difference(target: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), target, "resolved now"
    )
    return "".join(lines) or f"{target}: nothing changed"
