"""Files that appear whole or not at all, and their hashes. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sao.errors import BuildError

CHUNK = 1 << 20
# What begins so is of a process that writes, or was killed.
SCRATCH = ".writing-"


@contextmanager
def atomic(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a path to write to, and move what was written there to `target` at the end.

    The path has the target's own name, in a new folder beside it: torch.export.save puts the
    file's stem into the archive, and the same name gives the same bytes. On an exception the
    target stays as it was. Works for folders too, where the target does not exist.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # One job writes a target, so what is there already is what a killed one left.
    scratch = target.parent / f"{SCRATCH}{target.name}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        path = scratch / target.name
        yield path
        os.replace(path, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def require_room(target: str | os.PathLike, size: int) -> None:
    """Raise BuildError where the disk has no room for a file of so many bytes as `target`."""
    folder = next(path for path in Path(target).absolute().parents if path.exists())
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BuildError(
            f"{target}: the disk is full, {size / 1e6:.0f} MB are to be written and "
            f"{free / 1e6:.0f} MB free; make room, and run the same command again"
        )


def write_json(target: str | os.PathLike, value: Any) -> None:
    """Write `value` as JSON, keys sorted, so that the same value gives the same bytes."""
    with atomic(target) as path:
        path.write_text(format_json(value))


def format_json(value: Any) -> str:
    """Return `value` as indented JSON, keys sorted, with a final newline.

    Raises ValueError where a number is not finite: JSON has no word for it.
    """
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"


def read_json(path: str | os.PathLike) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text())


def sha256(path: str | os.PathLike) -> str:
    """Return the hex sha256 of a file, in constant memory."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob(path: str | os.PathLike) -> str:
    """Return the id that git gives a file: sha1 of `blob <size>`, a zero byte, and the file."""
    digest = hashlib.sha1(f"blob {os.path.getsize(path)}\0".encode(), usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
