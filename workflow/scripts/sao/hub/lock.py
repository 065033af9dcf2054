"""The lock of a model: which bytes the build starts from. Standard library only.

A lock is JSON, `config/models/<model>.json`:

    {"model": SOURCE, "text_encoder": SOURCE}

where SOURCE is {"repository", "commit" (40 hex digits), "gated" (bool), "licence", and where the
Hub's card has them "licence_name" and "licence_link",
"files": {name: {"size": bytes, "sha256": hex} or {"size": bytes, "git_blob": hex}}}; of files that
came from a folder it has "content" (40 hex digits) in place of the commit.
workflow/schemas/lock.schema.yaml describes every key.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sao.errors import BuildError
from sao.files import git_blob, sha256


def source_name(source: dict) -> str:
    """Return the folder's name under resources/ for a source: its repository without the owner."""
    return source["repository"].rpartition("/")[2]


def revision(source: dict) -> str:
    """Return what stands for a source's files together: a commit, or a hash of the contents."""
    return source.get("commit") or source["content"]


def find_source(lock: dict, name: str) -> dict:
    """Return the source of a lock whose `source_name` is `name`."""
    return next(source for source in lock.values() if source_name(source) == name)


def digest(pin: dict) -> str:
    """Return the hash of a pin: sha256, or git's blob id; the Hub's cache names its files so."""
    return pin.get("sha256") or pin["git_blob"]


def mismatch(path: Path, pin: dict) -> str | None:
    """Return how a file differs from its pin (`expected ..., got ...`), or None."""
    size = os.path.getsize(path)
    if size != pin["size"]:
        return f"expected {pin['size']} bytes, got {size}"
    kind, compute = ("sha256", sha256) if "sha256" in pin else ("git_blob", git_blob)
    got = compute(path)
    return None if got == pin[kind] else f"expected {kind} {pin[kind]}, got {got}"


def check(path: Path, pin: dict) -> None:
    """Raise BuildError where a file is not what its pin says."""
    _refuse(mismatch(path, pin), path)


def copy_pinned(path: Path, pin: dict, target: Path) -> None:
    """Copy a file; raise BuildError where what was copied is not what its pin says."""
    shutil.copyfile(path, target)
    _refuse(mismatch(target, pin), path)


def _refuse(difference: str | None, path: Path) -> None:
    if difference:
        raise BuildError(f"{path}: {difference}; delete it and run again to fetch it anew")
