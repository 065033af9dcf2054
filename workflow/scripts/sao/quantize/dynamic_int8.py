"""Int8 for the decoder's larger convolutions, by ranges found at run time. Needs torch and torchao.

What they give is fp32, and so is everything between them: no range has to be known beforehand, and
nothing that calibration has not seen is cut off.
"""

from __future__ import annotations

import torch
from torch import fx
from torchao.quantization.pt2e.observer import PlaceholderObserver
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer import QuantizationSpec, Quantizer

from sao.quantize.convolutions import (
    OUTPUT_DIMENSION,
    SMALLEST_SCALE,
    at_an_end,
    mark,
    weights_spec,
)
from sao.quantize.linears import attribute

# The taps of those that do three quarters of the work; and so many weights make the first
# upsampling, half of the file, one of them too.
TAPS = 7
MANY_WEIGHTS = 10_000_000
ACTIVATION = QuantizationSpec(
    dtype=torch.int8,
    quant_min=-128,
    quant_max=127,
    qscheme=torch.per_tensor_affine,
    is_dynamic=True,
    observer_or_fake_quant_ctr=PlaceholderObserver.with_args(eps=SMALLEST_SCALE),
)


def quantize_large_convolutions(graph_module: fx.GraphModule) -> fx.GraphModule:
    """Return the graph with its larger convolutions in int8."""
    prepared = prepare_pt2e(graph_module, LargeConvolutionQuantizer())
    for node in prepared.graph.nodes:
        # Nothing runs here: the weights' observers see the weights, the others need nothing.
        if node.op == "call_module" and node.args[0].op == "get_attr":
            prepared.get_submodule(node.target)(attribute(prepared, node.args[0].target))
    return convert_pt2e(prepared)


class LargeConvolutionQuantizer(Quantizer):
    """Says what of the decoder is int8: see the module."""

    def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
        """Mark the larger convolutions."""
        for node in model.graph.nodes:
            if node.target in OUTPUT_DIMENSION and is_large(node):
                value, weight = node.args[:2]
                mark(node, {value: ACTIVATION, weight: weights_spec(node)}, None)
        return model

    def validate(self, model: fx.GraphModule) -> None:
        """Accept what annotate made."""


def is_large(convolution: fx.Node) -> bool:
    """Tell whether a convolution is one of those in int8."""
    weight = convolution.args[1].meta["val"]
    # executorch 1.5.1 takes a dynamic convolution only where its input is channels-last already,
    # after another one.
    return not at_an_end(convolution) and (
        weight.shape[-1] == TAPS or weight.numel() > MANY_WEIGHTS
    )
