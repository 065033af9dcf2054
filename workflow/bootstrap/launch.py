"""Run Snakemake with conda where there is a usable one, else with the front over py-rattler.

Usage: python workflow/bootstrap/launch.py [snakemake's own arguments]
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from conda_front import CONDA_VERSION, DEFAULT_ALIAS, FRONT, reachable
from local_channel import channel_alias

CACHE = Path("~/.cache/stable-audio-executorch").expanduser()


def environment() -> tuple[dict[str, str], str]:
    """Return what to change in the environment for Snakemake, and one line saying why."""
    conda = shutil.which("conda")
    if conda and _usable(conda):
        return {}, f"conda environments: by {conda}"
    changes = {
        "PATH": f"{FRONT / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CONDA_FRONT_PYTHON": sys.executable,
    }
    why = "no conda on the PATH" if conda is None else f"{conda} is older than {CONDA_VERSION}"
    if "CONDA_CHANNEL_ALIAS" in os.environ:
        source = f"packages from {os.environ['CONDA_CHANNEL_ALIAS']}"
    elif reachable(f"{DEFAULT_ALIAS}/conda-forge/noarch/repodata.json.zst"):
        source = "packages from conda-forge"
    else:
        changes["CONDA_CHANNEL_ALIAS"] = channel_alias(CACHE)
        source = "Python from this machine (conda-forge cannot be reached)"
    return changes, f"conda environments: by py-rattler and uv ({why}), {source}"


def _usable(conda: str) -> bool:
    answer = subprocess.run([conda, "--version"], capture_output=True, text=True)
    version = re.search(r"\d+(?:\.\d+)+", answer.stdout)
    if answer.returncode or not version:
        return False
    wanted = [int(part) for part in CONDA_VERSION.split(".")]
    return [int(part) for part in version[0].split(".")] >= wanted


def remove_stale_lock(folder: Path) -> None:
    """Remove Snakemake's lock of `folder` where the run that made it was killed."""
    locks = list((folder / ".snakemake/locks").glob("*"))
    if locks and not _snakemake_runs_in(folder):
        for lock in locks:
            lock.unlink()
        print("removed the lock of a run that was killed", flush=True)


def _snakemake_runs_in(folder: Path) -> bool:
    for process in psutil.process_iter(["cmdline", "cwd"]):
        command = " ".join(process.info["cmdline"] or [])
        here = process.info["cwd"] == str(folder)
        if here and "snakemake" in command and process.pid != os.getpid():
            return True
    return False


def main() -> None:
    """Replace this process by Snakemake."""
    remove_stale_lock(Path.cwd())
    changes, line = environment()
    print(line, flush=True)
    os.environ.update(changes)
    command = [sys.executable, "-m", "snakemake", *sys.argv[1:]]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
