"""Between fp32 and fp16 inside a delegate: an operator of our own. Needs torch.

ExecuTorch's partitioner leaves ATen's casts outside, each between two delegates, though XNNPACK
converts both ways; sao.lower.casts has it do so.
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.library.custom_op("sao::cast", mutates_args=())
def cast(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Return x in another dtype, of the same shape."""
    return x.to(dtype, copy=True)


@cast.register_fake
def _(x: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.empty_like(x, dtype=dtype)
