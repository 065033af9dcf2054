"""What each cached result was when it was stored, to notice one that is not. Standard library only.

Beside an entry, a file or a folder, lies `<entry>.record`: what it was made as, and of each file in
it the sha256, size and times. Its own time is when the entry was last used. Who looks at an entry
reads only those files whose size or times are others than then; the time of a file's last change
(ctime) no program can set, so a file that was written to is always read.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sao.errors import BuildError
from sao.files import SCRATCH, sha256
from sao.locks import locked

DAY = 86400.0
# No ending of a result.
ENDING = ".record"
# Snakemake puts it into each folder that a rule makes.
TIMESTAMP = ".snakemake_timestamp"
# The one lock of a cache's folder, for what changes an entry.
LOCK = ".lock"


def record_of(entry: Path) -> Path:
    """Return where an entry's record is."""
    return entry.with_name(entry.name + ENDING)


def write_record(entry: Path, made_as: str) -> None:
    """Write the record of an entry as it is now, which a job made under the name `made_as`."""
    files = _files(entry)
    looks = {name: _look(path) for name, path in files.items()}
    hashed = {name: [sha256(files[name]), *look] for name, look in looks.items()}
    _write(entry, {"made_as": made_as, "files": hashed})


def mark_used(entry: Path) -> None:
    """Note that an entry is used now; to the day is enough."""
    with suppress(OSError):  # where the cache is read only
        if time.time() - record_of(entry).stat().st_mtime > DAY:
            os.utime(record_of(entry))


def settle(entry: Path) -> None:
    """Take the times of a record anew after a rename or a lost hard link, which are no change.

    A file that was written to since its hash was taken has another size or time of writing.
    """
    record = json.loads(record_of(entry).read_text())
    then = record["files"]
    looks = {name: _look(path) for name, path in _files(entry).items()}
    if looks.keys() == then.keys() and all(then[n][1:3] == look[:2] for n, look in looks.items()):
        _renew(entry, record, looks)


def fault(entry: Path, thorough: bool = False) -> str | None:
    """Return in a few words why an entry is not what was stored, or None: it is.

    Thorough, all is read, for what a disk may have lost without a word.
    """
    if not entry.exists():
        return "it is missing"
    try:
        record = json.loads(record_of(entry).read_text())
        then = record["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return "it has no record of its hash"
    files = _files(entry)
    if files.keys() != then.keys():
        return "files of it are missing or were added"
    looks = {name: _look(path) for name, path in files.items()}
    to_read = [name for name in files if thorough or looks[name] != then[name][1:]]
    for name in to_read:
        size = then[name][1]
        if looks[name][0] != size:
            return f"it has {looks[name][0]} bytes in place of {size}"
        if sha256(files[name]) != then[name][0]:
            return "its content is another one"
    if any(looks[name] != then[name][1:] for name in files):
        with suppress(OSError):  # where the cache is read only
            _renew(entry, record, looks)
    return None


def entry_of(path: str) -> Path | None:
    """Return the recorded entry of a cache that a result is a link to, if it is."""
    entry = Path(os.readlink(path)) if os.path.islink(path) else None
    return entry if entry and record_of(entry).exists() else None


def check_inputs(paths: Iterable[str]) -> None:
    """Raise BuildError where an input is gone, or not what the cache stored: removed there then.

    What a run looked at when it started may have been broken since.
    """
    for path in paths:
        entry = entry_of(path)
        if entry is None and not os.path.exists(path):
            raise BuildError(f"{path}: gone since this run began; the same command makes it anew")
        why = fault(entry) if entry else None
        if entry and why:
            with locked(entry.parent / LOCK), suppress(OSError):
                remove(entry)
            raise BuildError(
                f"{path}: in the cache {why}: removed there; the same command makes it anew"
            )


def remove(entry: Path) -> None:
    """Remove an entry and its record, if they are there; at no moment a part has a record."""
    record_of(entry).unlink(missing_ok=True)
    if not entry.is_dir():
        entry.unlink(missing_ok=True)
        return
    # A rename, so that no other process sees a half of it.
    with tempfile.TemporaryDirectory(dir=entry.parent, prefix=SCRATCH) as scratch:
        os.replace(entry, Path(scratch, entry.name))


def _files(entry: Path) -> dict[str, Path]:
    """Return an entry's files by their paths in it; a file's own is `.`."""
    if not entry.is_dir():
        return {".": entry}
    found = (path for path in entry.rglob("*") if path.is_file() and path.name != TIMESTAMP)
    return {str(path.relative_to(entry)): path for path in sorted(found)}


def _look(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _renew(entry: Path, record: dict[str, Any], looks: dict[str, list[int]]) -> None:
    """Write a record with its hashes and these sizes and times."""
    files = {name: [record["files"][name][0], *look] for name, look in looks.items()}
    _write(entry, record | {"files": files})


def _write(entry: Path, record: dict[str, Any]) -> None:
    descriptor, scratch = tempfile.mkstemp(dir=entry.parent, prefix=SCRATCH)
    try:
        with open(descriptor, "w") as file:
            json.dump(record, file)
        os.replace(scratch, record_of(entry))
    except OSError:
        os.unlink(scratch)
        raise
