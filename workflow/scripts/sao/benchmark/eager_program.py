"""A saved torch.export program, run eagerly by torch. Needs numpy and torch."""

from __future__ import annotations

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from sao.generate.exported import Exported


class EagerProgram(Exported):
    """A `.pt2`, called as sao.generate.runtime.Program is, and its operations counted."""

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
