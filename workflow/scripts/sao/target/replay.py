"""Recorded calls, run on a target. Needs numpy and safetensors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sao.generate.cases import Case
from sao.submodules import RECORDED
from sao.target.transport import run


def replay(
    target: dict,
    runner: Path,
    submodule: str,
    files: dict[str, Path],
    cases: list[Case],
    work: Path,
    threads: int,
) -> Callable[..., list[np.ndarray]]:
    """Run all cases on the target; return a call that gives their outputs, one after the other.

    `files` are the submodule's programs by their names in a bundle; `work` is an empty folder;
    `threads` are of this machine.
    """
    (work / "models").mkdir()
    for name, path in files.items():
        (work / "models" / name).symlink_to(path.resolve())
    inputs, out = work / "inputs", work / "out"
    write_inputs(inputs, submodule, cases)
    folders = {"models": work / "models", "inputs": inputs}
    arguments = ["-m", "{models}", "--replay", "{inputs}", "--dump", "{out}"]
    run(target, runner, folders, arguments, out, threads)
    outputs = (read_outputs(out, submodule, number) for number in range(len(cases)))
    return lambda *_: next(outputs)


def write_inputs(folder: Path, submodule: str, cases: list[Case]) -> None:
    """Write inputs as audiogen --dump does: <submodule>/<number>.<name>.npy."""
    (folder / submodule).mkdir(parents=True)
    for number, case in enumerate(cases):
        for name in RECORDED[submodule].inputs:
            np.save(folder / submodule / f"{number:03d}.{name}.npy", case[name])


def read_outputs(folder: Path, submodule: str, number: int) -> list[np.ndarray]:
    """Read one call's outputs."""
    names = RECORDED[submodule].outputs
    return [np.load(folder / submodule / f"{number:03d}.{name}.npy") for name in names]
