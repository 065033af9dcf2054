"""Static int8 for the decoder's convolutions, by PT2E. Needs torch and torchao.

Only convolutions and the snakes folded between two of them (w - r sin w, see
sao.export.rewrites.autoencoder) compute in int8: what the residual path carries stays fp32, and so
do the convolutions at the model's own input and output, which are small and cost half a decibel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, fx
from torchao.quantization.pt2e.observer import HistogramObserver
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer import QuantizationSpec, Quantizer

from sao.quantize.convolutions import (
    OUTPUT_DIMENSION,
    SMALLEST_SCALE,
    at_an_end,
    mark,
    weights_spec,
)

aten = torch.ops.aten
# One value in so many is enough for a histogram of a tensor of millions.
EVERY = 61


class SampledHistogramObserver(HistogramObserver):
    """The range with the least squared error, from a part of the values."""

    def forward(self, x: Tensor) -> Tensor:
        """Record every 61st value of x; return x."""
        super().forward(x.flatten()[::EVERY] if x.numel() > 1000 * EVERY else x)
        return x


ACTIVATION = QuantizationSpec(
    dtype=torch.int8,
    quant_min=-128,
    quant_max=127,
    qscheme=torch.per_tensor_affine,
    observer_or_fake_quant_ctr=SampledHistogramObserver.with_args(eps=SMALLEST_SCALE),
)


def quantize_convolutions(
    graph_module: fx.GraphModule, calls: Sequence[tuple[Tensor, ...]]
) -> fx.GraphModule:
    """Return the graph with its convolutions in int8, by the ranges that `calls` give."""
    prepared = prepare_pt2e(graph_module, ConvolutionQuantizer())
    with torch.no_grad():
        for call in calls:
            prepared(*call)
    return convert_pt2e(prepared)


class ConvolutionQuantizer(Quantizer):
    """Says what of the decoder is int8: see the module."""

    def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
        """Mark the convolutions, and the folded snakes."""
        for node in model.graph.nodes:
            if node.target in OUTPUT_DIMENSION:
                if not at_an_end(node):
                    value, weight = node.args[:2]
                    inputs = {value: ACTIVATION, weight: weights_spec(node)}
                    mark(node, inputs, ACTIVATION)
            elif in_folded_snake(node):
                mark(node, dict.fromkeys(node.all_input_nodes, ACTIVATION), ACTIVATION)
        return model

    def validate(self, model: fx.GraphModule) -> None:
        """Accept what annotate made."""


def in_folded_snake(node: fx.Node) -> bool:
    """Tell whether a node is one of sin w, r sin w and w - r sin w, w from a convolution."""
    if node.target is aten.sin.default:
        return node.args[0].target in OUTPUT_DIMENSION
    if node.target is aten.mul.Tensor:
        inputs = node.all_input_nodes
        return any(n.target is aten.sin.default and in_folded_snake(n) for n in inputs)
    if node.target is aten.sub.Tensor:
        return in_folded_snake(node.all_input_nodes[-1])
    return False
