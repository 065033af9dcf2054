"""`.pt2` files: a program of torch.export, and what its `.pte` is to say of itself. Needs torch."""

from __future__ import annotations

import json
import os

import torch
from torch.export import ExportedProgram

import sao.export.positions  # noqa: F401  (operators that a program may have)
from sao.files import atomic

# The file's one extra entry: integers by name, as JSON.
CONSTANTS = "constants.json"


def save_program(
    program: ExportedProgram, constants: dict[str, int], target: str | os.PathLike
) -> None:
    """Write a program and its constants; the same two give the same bytes."""
    entry = {CONSTANTS: json.dumps(constants, sort_keys=True)}
    with atomic(target) as path:
        torch.export.save(program, path, extra_files=entry)


def load_program(path: str | os.PathLike) -> tuple[ExportedProgram, dict[str, int]]:
    """Return the program and its constants, as save_program wrote them."""
    entry = {CONSTANTS: ""}
    program = torch.export.load(path, extra_files=entry)
    return program, json.loads(entry[CONSTANTS])
