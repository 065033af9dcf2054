"""A linear layer's input in two halves of 8 bits: int8 weights meet about 16. Needs torch.

x is h + l, where h is x on a grid of 256 steps and l what that leaves. Both go through one layer,
row behind row with half the bias each, and what it makes of them is added: twice the products, and
the weights are stored once. A layer finds a range for each row at run time; two more input
channels, which have no weights, hold the ends of the grid in the rows of h, so that their range is
the grid's and h is met exactly. What lies beyond the grid is in l.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx
from torch.nn import functional

from sao.quantize.ranges import HIGH, LOW

aten = torch.ops.aten
decomposed = torch.ops.quantized_decomposed
# Channels that hold the ends of the grid.
PINS = 2


def split(graph: fx.Graph, x: fx.Node, step: float) -> fx.Node:
    """Return the halves of x, (N, C), as (2N, C + 2)."""
    call = graph.call_function
    grid = (step, 0, LOW, HIGH, torch.int8)
    quantized = call(decomposed.quantize_per_tensor.default, (x, *grid))
    high = call(decomposed.dequantize_per_tensor.default, (quantized, *grid))
    low = call(aten.sub.Tensor, (x, high))
    for end in (LOW, HIGH):
        high = call(aten.constant_pad_nd.default, (high, [0, 1], end * step))
    low = call(aten.constant_pad_nd.default, (low, [0, PINS], 0.0))
    return call(aten.cat.default, ([high, low],))


def join(graph: fx.Graph, made: fx.Node, size: int) -> fx.Node:
    """Return the sum, (N, O), of what a layer made of the halves, (2N, O); `size` is N."""
    call = graph.call_function
    high = call(aten.slice.Tensor, (made, 0, 0, size))
    return call(aten.add.Tensor, (high, call(aten.slice.Tensor, (made, 0, size, 2 * size))))


def widened(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return a layer's weights, (O, I + 2) from (O, I), and bias, (O,), for stacked halves."""
    return functional.pad(weight, [0, PINS]), bias / 2
