"""Has Snakemake take what is broken in the cache for missing. Runs in Snakemake itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakemake.io import ExistsDict
from snakemake.logging import logger

from sao.cached.links import drop, lines, look


def take_broken_for_missing(workflow: Any, cache: Path) -> set[str]:
    """Have a Snakemake workflow make anew the results that lead to broken entries of a cache.

    A run removes them first, entries and links. What only looks at the workflow (a dry run,
    `--summary`, `--unlock`, ...) removes nothing: there they are hidden from Snakemake, which
    stops at a link to nothing. Returns the results whose entries are broken, not gone: a set that
    is empty until Snakemake is about to look at files, which is after it read the workflow.
    """
    results: set[str] = set()
    prepare = workflow._prepare_dag

    def prepared(*arguments: Any, **options: Any) -> None:
        prepare(*arguments, **options)
        whole, found = look(cache)
        if _is_a_run(workflow):
            found = drop(whole, found)
        else:
            links = [link for each in found for link in each.links]
            # What it knows of files until it runs something.
            workflow.iocache._exists_local = _Without(workflow.iocache, links)
        results.update(link for each in found if not each.gone for link in each.links)
        for line in lines(cache, found):
            logger.warning(line)

    workflow._prepare_dag = prepared
    return results


class _Without(ExistsDict):
    """Which files exist, without some."""

    def __init__(self, cache: Any, hidden: Iterable[str]) -> None:
        super().__init__(cache)
        self.hidden = frozenset(hidden)
        for path in self.hidden:
            self[path] = False

    def __setitem__(self, path: str, exists: bool) -> None:
        super().__setitem__(path, exists and str(path) not in self.hidden)


def _is_a_run(workflow: Any) -> bool:
    """Return whether jobs are to run: only then there is what runs them, known by now."""
    return workflow.executor_plugin is not None and not (workflow.dryrun or workflow.touch)
