"""What builds the runner and what runs it, beyond its sources: parts of cache keys.

Standard library only. Each is asked for once, in milliseconds, and only where a rule is of the run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from sao.files import sha256
from sao.target.targets import COMPILER, CROSS_COMPILER, EMULATORS, first_of

# What CMake takes from the environment; the last two on macOS.
VARIABLES = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MACOSX_DEPLOYMENT_TARGET", "SDKROOT")
# Programs and libraries that a compiler takes from elsewhere than its own package.
PARTS = {"as": "prog", "ld": "prog"} | dict.fromkeys(
    ("libc.so.6", "libm.so.6", "libstdc++.so.6"), "file"
)


@cache
def toolchain(architecture: str, machine: str, executorch: str | None) -> dict:
    """Return what builds the runner for an architecture on this machine.

    `executorch` is the install folder of ExecuTorch for Android. A compiler that is not here is
    None: the rule says so when it is run.
    """
    if architecture == "android-arm64":
        ndk = os.environ.get("ANDROID_NDK")
        return {
            "ndk": _text(Path(ndk, "source.properties")) if ndk else None,
            "executorch": folder_identity(Path(executorch)) if executorch else None,
        }
    native = architecture == machine
    variables = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    compiler = variables.get("CXX", COMPILER) if native else CROSS_COMPILER
    return {"compiler": _compiler(compiler), **variables}


@cache
def emulator_version() -> str | None:
    """Return the name and version of the emulator, to the package's revision."""
    found = first_of(shutil.which, EMULATORS)
    return _said([found, "--version"])[0] if found else None


def folder_identity(folder: Path) -> str:
    """Return a hash of the names, sizes and times of what a folder holds: libraries are large."""
    looks = []
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            status = path.lstat()
            looks.append(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(looks)).encode()).hexdigest()


def _compiler(name: str) -> dict[str, str] | None:
    if not shutil.which(name):
        return None
    version, *places = _said(
        [name, "--version"],
        *([name, f"-print-{kind}-name={part}"] for part, kind in PARTS.items()),
    )
    found = {"version": version}
    for part, place in zip(PARTS, places, strict=True):
        path = shutil.which(place, mode=os.R_OK)
        found[part] = sha256(path) if path else ""
    return found


def _said(*commands: list[str]) -> list[str]:
    """Return the first line that each command prints; all run at once."""
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for command in commands
    ]
    return [process.communicate()[0].partition("\n")[0] for process in processes]


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None
