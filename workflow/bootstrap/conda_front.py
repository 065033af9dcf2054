"""Answers the calls that Snakemake 9 makes to `conda`, by py-rattler and uv.

For machines without conda: pip can install py-rattler and uv, but no conda. Conda packages are
solved and linked by py-rattler, the `pip:` part of an environment file is installed by uv, which
links files from one cache, so that torch lies on the disk once however many environments hold it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import rattler
import yaml

from local_channel import uv_pip

FRONT = Path(__file__).resolve().parent
# Snakemake 9.27.1 wants at least 24.7.1.
CONDA_VERSION = "24.7.1"
DEFAULT_ALIAS = "https://conda.anaconda.org"


def main(arguments: list[str]) -> None:
    """Answer one call."""
    if arguments == ["--version"]:
        print(f"conda {CONDA_VERSION}")
    elif arguments == ["info", "--json"]:
        platform = str(rattler.Subdir.current())
        print(json.dumps({"conda_prefix": str(FRONT), "platform": platform}))
    elif arguments == ["config", "--get", "channel_priority", "--json"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:2] == ["env", "create"]:
        create(*_parse_create(arguments[2:]))
    elif arguments[:1] == ["clean"]:
        pass
    else:
        sys.exit(f"conda front: no such call here: conda {' '.join(arguments)}")


def create(file: Path, prefix: Path) -> None:
    """Make the environment of a `file` (conda environment yaml) at `prefix`."""
    environment = yaml.safe_load(file.read_text())
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = [
        line
        for entry in environment["dependencies"]
        if isinstance(entry, dict)
        for line in entry["pip"]
    ]
    alias = os.environ.get("CONDA_CHANNEL_ALIAS", DEFAULT_ALIAS)
    channels = [f"{alias}/{name}" for name in environment["channels"]]
    asyncio.run(_install_conda(channels, conda, prefix))
    if pip:
        install_pip(pip, prefix)


def reachable(url: str, timeout: float = 4.0) -> bool:
    """Tell whether a server answers at `url`, whatever it answers."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=timeout)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


async def _install_conda(channels: list[str], specs: list[str], prefix: Path) -> None:
    records = await rattler.solve(
        channels,
        specs,
        platforms=[rattler.Subdir.current(), rattler.Subdir("noarch")],
        virtual_packages=[package.into_generic() for package in rattler.VirtualPackage.detect()],
    )
    await rattler.install(records, prefix, show_progress=False)


def install_pip(lines: list[str], prefix: Path) -> None:
    """Install requirement lines into the environment at `prefix`."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("\n".join(reachable_lines(lines)))
        requirements.flush()
        command = [*uv_pip("install"), "--compile-bytecode", "--python", prefix / "bin/python"]
        subprocess.run([*command, "-r", requirements.name], check=True)


def reachable_lines(lines: list[str]) -> list[str]:
    """Leave out extra indexes that cannot be reached: uv gives up on one, pip goes on without."""
    return [
        line
        for line in lines
        if not line.startswith("--extra-index-url") or reachable(line.split()[1])
    ]


def _parse_create(arguments: list[str]) -> tuple[Path, Path]:
    parser = argparse.ArgumentParser(prog="conda env create")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--no-default-packages", action="store_true")
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--prefix", type=Path, required=True)
    options = parser.parse_args(arguments)
    return options.file, options.prefix


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Exception:  # os._exit below would swallow it
        traceback.print_exc()
        status = 1
    else:
        status = 0
    sys.stdout.flush()
    sys.stderr.flush()
    # py-rattler's own threads can crash an ordinary interpreter exit.
    os._exit(status)
