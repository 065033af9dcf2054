"""Layer norms by linear layers: XNNPACK has no mean over the last dimension. Needs torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sao.export.rewrites.modules import constant


class NormByLinears(nn.Module):
    """gain * (x - mean) / sqrt(variance + eps) + shift over the last dimension.

    Mean and variance come from a linear layer with one row of 1/n. Without a mean (T5's layer
    norm, or values known to be centred) the variance is the mean square.
    Source: Ba et al., 2016, arXiv:1607.06450; Zhang and Sennrich, 2019, arXiv:1910.07467.
    """

    def __init__(
        self, size: int, eps: float, gain: Tensor | None, shift: Tensor | None, centred: bool
    ) -> None:
        """Take (size,) gain and shift; one that changes nothing is left out of the graph."""
        super().__init__()
        self.eps = eps
        self.centred = centred
        self.row = constant(torch.full((1, size), 1 / size))
        self.gain = None if gain is None or (gain == 1).all() else constant(gain)
        self.shift = None if shift is None or (shift == 0).all() else constant(shift)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised x, float32, same shape (..., size)."""
        if not self.centred:
            x = x - linear(x, self.row)
        x = x * torch.rsqrt(linear(x * x, self.row) + self.eps)
        if self.gain is not None:
            x = x * self.gain
        return x if self.shift is None else x + self.shift


def from_layer_norm(norm: nn.LayerNorm, centred: bool = False, scale: float = 1.0) -> NormByLinears:
    """Return torch's LayerNorm by linears, its result times `scale`."""
    size = norm.normalized_shape[0]
    shift = None if norm.bias is None else norm.bias * scale
    return NormByLinears(size, norm.eps, norm.weight * scale, shift, centred)


def fold_gain(gain: Tensor, shift: Tensor, following: nn.Linear) -> None:
    """Move a norm's gain and shift, (in,), into the linear layer that alone reads its result.

    In fp64, rounded once: so the same numbers on every processor.
    """
    weight = following.weight.detach().double()
    bias = weight @ shift.double()
    if following.bias is not None:
        bias = bias + following.bias.detach().double()
    if bias.any():
        following.bias = nn.Parameter(bias.float(), requires_grad=False)
    following.weight = nn.Parameter((weight * gain.double()).float(), requires_grad=False)
