"""A bundle's hashes and its archive, the same bytes from the same files. Standard library only."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sao.files import atomic, sha256

# In the form of the command sha256sum; audiogen reads it too.
SUMS = "SHA256SUMS"
# What is to be started.
PROGRAM = "audiogen"


def bundle_files(folder: Path) -> list[str]:
    """Return the names of a bundle's files below its folder, sorted, without hidden ones."""
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(str(name) for name in names if not str(name).startswith("."))


def write_sums(folder: Path, known: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Write the SHA256SUMS of a bundle's files, once all others are there.

    `known` has the sha256 of those that were read before, by name.
    """
    known = known or {}
    names = [name for name in bundle_files(folder) if name != SUMS]
    sums = {n: known[n]["sha256"] if n in known else sha256(folder / n) for n in names}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))


def write_archive(folder: Path, name: str, target: str) -> None:
    """Write a bundle's files as a tar whose one folder is `name`: no time, no owner in it."""
    with atomic(target) as path, tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for file in bundle_files(folder):
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = (folder / file).stat().st_size
            member.mode = 0o755 if Path(file).name == PROGRAM else 0o644
            with open(folder / file, "rb") as content:
                archive.addfile(member, content)
