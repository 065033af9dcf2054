"""What machine this is. Standard library only."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

from sao.errors import BuildError

CPUINFO = Path("/proc/cpuinfo")


def architecture() -> str:
    """Return the name of this machine's architecture: x86_64, aarch64 or, on macOS, arm64.

    Raises BuildError on macOS of x86_64, for which neither torch nor ExecuTorch has wheels.
    """
    name = platform.machine()
    if platform.system() == "Darwin" and name != "arm64":
        raise BuildError(
            f"macOS on {name}: torch and ExecuTorch have wheels for Apple silicon only; on that, "
            "take a Python for arm64 in place of one that Rosetta translates"
        )
    return name


def cpu_model() -> str:
    """Return the CPU's name, or what comes nearest to it."""
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    text = CPUINFO.read_text() if CPUINFO.exists() else ""
    # x86 has a name; Arm has the numbers of its maker and of its part.
    if match := re.search(r"^model name\s*: (.+)$", text, re.MULTILINE):
        return match[1]
    arm = re.search(r"^CPU implementer\s*: (\S+)(?:.|\n)*?^CPU part\s*: (\S+)", text, re.MULTILINE)
    return f"implementer {arm[1]} part {arm[2]}" if arm else platform.processor()
