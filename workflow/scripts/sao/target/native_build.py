"""Builds the runner with CMake from pinned packages. Standard library only."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from sao.errors import BuildError

# The platforms of ExecuTorch's wheels; arm64 is macOS.
WHEELS = {
    "x86_64": "manylinux_2_28_x86_64",
    "aarch64": "manylinux_2_28_aarch64",
    "arm64": "macosx_14_0_arm64",
}
# Beside this interpreter lie the programs of its environment.
PROGRAMS = Path(sys.executable).parent


def fetch(source: Path, architecture: str, executorch: str | None, work: Path) -> dict[str, Path]:
    """Unpack what the CMake project `source` builds on into `work`; return CMake's variables.

    `executorch` is the install folder of a build of ExecuTorch, in place of the wheel.
    """
    root = Path(executorch) if executorch else _executorch(source, architecture, work)
    return {
        "executorch_ROOT": root,
        "SENTENCEPIECE": _unpack(source, "sentencepiece", work) / "sentencepiece",
        "PYCRYPTODOME": _unpack(source, "pycryptodome", work) / "src",
        "LIBYAML": _unpack(source, "ruamel.yaml.clib", work),
        "MINIAUDIO": _unpack(source, "miniaudio", work) / "miniaudio",
        "SOXR": _unpack(source, "soxr", work) / "libsoxr",
    }


def build(source: Path, preset: str, packages: dict[str, Path], work: Path, out: Path) -> None:
    """Build `source` by one of its presets and install the runner and its libraries to `out`."""
    configure = [PROGRAMS / "cmake", "-S", source, "-B", work / "build", "--preset", preset]
    configure += [f"-DCMAKE_MAKE_PROGRAM={PROGRAMS / 'ninja'}"]
    _run([*configure, *(f"-D{name}={value}" for name, value in packages.items())], source)
    _run([PROGRAMS / "cmake", "--build", work / "build", "--target", "audiogen"], source)
    _run([PROGRAMS / "cmake", "--install", work / "build", "--strip", "--prefix", out], source)
    _copy_licences(packages, out / "licences")


def _copy_licences(packages: dict[str, Path], out: Path) -> None:
    """Copy the licence texts of what the runner is linked with, each as <package>.txt."""
    out.mkdir()
    sentencepiece = packages["SENTENCEPIECE"]
    texts = {
        "executorch": next(
            packages["executorch_ROOT"].parent.glob("executorch-*.dist-info/licenses/LICENSE"), None
        ),
        "sentencepiece": sentencepiece / "LICENSE",
        "pycryptodome": packages["PYCRYPTODOME"].parent / "LICENSE.rst",
        "libyaml": packages["LIBYAML"] / "LICENSE",
        "miniaudio": packages["MINIAUDIO"].parent / "LICENSE",
        "soxr": packages["SOXR"] / "LICENCE",
        "soxr-LGPL": packages["SOXR"] / "COPYING.LGPL",
    }
    texts |= {path.parent.name: path for path in sentencepiece.glob("third_party/*/LICENSE")}
    for name, text in texts.items():
        # A build of ExecuTorch from source has none of its own here.
        if text:
            shutil.copyfile(text, out / f"{name}.txt")


def preset(architecture: str) -> str:
    """Return the CMake preset that builds for an architecture on this machine."""
    if architecture == platform.machine():
        return "native"
    presets = {"aarch64": "aarch64-linux", "android-arm64": "android-arm64"}
    if architecture not in presets:
        raise BuildError(
            f"no way to build the runner for {architecture} on {platform.machine()}; choose "
            "another target"
        )
    return presets[architecture]


def _executorch(source: Path, architecture: str, work: Path) -> Path:
    """Fetch and unpack the wheel for an architecture; return its package folder."""
    options = ["--only-binary=:all:", f"--platform={WHEELS[architecture]}"]
    options += ["--python-version=3.11", "--implementation=cp", "--abi=cp311"]
    wheel = _download(source / "packages/executorch.txt", work / "wheel", options)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work / "wheel")
    return work / "wheel/executorch"


def _unpack(source: Path, name: str, work: Path) -> Path:
    """Fetch and unpack the source distribution that packages/<name>.txt pins; return its folder."""
    options = ["--no-binary=:all:", "--no-build-isolation"]
    sources = _download(source / f"packages/{name}.txt", work / name, options)
    # Python 3.11.2, Debian 12's own, has no filters yet; the archive is one that its hash names.
    safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(sources) as archive:
        archive.extractall(work / name, **safely)
    return next(path for path in (work / name).iterdir() if path.is_dir())


def _download(requirements: Path, folder: Path, options: list[str]) -> Path:
    command: list[str | Path] = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--require-hashes", "--dest", folder, "-r", requirements, *options]
    _run(command, requirements.parent)
    return next(path for path in folder.iterdir() if path.is_file())


def _run(command: list, folder: Path) -> None:
    # Two jobs at once: Snakemake counts this rule's threads.
    environment = os.environ | {"CMAKE_BUILD_PARALLEL_LEVEL": "2"}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment, text=True)
    if done.returncode:
        raise BuildError(
            f"the runner was not built: {Path(command[0]).name} {command[1]} failed; see the log"
        )
