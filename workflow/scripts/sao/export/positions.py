"""Between convolutions and linear layers without a copy: operators of our own. Needs torch.

XNNPACK keeps the tensors of convolutions channels-last: for each position all of its channels. That
is how a linear layer over the channels wants them, one position a row, with a range of its own for
each where its input is quantized at run time. ATen's permute and reshape would copy the signal;
these do in eager torch, and are views where they are lowered (sao.lower.positions).
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.library.custom_op("sao::positions", mutates_args=())
def positions(x: Tensor) -> Tensor:
    """Return (L, C), a position in each row, from x, (1, C, 1, L)."""
    return x[0, :, 0].T.contiguous()


@positions.register_fake
def _(x: Tensor) -> Tensor:
    return x.new_empty(x.shape[3], x.shape[1])


@torch.library.custom_op("sao::channels", mutates_args=())
def channels(rows: Tensor, count: int) -> Tensor:
    """Return (1, count, 1, L * K) from rows, (L, K * count): each holds K positions in order."""
    return rows.reshape(-1, count).T[None, :, None].contiguous()


@channels.register_fake
def _(rows: Tensor, count: int) -> Tensor:
    return rows.new_empty(1, count, 1, rows.numel() // count)
