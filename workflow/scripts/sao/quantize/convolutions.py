"""Convolutions of an exported graph, as PT2E's quantizers mark them. Needs torch and torchao."""

from __future__ import annotations

import torch
from torch import fx
from torchao.quantization.pt2e.observer import PerChannelMinMaxObserver
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer import (
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
)
from torchao.quantization.pt2e.quantizer.quantizer import Q_ANNOTATION_KEY

from sao.quantize.linears import attribute

aten = torch.ops.aten
# Convolutions, with the dimension of their weights that counts output channels.
OUTPUT_DIMENSION = {aten.conv2d.default: 0, aten.conv_transpose2d.input: 1}
# What lies between a program's own inputs and outputs and the convolutions next to them.
VIEWS = (aten.reshape.default, aten.slice.Tensor)
# XNNPACK refuses smaller scales of activations.
SMALLEST_SCALE = 2**-12
# Of weights it takes any. But a static bias becomes an integer of 32 bits in units of both scales'
# product: a channel whose weights are all zero would push it beyond them.
SMALLEST_WEIGHT_SCALE = 2**-18


def at_an_end(node: fx.Node) -> bool:
    """Tell whether a convolution reads the program's input, or makes its output, but for views."""
    before, after = node.args[0], next(iter(node.users))
    while before.target in VIEWS:
        before = before.args[0]
    while after.target in VIEWS:
        after = next(iter(after.users))
    return before.op == "placeholder" or after.op == "output"


def convert(graph_module: fx.GraphModule, quantizer: Quantizer) -> fx.GraphModule:
    """Return the graph as a quantizer marks it, by ranges that need no run of it."""
    prepared = prepare_pt2e(graph_module, quantizer)
    for node in prepared.graph.nodes:
        # Nothing runs here: only weights' observers have something to see.
        if node.op == "call_module" and node.args[0].op == "get_attr":
            prepared.get_submodule(node.target)(attribute(prepared, node.args[0].target))
    return convert_pt2e(prepared)


def mark(
    node: fx.Node, inputs: dict[fx.Node, QuantizationSpec], output: QuantizationSpec | None
) -> None:
    """Have a node computed in int8 from `inputs`; without `output` its result is fp32."""
    node.meta[Q_ANNOTATION_KEY] = QuantizationAnnotation(
        input_qspec_map=inputs, output_qspec=output, _annotated=True
    )


def weights_spec(convolution: fx.Node) -> QuantizationSpec:
    """Return int8 by output channel, symmetric, for a convolution's weights."""
    return QuantizationSpec(
        dtype=torch.int8,
        quant_min=-127,
        quant_max=127,
        qscheme=torch.per_channel_symmetric,
        ch_axis=OUTPUT_DIMENSION[convolution.target],
        observer_or_fake_quant_ctr=PerChannelMinMaxObserver.with_args(eps=SMALLEST_WEIGHT_SCALE),
    )
