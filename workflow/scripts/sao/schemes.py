"""Quantization schemes, by name. Needs torch and torchao.

To add one: write its torchao configuration here and its name into the config schema.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.export import ExportedProgram
from torchao.quantization.granularity import PerAxis
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_

# Activations to int8 per token at run time, weights to int8 per output channel ahead of time.
INT8_DYNAMIC = Int8DynamicActivationIntxWeightConfig(
    weight_dtype=torch.int8, weight_granularity=PerAxis(0)
)

SCHEMES = {"int8": INT8_DYNAMIC}


def quantize_linears(program: ExportedProgram, scheme: str) -> ExportedProgram:
    """Return the program with its linear layers quantized by `scheme`, exported again.

    Works on a saved fp32 program alone: its aten.linear calls become nn.Linear modules, which is
    what torchao quantizes.
    """
    graph_module = program.module(check_guards=False)
    linears = restore_linears(graph_module)
    quantize_(graph_module, SCHEMES[scheme], filter_fn=lambda module, name: name in linears)
    arguments, _ = program.example_inputs
    with torch.no_grad():
        return torch.export.export(graph_module, arguments)


def restore_linears(graph_module: torch.fx.GraphModule) -> set[str]:
    """Turn each aten.linear call with a constant weight into an nn.Linear; return their names."""
    names: set[str] = set()
    graph = graph_module.graph
    for node in graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default):
        value, weight, bias = (*node.args, None)[:3]
        if weight.op != "get_attr":
            continue
        name = f"linear_{len(names)}"
        graph_module.add_submodule(name, _linear(graph_module, weight, bias))
        names.add(name)
        with graph.inserting_before(node):
            node.replace_all_uses_with(graph.call_module(name, (value,)))
        graph.erase_node(node)
    graph.eliminate_dead_code()
    graph_module.delete_all_unused_submodules()
    graph_module.recompile()
    return names


def _linear(graph_module: torch.fx.GraphModule, weight, bias) -> nn.Linear:
    tensor = _attribute(graph_module, weight.target)
    linear = nn.Linear(tensor.shape[1], tensor.shape[0], bias=bias is not None, device="meta")
    linear.weight = nn.Parameter(tensor, requires_grad=False)
    if bias is not None:
        linear.bias = nn.Parameter(_attribute(graph_module, bias.target), requires_grad=False)
    return linear


def _attribute(module: nn.Module, target: str) -> torch.Tensor:
    owner, _, name = target.rpartition(".")
    return getattr(module.get_submodule(owner), name)
