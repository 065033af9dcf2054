"""Sources that are folders: files that somebody has already got. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from sao.errors import BuildError
from sao.files import atomic, sha256
from sao.hub.lock import mismatch


def pin_folder(
    folder: str, repository: str, files: list[str], licence: str = "unknown", **_: object
) -> dict:
    """Return a lock's source for those of `files` that a folder holds.

    In place of a commit, which nobody can tell from files, it has a hash of names and contents.
    `repository` says where they are from. Raises BuildError where there is no such folder.
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise BuildError(f"{folder}: no such folder; `sources` in the config names it")
    pins = {
        name: {"size": os.path.getsize(place / name), "sha256": sha256(place / name)}
        for name in files
        if (place / name).is_file()
    }
    listing = json.dumps(pins, sort_keys=True).encode()
    return {
        "repository": repository,
        "content": hashlib.sha1(listing, usedforsecurity=False).hexdigest(),
        "gated": False,
        "licence": licence,
        "files": pins,
    }


def link_from_folder(folder: str, source: dict, name: str, target: str) -> None:
    """Link `target` to file `name` of a folder; raise BuildError where it is not the pinned one."""
    file = Path(folder).expanduser().resolve() / name
    if not file.is_file():
        raise BuildError(
            f"{file}: not there; download {name} of {source['repository']} to that folder, or take "
            "`folder` out of the config's `sources` to fetch it from the Hub"
        )
    if difference := mismatch(file, source["files"][name]):
        raise BuildError(f"{file}: {difference}; it is not the file that the lock pins")
    with atomic(target) as path:
        path.symlink_to(file)
