"""Replacing a lock only after its change was seen. Standard library only."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TextIO

from sao.errors import BuildError
from sao.files import format_json, write_json


def write_lock(target: str, lock: dict, replace: bool, terminal: TextIO) -> None:
    """Write a lock; show how it differs from the one that is there, which needs `replace`."""
    new = format_json(lock)
    old = Path(target).read_text() if Path(target).exists() else ""
    difference = "".join(
        difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), target, "resolved now"
        )
    )
    print(difference or f"{target}: nothing changed", file=terminal, flush=True)
    if old and difference and not replace:
        raise BuildError(
            f"{target} differs from what the Hub has now (above); "
            "to take it: snakemake --cores 1 lock --config replace_lock=True"
        )
    if difference:
        write_json(target, lock)
