"""What memory a process takes. Standard library only."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
# Linux counts the peak of getrusage in kibibytes, macOS in bytes.
UNIT = 1 if sys.platform == "darwin" else 1024


def memory_mb(counter: str) -> float:
    """Return one of this process's counters in MB: VmRSS, resident now, or VmHWM, its peak.

    Linux only. Unlike getrusage's peak, VmHWM leaves out the parent's memory before exec.
    """
    [kilobytes] = re.findall(rf"^{counter}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6


def peak_mb() -> float:
    """Return the peak in MB of this process or of a child that it waited for, the larger one."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT / 1e6
    if STATUS.exists():
        return max(memory_mb("VmHWM"), children)
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e6, children)
