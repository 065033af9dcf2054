"""How far a job is, for the line of running jobs on a terminal. Standard library only.

Jobs run side by side and share a terminal, so none draws on it: each leaves a text in a file beside
its log, and the run that started it shows them all in one line (sao.console).
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

# Set for jobs by a run that shows their errors and, where it is `terminal`, how far they are.
VARIABLE = "SAO_CONSOLE"
# Seconds between two texts of a job.
INTERVAL = 0.2
# The width of a text in a line that several jobs share.
WIDTH = 60

T = TypeVar("T")
_place: Path | None = None
_last = 0.0


def progress_file(log: str | os.PathLike) -> Path:
    """Return where the job with that log says how far it is."""
    return Path(f"{log}.progress")


def on_terminal() -> bool:
    """Tell whether a run shows on a terminal how far its jobs are."""
    return os.environ.get(VARIABLE) == "terminal"


def begin(log: str) -> None:
    """Say from now on beside `log` how far this process is, where a terminal shows it."""
    global _place
    _place = progress_file(log) if on_terminal() else None


def show(text: str) -> None:
    """Say how far this job is, such as `step 3/16`."""
    global _last
    if _place and time.monotonic() - _last >= INTERVAL:
        _last = time.monotonic()
        # Nothing depends on it.
        with suppress(OSError):
            _place.write_text(text[:WIDTH])


def counted(items: Collection[T], what: str) -> Iterator[T]:
    """Yield the items, saying of each that it is `what <number>/<total>`."""
    for number, item in enumerate(items, start=1):
        show(f"{what} {number}/{len(items)}")
        yield item


def counting(function: Callable[..., T], what: str, total: int) -> Callable[..., T]:
    """Return the function, which then says of each call that it is `what <number>/<total>`."""
    calls = itertools.count(1)

    def call(*arguments) -> T:
        show(f"{what} {next(calls)}/{total}")
        return function(*arguments)

    return call
