"""Which `conda` Snakemake finds: a usable one on the PATH, else the front of this folder.

Standard library, and Snakemake's own constant. The Snakefile is read before conda is asked for,
so what is put on the PATH here is what Snakemake calls, also for --dry-run, --lint and --report.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from snakemake.deployment.conda import MIN_CONDA_VER

FRONT = Path(__file__).resolve().parent
# What conda calls the platforms that this workflow runs on.
SUBDIRS = {
    ("Linux", "x86_64"): "linux-64",
    ("Linux", "aarch64"): "linux-aarch64",
    ("Darwin", "x86_64"): "osx-64",
    ("Darwin", "arm64"): "osx-arm64",
}


def choose_conda() -> str:
    """Put the front on the PATH, before a usable conda or in its place; return which, in one line.

    Before a conda it only keeps the Hub's token from it.
    """
    path = os.environ["PATH"].split(os.pathsep)
    conda = shutil.which("conda", path=os.pathsep.join(p for p in path if p != f"{FRONT / 'bin'}"))
    os.environ.update(front_variables())
    if conda and _usable(conda):
        os.environ["CONDA_FRONT_REAL"] = conda
        return f"conda environments: by {conda}"
    why = "no conda on the PATH" if conda is None else f"{conda} is older than {MIN_CONDA_VER}"
    return f"conda environments: by py-rattler and uv ({why})"


def front_variables() -> dict[str, str]:
    """Return the environment in which `conda` is the front."""
    subdir = SUBDIRS.get((platform.system(), platform.machine()), "unknown")
    return {
        "PATH": f"{FRONT / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CONDA_FRONT_PYTHON": sys.executable,
        "CONDA_FRONT_VERSION": MIN_CONDA_VER,
        "CONDA_FRONT_INFO": json.dumps({"conda_prefix": str(FRONT), "platform": subdir}),
    }


def _usable(conda: str) -> bool:
    answer = subprocess.run([conda, "--version"], capture_output=True, text=True)
    version = re.search(r"\d+(?:\.\d+)+", answer.stdout)
    if answer.returncode or not version:
        return False
    return _numbers(version[0]) >= _numbers(MIN_CONDA_VER)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
