"""Quantizers: from an exported fp32 program to one of a scheme. Needs torch and torchao.

Each works on the saved program alone, which it may change, and takes the calibration calls, which
most do not read.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torchao.quantization.granularity import PerAxis, PerGroup
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_

from sao.embedding_tables import quantize_tables
from sao.halving import halve
from sao.linears import restore_linears
from sao.static_int8 import quantize_convolutions

# Inputs of one call, in order.
Call = tuple[Tensor, ...]
# XNNPACK's kernels take groups of a multiple of 32.
INT4_GROUP = 32


def half(program: ExportedProgram, _: Sequence[Call]) -> ExportedProgram:
    """Weights and activations in fp16; inputs and outputs stay as they are."""
    return _export(halve(program.module(check_guards=False)), program)


def int8_dynamic(program: ExportedProgram, _: Sequence[Call]) -> ExportedProgram:
    """Linear layers: activations per token at run time, weights per channel; tables per row."""
    return _dynamic(program, torch.int8, PerAxis(0))


def int4_groupwise(program: ExportedProgram, _: Sequence[Call]) -> ExportedProgram:
    """Linear layers: activations to int8 per token at run time, weights to int4 by groups of 32."""
    return _dynamic(program, torch.int4, PerGroup(INT4_GROUP))


def int8_static(program: ExportedProgram, calls: Sequence[Call]) -> ExportedProgram:
    """Convolutions: activations by ranges seen in `calls`, weights per output channel."""
    return _export(quantize_convolutions(program.module(check_guards=False), calls), program)


QUANTIZERS = {
    function.__name__: function for function in (half, int8_dynamic, int4_groupwise, int8_static)
}


def _dynamic(program: ExportedProgram, dtype: torch.dtype, granularity) -> ExportedProgram:
    graph_module = program.module(check_guards=False)
    names = restore_linears(graph_module)
    config = Int8DynamicActivationIntxWeightConfig(
        weight_dtype=dtype, weight_granularity=granularity
    )

    def takes(module: torch.nn.Module, name: str) -> bool:
        return name in names and (dtype != torch.int4 or module.in_features % INT4_GROUP == 0)

    quantize_(graph_module, config, filter_fn=takes)
    quantize_tables(graph_module)
    return _export(graph_module, program)


def _export(module: torch.nn.Module, program: ExportedProgram) -> ExportedProgram:
    arguments, _ = program.example_inputs
    with torch.no_grad():
        return torch.export.export(module, arguments)
