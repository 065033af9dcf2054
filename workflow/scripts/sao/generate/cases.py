"""Recorded calls of a submodule: named inputs and outputs. Needs numpy and safetensors."""

from __future__ import annotations

import os

import numpy as np
from safetensors.numpy import load_file, save_file

from sao.files import atomic

# One call: arrays by the names in sao.submodules, inputs and outputs together.
Case = dict[str, np.ndarray]


def save_cases(target: str | os.PathLike, cases: list[Case]) -> None:
    """Write calls as one safetensors file; tensor names are `<number>.<name>`."""
    tensors = {
        f"{number:03d}.{name}": np.ascontiguousarray(array)
        for number, case in enumerate(cases)
        for name, array in case.items()
    }
    with atomic(target) as path:
        save_file(tensors, path)


def load_cases(path: str | os.PathLike) -> list[Case]:
    """Read what save_cases wrote, in order."""
    cases: dict[str, Case] = {}
    for key, array in sorted(load_file(path).items()):
        number, _, name = key.partition(".")
        cases.setdefault(number, {})[name] = array
    return list(cases.values())
