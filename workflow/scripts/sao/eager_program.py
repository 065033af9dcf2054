"""A saved torch.export program, run eagerly by torch. Needs numpy and torch."""

from __future__ import annotations

import os

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


class EagerProgram:
    """One `.pt2`, called with numpy arrays in the order of its inputs, as sao.runtime.Program."""

    def __init__(self, path: str | os.PathLike) -> None:
        """Load the file as a module."""
        self._module = torch.export.load(path).module(check_guards=False)

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs as arrays of their own."""
        with torch.no_grad():
            outputs = self._module(*map(torch.from_numpy, inputs))
        return [output.numpy() for output in tree_leaves(outputs)]

    def multiply_accumulates(self, *inputs: np.ndarray) -> int:
        """Return how many multiply-accumulates one call's matrix products and convolutions are.

        Nothing is computed: the tensors are fake. torch counts attention only where it is made of
        matrix products; on CPUs its fused kernel has no formula.
        """
        counter = FlopCounterMode(display=False)
        fake = FakeTensorMode(allow_non_fake_inputs=True)
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), fake, counter:
            self._module(*(fake.from_tensor(torch.from_numpy(value)) for value in inputs))
        return counter.get_total_flops() // 2
