"""Dynamic int8 for the decoder's convolutions. Needs torch and torchao.

Ranges are found at run time, what a convolution gives is fp32, and so is everything between them:
nothing that calibration has not seen is cut off. Those that can be are linear layers over positions
(sao.quantize.by_position), with a range for each position. Transposed ones are so in fp32 too:
XNNPACK takes 2.5 to 6 times as long for them as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import fx
from torchao.quantization.pt2e.observer import PlaceholderObserver
from torchao.quantization.pt2e.quantizer import QuantizationSpec, Quantizer

from sao.quantize.by_position import is_by_position, to_linear
from sao.quantize.convolutions import SMALLEST_SCALE, convert, mark, weights_spec
from sao.quantize.linears import clean
from sao.quantize.ranges import HIGH, LOW

TRANSPOSED = torch.ops.aten.conv_transpose2d.input
ACTIVATION = QuantizationSpec(
    dtype=torch.int8,
    quant_min=LOW,
    quant_max=HIGH,
    qscheme=torch.per_tensor_affine,
    is_dynamic=True,
    observer_or_fake_quant_ctr=PlaceholderObserver.with_args(eps=SMALLEST_SCALE),
)


def dynamic_convolutions(
    graph_module: fx.GraphModule, sites: Collection[str], steps: Mapping[str, float]
) -> tuple[fx.GraphModule, set[str]]:
    """Return the graph with the convolutions among `sites` in int8, but for linear layers.

    Those are in the places of some, still in fp32, by the names that are returned; their input goes
    through in two halves where `steps` has the grid's step for it.
    """
    linears = set()
    for node in list(graph_module.graph.nodes):
        chosen = node.name in sites
        if (chosen or node.target is TRANSPOSED) and is_by_position(node):
            linear = to_linear(graph_module, node, steps.get(node.name))
            if chosen:
                linears.add(linear)
    clean(graph_module)
    converted = convert(graph_module, ByName(sites))
    clean(converted)
    return converted, linears


class ByName(Quantizer):
    """Marks convolutions of these names."""

    def __init__(self, names: Collection[str]) -> None:
        """Take the names of nodes."""
        super().__init__()
        self._names = names

    def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
        """Mark them."""
        for node in model.graph.nodes:
            if node.target is torch.ops.aten.conv2d.default and node.name in self._names:
                value, weight = node.args[:2]
                mark(node, {value: ACTIVATION, weight: weights_spec(node)}, None)
        return model

    def validate(self, model: fx.GraphModule) -> None:
        """Accept what annotate made."""
