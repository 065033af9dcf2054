"""What machine this is. Standard library only."""

from __future__ import annotations

import platform
import re
from pathlib import Path


def cpu_model() -> str:
    """Return the CPU's name, or what comes nearest to it."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    # x86 has a name; Arm has the numbers of its maker and of its part.
    if match := re.search(r"^model name\s*: (.+)$", text, re.MULTILINE):
        return match[1]
    arm = re.search(r"^CPU implementer\s*: (\S+)(?:.|\n)*?^CPU part\s*: (\S+)", text, re.MULTILINE)
    return f"implementer {arm[1]} part {arm[2]}" if arm else platform.processor()
