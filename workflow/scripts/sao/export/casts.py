"""Between fp32 and fp16 inside a delegate: operators of our own. Needs torch.

ExecuTorch's partitioner leaves ATen's casts outside, each between two delegates, though XNNPACK
converts both ways; sao.lower.casts has it do so.
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.library.custom_op("sao::to_half", mutates_args=())
def to_half(x: Tensor) -> Tensor:
    """Return fp16 from fp32, of the same shape."""
    return x.to(torch.float16, copy=True)


@to_half.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x, dtype=torch.float16)


@torch.library.custom_op("sao::to_float", mutates_args=())
def to_float(x: Tensor) -> Tensor:
    """Return fp32 from fp16, of the same shape."""
    return x.to(torch.float32, copy=True)


@to_float.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x, dtype=torch.float32)
