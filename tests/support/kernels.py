"""Which kernels of XNNPACK an emulated run went through."""

from __future__ import annotations

import re
import subprocess
from bisect import bisect_right
from pathlib import Path

from sao.target.transport import emulator

LIBRARY = "libexecutorch_backend_xnnpack.so"


def executed(core: str, runner: Path, arguments: list, log: Path) -> set[str]:
    """Run audiogen on an emulated core; return the exported functions of XNNPACK that ran.

    qemu logs every block of code once, when it translates it to run it, and every system call;
    the addresses, less the place where the library was mapped, are looked up in its symbols.
    """
    command = [*emulator(core)[:1], "-d", "in_asm,strace", "-D", str(log), *emulator(core)[1:]]
    subprocess.run(
        [*command, runner / "audiogen", *arguments], check=True, capture_output=True, text=True
    )
    base, addresses = _parse(log)
    starts, functions = _symbols(runner / LIBRARY)
    found = set()
    for address in addresses:
        index = bisect_right(starts, address - base) - 1
        if index >= 0 and address - base < starts[index] + functions[index][1]:
            found.add(functions[index][0])
    return found


def _parse(log: Path) -> tuple[int, set[int]]:
    opened = base = None
    addresses = set()
    for line in log.read_text(errors="replace").splitlines():
        if base is None and "openat(" in line and LIBRARY in line:
            opened = line.rpartition("= ")[2]
        elif base is None and opened and "mmap(" in line and f",{opened},0) = " in line:
            base = int(line.rpartition("= ")[2], 16)
        elif match := re.match(r"(0x[0-9a-f]+): ", line):
            addresses.add(int(match[1], 16))
    assert base is not None, "the log does not show where XNNPACK's library was mapped"
    return base, addresses


def _symbols(library: Path) -> tuple[list[int], list[tuple[str, int]]]:
    command = ["aarch64-linux-gnu-nm", "-D", "-S", "-n", "--defined-only", str(library)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    fields = [line.split() for line in lines if len(line.split()) == 4]
    starts = [int(start, 16) for start, *_ in fields]
    return starts, [(name, int(size, 16)) for _, size, _, name in fields]
