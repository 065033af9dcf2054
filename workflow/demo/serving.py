"""The local Hub for as long as a fetch lasts. Standard library only.

A Snakemake service job would be the other way to start it; but Snakemake 9.27.1 never ends a
service whose consumer fails, and waits for it for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from demo.hub import DEMO_TOKEN, Hub


@contextmanager
def serving(folders: Sequence[str]) -> Iterator[Hub | None]:
    """Serve the one folder in `folders`, if any: yields the running Hub, or None."""
    if not folders:
        yield None
        return
    with Hub(Path(folders[0]), DEMO_TOKEN) as hub:
        yield hub
