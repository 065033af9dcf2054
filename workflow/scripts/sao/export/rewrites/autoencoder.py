"""The autoencoder's decoder and its encoder for XNNPACK. Needs torch.

XNNPACK's convolutions are two-dimensional and channels-last: a one-dimensional one is wrapped in
two transposes of the whole signal. Written in two dimensions from end to end, none is left.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sao.export.rewrites.modules import constant, replace
from sao.model.stable_audio import ResidualUnit, SnakeBeta

# SnakeBeta's own guard against a division by zero.
NO_DIVISION_BY_ZERO = 1e-9


def fold_inner_snakes(module: nn.Module) -> None:
    """Put all of the snake between two convolutions but its sine and one product into them.

    With u = 2 a x, x + sin^2(a x) / b = (u + r (1 - cos u)) / 2a, r = a / b. The convolution
    before gives w = u + pi/2, whose sine is cos u; the one after takes w - r sin w, its weights
    divided by 2a and the rest of the sum in its bias, which holds since it has one tap, no padding.
    """
    for unit in module.modules():
        if isinstance(unit, ResidualUnit):
            before, snake, after = unit.layers[1], unit.layers[2], unit.layers[3]
            if isinstance(snake, SnakeBeta) and after.kernel_size[-1] == 1:
                unit.layers[2] = _fold(before, snake, after)


def precompute_snakes(module: nn.Module) -> None:
    """Take the exponentials and the division of the other snakes ahead of time."""
    replace(module, SnakeBeta, PlainSnake)


def convolve_in_two_dimensions(module: nn.Module) -> None:
    """Write every convolution in two dimensions, (1, C, 1, L), so that no transpose is left."""
    precompute_snakes(module)  # stable-audio-tools' own take three dimensions only
    replace(module, (nn.Conv1d, nn.ConvTranspose1d), _in_two_dimensions)
    half = "encoder" if hasattr(module, "encoder") else "decoder"
    setattr(module, half, InTwoDimensions(getattr(module, half)))


REWRITES = (fold_inner_snakes, precompute_snakes, convolve_in_two_dimensions)


class PlainSnake(nn.Module):
    """x + sin^2(a x) / b by channel; float32 (1, C, ...).

    Source: Ziyin et al., 2020, arXiv:2006.08195; stable-audio-tools' SnakeBeta.
    """

    def __init__(self, snake: SnakeBeta) -> None:
        """Take stable-audio-tools' SnakeBeta."""
        super().__init__()
        a, b = _snake_constants(snake)
        self.a, self.inverse_b = constant(a), constant(1 / b)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        by_channel = (1, -1, *[1] * (x.dim() - 2))
        sine = torch.sin(x * self.a.reshape(by_channel))
        return x + sine * sine * self.inverse_b.reshape(by_channel)


class SineGate(nn.Module):
    """w - r sin w by channel; float32 (1, C, ...)."""

    def __init__(self, r: Tensor) -> None:
        """Take r, (C,)."""
        super().__init__()
        self.r = constant(r)

    def forward(self, w: Tensor) -> Tensor:
        """See the class."""
        return w - torch.sin(w) * self.r.reshape(1, -1, *[1] * (w.dim() - 2))


class InTwoDimensions(nn.Module):
    """Runs layers for (1, C, 1, L) on a signal, float32 (1, C, L)."""

    def __init__(self, layers: nn.Module) -> None:
        """Take the layers."""
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """Return float32 (1, C', L')."""
        y = self.layers(x.reshape(1, x.shape[1], 1, x.shape[2]))
        return y.reshape(1, y.shape[1], y.shape[3])


def _snake_constants(snake: SnakeBeta) -> tuple[Tensor, Tensor]:
    a, b = snake.alpha.detach().double(), snake.beta.detach().double()
    if snake.alpha_logscale:
        a, b = a.exp(), b.exp()
    return a, b + NO_DIVISION_BY_ZERO


def _fold(before: nn.Conv1d, snake: SnakeBeta, after: nn.Conv1d) -> SineGate:
    a, b = _snake_constants(snake)
    r = a / b
    before.weight.data = (before.weight.double() * (2 * a)[:, None, None]).float()
    before.bias.data = (before.bias.double() * 2 * a + math.pi / 2).float()
    weight = after.weight.double() / (2 * a)[:, None]
    after.bias.data = (after.bias.double() + weight[:, :, 0] @ (r - math.pi / 2)).float()
    after.weight.data = weight.float()
    return SineGate(r)


def _in_two_dimensions(conv: nn.Conv1d | nn.ConvTranspose1d) -> nn.Module:
    more = {}
    kind: type[nn.Module] = nn.Conv2d
    if isinstance(conv, nn.ConvTranspose1d):
        kind, more = nn.ConvTranspose2d, {"output_padding": (0, conv.output_padding[0])}
    new = kind(
        conv.in_channels,
        conv.out_channels,
        (1, conv.kernel_size[0]),
        stride=(1, conv.stride[0]),
        padding=(0, conv.padding[0]),
        dilation=(1, conv.dilation[0]),
        device="meta",
        **more,
    )
    new.weight = nn.Parameter(conv.weight.detach().unsqueeze(2), requires_grad=False)
    new.bias = None if conv.bias is None else nn.Parameter(conv.bias.detach(), requires_grad=False)
    return new
