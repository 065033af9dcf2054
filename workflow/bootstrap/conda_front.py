"""Makes the environments that Snakemake asks of `conda`, by py-rattler and uv.

For machines without conda: pip can install py-rattler and uv, but no conda. Conda packages are
solved and linked by py-rattler, the `pip:` part of an environment file is installed by uv, which
links files from one cache, so that torch lies on the disk once however many environments hold it.
bin/conda calls this for what it does not answer itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

try:
    import rattler
    import yaml

    from bootstrap.local_channel import channel_alias
    from bootstrap.pip_settings import reachable, reachable_lines, uv_pip, with_hashes
except ModuleNotFoundError as missing:
    sys.exit(
        f"there is no conda on the PATH, and {sys.executable} has no {missing.name}, which makes "
        "environments without it: install conda, or pip install -r requirements.txt"
    )

DEFAULT_ALIAS = "https://conda.anaconda.org"


def main(arguments: list[str]) -> None:
    """Answer one call."""
    if arguments[:2] != ["env", "create"]:
        sys.exit(f"conda front: no such call here: conda {' '.join(arguments)}")
    create(*_parse_create(arguments[2:]))


def alias() -> str:
    """Return what holds the channels: as the user says, conda-forge's place, or this machine."""
    chosen = os.environ.get("CONDA_CHANNEL_ALIAS")
    if chosen:
        return chosen
    if reachable(f"{DEFAULT_ALIAS}/conda-forge/noarch/repodata.json.zst"):
        return DEFAULT_ALIAS
    return channel_alias()


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
    place = alias()
    channels = [f"{place}/{name}" for name in environment["channels"]]
    asyncio.run(_install_conda(channels, conda, prefix))
    if pip:
        install_pip(pip, prefix)


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
        requirements.write("\n".join(with_hashes(reachable_lines(lines))))
        requirements.flush()
        command = [*uv_pip("install"), "--compile-bytecode", "--python", str(prefix / "bin/python")]
        subprocess.run([*command, "-r", requirements.name], check=True)


def _parse_create(arguments: list[str]) -> tuple[Path, Path]:
    parser = argparse.ArgumentParser(prog="conda env create")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--no-default-packages", action="store_true")
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--prefix", type=Path, required=True)
    options = parser.parse_args(arguments)
    return options.file, options.prefix


if __name__ == "__main__":
    status = 1
    try:
        main(sys.argv[1:])
        status = 0
    except subprocess.CalledProcessError as error:  # it has said why
        print(f"{Path(error.cmd[0]).name} failed (exit code {error.returncode})", file=sys.stderr)
    except SystemExit as error:
        print(error, file=sys.stderr)
    except Exception:  # os._exit below would swallow it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # py-rattler's own threads can crash an ordinary interpreter exit.
    os._exit(status)
