"""Has Snakemake see that a source changed though its time is old. Runs in Snakemake itself.

Snakemake compares the contents of those files only that are newer than what was made of them. Where
a checkout is brought up to date with the times of another (`rsync -a`, `tar`), a changed file may
be older: results of the text before would stay, and what is made of them be kept in the cache as
the new text's.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from snakemake.logging import logger
from snakemake.persistence import PersistenceBase

from sao.files import sha256

ALGORITHM = "sha256:"


def notice_old_changes() -> None:
    """Have Snakemake compare each source that no job makes with what a result was made of."""
    of_names = PersistenceBase._input_changed

    def input_changed(self: PersistenceBase, job: Any, file: str | None = None) -> bool:
        return of_names(self, job, file) or _is_of_others(self, job, file)

    PersistenceBase._input_changed = input_changed


def _is_of_others(persistence: PersistenceBase, job: Any, result: str | None) -> bool:
    """Return whether a job's result was made of sources of other contents, and name them."""
    record = persistence.metadata(result)
    then = (record and record.input_checksums) or {}
    made = {path for paths in job.dag.dependencies[job].values() for path in paths}
    sources = {str(path) for path in job.input if path not in made and not path.is_storage}
    changed = sorted(path for path in sources & then.keys() if _differs(path, then[path]))
    for path in changed:
        _name(path)
    return bool(changed)


def _differs(path: str, then: str | None) -> bool:
    if not then or not then.startswith(ALGORITHM) or not os.path.isfile(path):
        return False
    return then != ALGORITHM + _hash(path)


@functools.cache
def _hash(path: str) -> str:
    return sha256(path)


@functools.cache
def _name(path: str) -> None:
    logger.info(f"{path}: changed, though it is older than what was made of it")
