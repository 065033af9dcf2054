"""The frame around every rule's script: its log, its errors, its umask. Standard library only."""

from __future__ import annotations

import io
import os
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from sao import progress
from sao.cached.records import check_inputs
from sao.errors import BuildError, in_one_line
from sao.files import write_json
from sao.memory import peak_mb

# Moves to the start of a terminal's line and clears it.
CLEAR_LINE = "\r\033[K"
# What the Hub's clients read a token from.
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN")


@contextmanager
def stage(snakemake, with_token: bool = False) -> Iterator[TextIO]:
    """Run a rule's body with its output in the rule's log and its failure as one line.

    File descriptors are redirected, so that what native libraries print is in the log too.
    A BuildError ends the process with its message, any other exception with its type and message:
    on the terminal, or by the run that started the job where it says so (sao.progress.VARIABLE).
    Message and traceback are in the log either way.
    Yields the terminal, for what a person should see.
    What the body took, and the files that it made, are left in benchmarks/, under the name of its
    log: Snakemake's own `benchmark:` does not go with `cache:`.
    Files are made for their owner only, since they derive from gated weights.
    Inputs that lie in the cache are what was stored, or the body does not begin.
    Without `with_token` the body, and what it starts, do not see the Hub's token.
    """
    os.umask(0o077)
    if not with_token:
        for name in TOKENS:
            os.environ.pop(name, None)
    terminal = Terminal(os.fdopen(os.dup(2), "wb"))
    progress.begin(snakemake.log[0])
    log = os.open(snakemake.log[0], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    start = time.perf_counter()
    try:
        check_inputs(snakemake.input)
        yield terminal
        _record(snakemake.log[0], list(snakemake.output), time.perf_counter() - start)
    except Exception as error:
        print(_traceback(error), end="", file=sys.stderr)
        _fail(terminal, snakemake, in_one_line(error))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


class Terminal(io.TextIOWrapper):
    """Where lines for a person go; they replace the line of running jobs, where there is one."""

    def write(self, text: str) -> int:
        """Write a text that begins a line."""
        return super().write(CLEAR_LINE + text if progress.on_terminal() and text.strip() else text)


def _traceback(error: Exception) -> str:
    """Return an error's traceback, without a last line that says what its one line does."""
    lines = traceback.format_exception(error)
    return "".join(lines[:-1] if isinstance(error, BuildError) else lines)


def _fail(terminal: TextIO, snakemake, what: str) -> NoReturn:
    line = f"{error_start(snakemake.rule)}{what} (log: {snakemake.log[0]})"
    print(line, flush=True)
    if progress.VARIABLE not in os.environ:
        print(line, file=terminal, flush=True)
    sys.exit(1)


def error_start(rule: str) -> str:
    """Return what the line begins with that says why a rule failed."""
    return f"Error in {rule}: "


def _record(log: str, made: list[str], wall: float) -> None:
    # Compilers, the runner and emulators are children.
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    measured = {
        "made": made,
        "wall_s": round(wall, 2),
        "cpu_s": round(sum(each.ru_utime + each.ru_stime for each in used), 2),
        "peak_mb": round(peak_mb()),
    }
    write_json(record_file(log), measured)


def record_file(log: str | os.PathLike) -> Path:
    """Return where what a job took is left: as its log, with `benchmarks` for `logs`.

    The log of another workflow's module, or of a run whose results are in an object store, lies
    deeper.
    """
    parts = Path(log).parts
    at = parts.index("logs")
    return Path(*parts[:at], "benchmarks", *parts[at + 1 :]).with_suffix(".json")
