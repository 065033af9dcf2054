"""What memory a process takes. Standard library only."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
# Linux counts the peak of getrusage in kibibytes, macOS in bytes.
UNIT = 1 if sys.platform == "darwin" else 1024


def resident_mb() -> float:
    """Return this process's resident memory now, in MB of 1e6 bytes."""
    if STATUS.exists():
        return _counter_mb("VmRSS")
    command = ["ps", "-o", "rss=", "-p", str(os.getpid())]
    # In kibibytes, as POSIX has it.
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024 / 1e6


def own_peak_mb() -> float:
    """Return the peak of this process's resident memory, in MB of 1e6 bytes.

    Unlike getrusage's, Linux's own counter leaves out the parent's memory before exec.
    """
    if STATUS.exists():
        return _counter_mb("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e6


def peak_mb() -> float:
    """Return the peak in MB of this process or of a child that it waited for, the larger one."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT / 1e6
    return max(own_peak_mb(), children)


def _counter_mb(counter: str) -> float:
    [kilobytes] = re.findall(rf"^{counter}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6
