"""What the tests of the runner share."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sao.target.native_build import build, fetch
from support.patience import patience

PROMPT = "warm arpeggios on house beats 120BPM with drums effect"


def need(*programs: str, path: str | None = None) -> None:
    """Skip a test where the distribution's packages are missing; in CI that is a failure.

    Looked for on the PATH, or on `path`.
    """
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        fail = pytest.fail if os.environ.get("CI") else pytest.skip
        fail(f"{', '.join(missing)} not here: make target-packages, see .ci/run")


def build_here(source: Path, presets: list[str], work: Path) -> None:
    """Build the runner for this machine, whatever it is, to a folder in `work` for each preset.

    What they have in common is compiled once.
    """
    packages = fetch(source, platform.machine(), None, work)
    for preset in presets:
        build(source, preset, packages, work, work / preset)


def audiogen(runner: Path, *arguments, prefix=()) -> subprocess.CompletedProcess:
    """Run a runner's program; numbers and paths may be arguments."""
    return subprocess.run(
        [*prefix, runner / "audiogen", *map(str, arguments)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=patience(900),
    )


def dumped(folder: Path, submodule: str, call: int, *names: str) -> list[np.ndarray]:
    """Read arrays that --dump wrote."""
    return [np.load(folder / submodule / f"{call:03d}.{name}.npy") for name in names]


def replace(path: Path, content: bytes) -> None:
    """Put a file in the place of a link."""
    path.unlink()
    path.write_bytes(content)


def check_error(done: subprocess.CompletedProcess, folder: Path, expected: str) -> None:
    """Assert that a run ended in one line that has a text, and left nothing in a folder."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("audiogen: ")
    assert expected in lines[0]
    assert done.returncode in (1, 2)
    assert not list(folder.rglob("*.wav"))
    assert not list(folder.rglob(".writing*"))


def run(runner: Path, models: Path, folder: Path, *more) -> subprocess.CompletedProcess:
    """Run with options that work, but for those in `more`, which come last and count."""
    common = ("-p", "x", "-t", 1, "-n", 1, "-l", 1, "-o", folder / "x.wav")
    return audiogen(runner, "-m", models, *common, *more)
