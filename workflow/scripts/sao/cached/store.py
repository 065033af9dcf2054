"""Snakemake's cache of results in a folder, with a record of each entry. Runs in Snakemake itself.

Snakemake's own takes a truncated entry as it is, nests a folder that is stored twice, takes the
permission to run from programs, and fails where the disk is full. The keys are Snakemake's.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import snakemake.workflow
from snakemake.caching.local import OutputFileCache
from snakemake.jobs import Job
from snakemake.logging import logger

from sao.cached.records import (
    LOCK,
    TIMESTAMP,
    fault,
    mark_used,
    record_of,
    remove,
    settle,
    write_record,
)
from sao.files import SCRATCH
from sao.locks import locked

# An output of a job, and its entry.
Pair = tuple[Path, Path]


class RecordedCache(OutputFileCache):
    """Keeps what jobs made, says what is broken of it, and gives only what is not."""

    async def store(self, job: Job) -> None:
        """Store what a job made and link to it, or leave it where it is if there is no room."""
        pairs = await self.get_outputfiles_and_cachefiles(job)
        try:
            self._store(pairs)
        except OSError as error:
            why = error.strerror
            if isinstance(error, shutil.Error):  # of a folder: each file's, as text
                why = error.args[0][0][-1].partition(":")[0]
            kept = " ".join(str(output) for output, _ in pairs)
            logger.warning(f"{self.path}: {why}: {kept}: kept in this checkout, not in the cache")

    async def fetch(self, job: Job) -> None:
        """Link to what is stored of a job, or have it made: all of it is read first."""
        pairs = await self.get_outputfiles_and_cachefiles(job)
        # Without the lock: jobs that look for their entries at once do not wait for each other.
        whole = {entry for _, entry in pairs if fault(entry, thorough=True) is None}
        with locked(self.path / LOCK):
            # Of what is whole, only what has been written to since is read again.
            broken = [entry for _, entry in pairs if self._removed(entry, entry not in whole)]
            if broken or not all(entry.exists() for _, entry in pairs):
                self.raise_cache_miss_exception(job)
            for output, entry in pairs:
                link(output, entry)
                mark_used(entry)

    async def exists(self, job: Job) -> bool:
        """Return whether what a job makes is stored; for a dry run, which changes nothing."""
        pairs = await self.get_outputfiles_and_cachefiles(job)
        return not any(fault(entry) for _, entry in pairs)

    def _store(self, pairs: list[Pair]) -> None:
        with TemporaryDirectory(dir=self.path, prefix=SCRATCH) as scratch:
            copies = [Path(scratch, entry.name) for _, entry in pairs]
            for (output, _), copy in zip(pairs, copies, strict=True):
                copy_or_link(output, copy)
                write_record(copy, str(output))
            with locked(self.path / LOCK):
                # Of two builds that made the same, the first one's is kept: all of it.
                if any(fault(entry, thorough=True) for _, entry in pairs):
                    for (_, entry), copy in zip(pairs, copies, strict=True):
                        put(copy, entry)
                for output, entry in pairs:
                    link(output, entry)
                    settle(entry)

    def _removed(self, entry: Path, thorough: bool) -> bool:
        """Remove an entry that is there and broken, and say so; return whether it was."""
        why = entry.exists() and fault(entry, thorough)
        if why:
            logger.warning(f"{entry}: {why}: not used, and made anew")
            with suppress(OSError):  # read only: what is made anew stays in the checkout
                remove(entry)
        return bool(why)


def use_recorded_cache() -> None:
    """Have Snakemake, which has no setting for it, make this its cache in a folder."""
    snakemake.workflow.LocalOutputFileCache = RecordedCache


def put(copy: Path, entry: Path) -> None:
    """Move a copy, with its record, to where its entry belongs."""
    remove(entry)
    os.replace(copy, entry)
    # The last: what has a record is whole.
    os.replace(record_of(copy), record_of(entry))


def copy_or_link(source: Path, target: Path) -> None:
    """Have a file or folder at `target` too, by hard links where both are on one file system."""
    if source.is_dir():
        ignored = shutil.ignore_patterns(TIMESTAMP)
        shutil.copytree(source, target, copy_function=_file, ignore=ignored)
    else:
        _file(source, target)


def _file(source: str | os.PathLike, target: str | os.PathLike) -> None:
    try:
        os.link(os.path.realpath(source), target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def link(output: Path, entry: Path) -> None:
    """Have a link to an entry in the place of an output, a file or a folder.

    What was made is moved away last, and back where there is no room for the link.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent, prefix=SCRATCH) as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        new.symlink_to(entry)
        if output.is_dir() and not output.is_symlink():
            os.replace(output, old)
        try:
            os.replace(new, output)
        except OSError:
            if old.exists():
                os.replace(old, output)
            raise
