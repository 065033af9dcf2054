"""Static int8 for the decoder's convolutions, by PT2E. Needs torch and torchao.

Only convolutions and the snakes folded between two of them (w - r sin w, see
sao.export.rewrites.autoencoder) compute in int8: what the residual path carries stays fp32, and so
do the convolutions at the model's own input and output, which are small and cost half a decibel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor, fx
from torchao.quantization.pt2e.observer import HistogramObserver
from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e
from torchao.quantization.pt2e.quantizer import (
    FixedQParamsQuantizationSpec,
    QuantizationSpec,
    Quantizer,
)
from torchao.quantization.pt2e.quantizer.quantizer import QuantizationSpecBase

from sao.export.any_length import AnyLength
from sao.progress import counted
from sao.quantize.convolutions import OUTPUT_DIMENSION, SMALLEST_SCALE, convert, mark, weights_spec
from sao.quantize.ranges import HIGH, LOW, Ranges, on_grid
from sao.quantize.sites import static_sites

# One value in so many is enough for a histogram of a tensor of millions.
EVERY = 61


class SampledHistogramObserver(HistogramObserver):
    """The range with the least squared error, from a part of the values."""

    def forward(self, x: Tensor) -> Tensor:
        """Record every 61st value of x; return x."""
        super().forward(x.flatten()[::EVERY] if x.numel() > 1000 * EVERY else x)
        return x


def record_ranges(graph_module: fx.GraphModule, calls: Sequence[tuple[Tensor, ...]]) -> Ranges:
    """Return the range of each tensor that static int8 reads or makes, as `calls` have them."""
    recording = QuantizationSpec(
        dtype=torch.int8,
        quant_min=LOW,
        quant_max=HIGH,
        qscheme=torch.per_tensor_affine,
        observer_or_fake_quant_ctr=SampledHistogramObserver.with_args(eps=SMALLEST_SCALE),
    )
    sites = set(static_sites(graph_module).values())
    prepared = prepare_pt2e(graph_module, ConvolutionQuantizer(sites, lambda _: recording))
    with torch.no_grad():
        for call in counted(calls, "ranges of call"):
            AnyLength(prepared).run(*call)
    ranges = {}
    for node in prepared.graph.nodes:
        observer = prepared.get_submodule(node.target) if node.op == "call_module" else None
        if isinstance(observer, SampledHistogramObserver):
            scale, zero_point = (value.item() for value in observer.calculate_qparams())
            ranges[node.args[0].name] = (on_grid(scale), int(zero_point))
    return ranges


def quantize_convolutions(
    graph_module: fx.GraphModule, sites: Collection[str], ranges: Ranges
) -> fx.GraphModule:
    """Return the graph with these sites in int8, by the ranges of their tensors."""

    def fixed(node: fx.Node) -> FixedQParamsQuantizationSpec:
        scale, zero_point = ranges[node.name]
        return FixedQParamsQuantizationSpec(
            torch.int8, scale, zero_point, LOW, HIGH, torch.per_tensor_affine
        )

    return convert(graph_module, ConvolutionQuantizer(sites, fixed))


class ConvolutionQuantizer(Quantizer):
    """Says what of the decoder is int8: see the module."""

    def __init__(
        self, sites: Collection[str], activation: Callable[[fx.Node], QuantizationSpecBase]
    ) -> None:
        """Take the sites, and what gives the ranges of the tensor that a node makes."""
        super().__init__()
        self._sites, self._activation = sites, activation

    def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
        """Mark the nodes of the sites."""
        for node, site in static_sites(model).items():
            if site not in self._sites:
                continue
            if node.target in OUTPUT_DIMENSION:
                value, weight = node.args[:2]
                inputs = {value: self._activation(value), weight: weights_spec(node)}
            else:
                inputs = {source: self._activation(source) for source in node.all_input_nodes}
            mark(node, inputs, self._activation(node))
        return model

    def validate(self, model: fx.GraphModule) -> None:
        """Accept what annotate made."""
