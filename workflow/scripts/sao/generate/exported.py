"""A saved program of torch.export, called with numpy arrays. Needs torch and numpy."""

from __future__ import annotations

import os

import numpy as np
import torch


class Exported:
    """A `.pt2`, called with arrays in the order of its inputs; `shape` is that of the first."""

    def __init__(self, path: str | os.PathLike) -> None:
        """Load the program."""
        program = torch.export.load(path)
        self._module = program.module(check_guards=False)
        self.shape = tuple(program.example_inputs[0][0].shape)

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs."""
        with torch.no_grad():
            outputs = self._module(*map(torch.from_numpy, inputs))
        return [output.numpy() for output in torch.utils._pytree.tree_leaves(outputs)]
