"""Convolutions of an exported graph as linear layers over positions. Needs torch.

A linear layer in int8 finds a range for each position, where a convolution has one for all of them.
A convolution of one tap is one as it is. So is a transposed one whose kernel is twice its stride s:
two input positions, this one and the one before, give s output positions, so it is a layer of 2I
inputs and s * O outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx

import sao.export.positions  # noqa: F401  (registers the operators)
from sao.quantize.convolutions import OUTPUT_DIMENSION
from sao.quantize.high_low import join, split, widened
from sao.quantize.linears import attribute, held

aten, own = torch.ops.aten, torch.ops.sao


def is_by_position(convolution: fx.Node) -> bool:
    """Tell whether a convolution can be a linear layer over positions."""
    kernel = convolution.args[1].meta["val"].shape[3]
    if convolution.target is aten.conv2d.default:
        return kernel == 1
    return kernel == 2 * convolution.args[3][1]


def takes_halves(node: fx.Node) -> bool:
    """Tell whether a site is one whose input can go through it in two halves."""
    return node.target in OUTPUT_DIMENSION and is_by_position(node)


def to_linear(graph_module: fx.GraphModule, convolution: fx.Node, step: float | None) -> str:
    """Put a linear layer in the place of a convolution; return the name of its node.

    With `step`, its input goes through it in two halves, see sao.quantize.high_low.
    """
    graph, call = graph_module.graph, graph_module.graph.call_function
    weight, bias = (attribute(graph_module, node.target) for node in convolution.args[1:3])
    length = convolution.meta["val"].shape[3]
    with graph.inserting_before(convolution):
        rows = call(own.positions.default, (convolution.args[0],))
        count = convolution.meta["val"].shape[1]
        size = convolution.args[0].meta["val"].shape[3]
        if convolution.target is aten.conv2d.default:
            matrix, repeated, cut = weight[:, :, 0, 0], bias, None
        else:
            (_, stride), (_, padding) = convolution.args[3:5]
            matrix, repeated = pairs_of(weight[:, :, 0], stride), bias.repeat(stride)
            rows, size, cut = _pairs(graph, rows), size + 1, (padding, padding + length)
        if step is not None:
            rows = split(graph, rows, step)
            matrix, repeated = widened(matrix, repeated)
        parts = held(graph_module, f"{convolution.name}_by_position", matrix, repeated)
        linear = made = call(aten.linear.default, (rows, *parts))
        if step is not None:
            made = join(graph, made, size)
        made = call(own.channels.default, (made, count))
        if cut:
            made = call(aten.slice.Tensor, (made, 3, *cut))
    made.meta = convolution.meta
    convolution.replace_all_uses_with(made)
    graph.erase_node(convolution)
    return linear.name


def pairs_of(weight: Tensor, stride: int) -> Tensor:
    """Return (s * O, 2I), over this input position and the one before, from (I, O, 2s)."""
    both = torch.cat([weight[:, :, :stride], weight[:, :, stride:]])
    return both.permute(2, 1, 0).reshape(-1, both.shape[0]).contiguous()


def _pairs(graph: fx.Graph, rows: fx.Node) -> fx.Node:
    """Return (L + 1, 2C), each position with the one before it; there are zeros around."""
    call = graph.call_function
    this = call(aten.constant_pad_nd.default, (rows, [0, 0, 0, 1], 0.0))
    before = call(aten.constant_pad_nd.default, (rows, [0, 0, 1, 0], 0.0))
    return call(aten.cat.default, ([this, before], 1))
