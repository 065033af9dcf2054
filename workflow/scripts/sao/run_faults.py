"""What Snakemake says of a run's fault in many words, in one line. Standard library only."""

from __future__ import annotations

import re
from pathlib import Path

from sao.errors import disk_full, is_no_room
from sao.working_folder import other_build

GOES_ON = "the same command goes on from here"
INTERRUPTED = "Terminating processes on user request"
TERMINATED = "Will exit after finishing currently running jobs"
LOCKED = "Directory cannot be locked"
CLOCK = re.compile(
    r"^Output (\S+) has older modification time \(.*?\) than input (\S+) \((\S+ [\d:]+).*"
    r"System time: (\S+ [\d:]+).*?\(rule (\w+)",
    re.MULTILINE | re.DOTALL,
)
MISSING = re.compile(
    r"^Missing input files for rule (\w+):\n.*affected files:\n(.*)", re.MULTILINE | re.DOTALL
)


def is_stop(said: str) -> bool:
    """Return whether it says that the run itself was stopped, with all its jobs."""
    return INTERRUPTED in said or TERMINATED in said


def run_fault(said: str) -> str | None:
    """Return in one line what was said at length of a fault, with what to do; None, of another."""
    if INTERRUPTED in said:
        return f"stopped (SIGINT): the jobs that run are ended; {GOES_ON}"
    if TERMINATED in said:
        return f"stopped (SIGTERM): waits for the jobs that run; {GOES_ON}"
    if LOCKED in said:
        return _locked(Path.cwd(), other_build())
    if clock := CLOCK.search(said):
        made, source, source_time, now, rule = clock.groups()
        return (
            f"Error in {rule}: {source} is of {source_time}, and it is {now} now: the clock was "
            f"set back; set it right, or `touch {source}`, and run the same command again "
            f"({made} would seem older than what it is made of)"
        )
    if missing := MISSING.search(said):
        paths = missing[2].split()
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return (
            f"Error in {missing[1]}: {paths[0]}{more}: not there, and nothing makes it; put it "
            "back (`git checkout`, where it is the workflow's), and run the same command again"
        )
    # In a traceback one line says what it was.
    full = [line.strip() for line in said.splitlines() if is_no_room(OSError(line))]
    return disk_full(full[-1]) if full else None


def _locked(folder: Path, other: str | None) -> str:
    if other:
        return f"{other} builds in {folder}: when it has ended, {GOES_ON}"
    return (
        f"{folder} is locked by a build that was killed, or lost power: run the same command once "
        "with --unlock, then without"
    )
