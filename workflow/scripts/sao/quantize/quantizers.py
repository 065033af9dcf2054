"""Quantizers: from the graph of an exported fp32 program to one of a scheme. Needs torch, torchao.

Each changes the graph module that it is given and returns it, or one in its place, ready to be
exported again. It takes the calibration calls too, which most do not read.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.fx import GraphModule
from torchao.quantization.granularity import PerAxis, PerGroup
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_

from sao.quantize.dynamic_int8 import quantize_large_convolutions
from sao.quantize.embedding_tables import quantize_tables
from sao.quantize.halving import halve
from sao.quantize.linears import restore_linears
from sao.quantize.static_int8 import quantize_convolutions

# Inputs of one call, in order.
Call = tuple[Tensor, ...]
# A layer this narrow reads or writes the latent, 64 channels wide: all of the signal passes through
# it, and next to nothing of the weights and the work. It stays fp32.
NARROW = 64
# XNNPACK's kernels take groups of a multiple of 32.
INT4_GROUP = 32


def half(graph_module: GraphModule, _: Sequence[Call]) -> GraphModule:
    """Weights and activations in fp16; inputs and outputs stay as they are."""
    return halve(graph_module)


def int8_dynamic(graph_module: GraphModule, _: Sequence[Call]) -> GraphModule:
    """Linear layers: activations per token at run time, weights per channel; tables per row."""
    return _dynamic(graph_module, torch.int8, PerAxis(0), NARROW)


def int8_dynamic_throughout(graph_module: GraphModule, _: Sequence[Call]) -> GraphModule:
    """Linear layers: the same with narrow ones too, as Arm's guide has it."""
    return _dynamic(graph_module, torch.int8, PerAxis(0), 1)


def int4_groupwise(graph_module: GraphModule, _: Sequence[Call]) -> GraphModule:
    """Linear layers: activations to int8 per token at run time, weights to int4 by groups of 32."""
    return _dynamic(graph_module, torch.int4, PerGroup(INT4_GROUP), NARROW)


def int8_static(graph_module: GraphModule, calls: Sequence[Call]) -> GraphModule:
    """Convolutions: activations by ranges seen in `calls`, weights per output channel."""
    return quantize_convolutions(graph_module, calls)


def int8_mixed(graph_module: GraphModule, _: Sequence[Call]) -> GraphModule:
    """Convolutions, the larger: activations per call at run time, weights per output channel."""
    return quantize_large_convolutions(graph_module)


QUANTIZERS = {
    function.__name__: function
    for function in (
        half,
        int8_dynamic,
        int8_dynamic_throughout,
        int4_groupwise,
        int8_static,
        int8_mixed,
    )
}


def quantize(program: ExportedProgram, name: str, calls: Sequence[Call]) -> ExportedProgram:
    """Return the program by the quantizer of this name.

    The last reference to `program` should be the caller's argument: its weights are then freed as
    they are replaced.
    """
    arguments, _ = program.example_inputs
    graph_module = program.module(check_guards=False)
    del program
    graph_module = QUANTIZERS[name](graph_module, calls)
    with torch.no_grad():
        return torch.export.export(graph_module, arguments)


def _dynamic(
    graph_module: GraphModule, dtype: torch.dtype, granularity, wider_than: int
) -> GraphModule:
    names = restore_linears(graph_module, wider_than)
    config = Int8DynamicActivationIntxWeightConfig(
        weight_dtype=dtype, weight_granularity=granularity
    )

    def takes(module: torch.nn.Module, name: str) -> bool:
        return name in names and (dtype != torch.int4 or module.in_features % INT4_GROUP == 0)

    quantize_(graph_module, config, filter_fn=takes)
    quantize_tables(graph_module)
    return graph_module
