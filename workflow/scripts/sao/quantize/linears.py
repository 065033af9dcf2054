"""Linear layers of an exported graph, as the modules that torchao quantizes. Needs torch."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import nn


def restore_linears(graph_module: torch.fx.GraphModule, sites: Collection[str]) -> dict[str, str]:
    """Turn the aten.linear calls of these names into nn.Linear modules; return those by module."""
    names: dict[str, str] = {}
    graph = graph_module.graph
    for node in graph.find_nodes(op="call_function", target=torch.ops.aten.linear.default):
        value, weight, bias = (*node.args, None)[:3]
        if node.name not in sites:
            continue
        name = f"linear_{len(names)}"
        graph_module.add_submodule(name, _linear(graph_module, weight, bias))
        names[name] = node.name
        with graph.inserting_before(node):
            node.replace_all_uses_with(graph.call_module(name, (value,)))
        graph.erase_node(node)
    clean(graph_module)
    return names


def attribute(module: nn.Module, target: str) -> torch.Tensor:
    """Return what a get_attr node reads."""
    owner, _, name = target.rpartition(".")
    return getattr(module.get_submodule(owner), name)


def held(
    graph_module: torch.fx.GraphModule, name: str, *values: torch.Tensor
) -> list[torch.fx.Node]:
    """Return new get_attr nodes of values, in a module that goes when nothing reads it."""
    holder = nn.Module()
    for number, value in enumerate(values):
        holder.register_buffer(f"value_{number}", value.detach().contiguous())
    graph_module.add_submodule(name, holder)
    return [graph_module.graph.get_attr(f"{name}.value_{number}") for number in range(len(values))]


def clean(graph_module: torch.fx.GraphModule) -> None:
    """Drop what the graph no longer reads."""
    graph_module.graph.eliminate_dead_code()
    graph_module.delete_all_unused_submodules()
    nodes = graph_module.graph.nodes
    read = {node.target for node in nodes if node.op == "get_attr"}
    called = tuple(f"{node.target}." for node in nodes if node.op == "call_module")
    # A weight that was replaced, whose bias was not.
    for name in [*graph_module.state_dict()]:
        if name not in read and not name.startswith(called):
            owner, _, leaf = name.rpartition(".")
            delattr(graph_module.get_submodule(owner), leaf)
    graph_module.recompile()


def _linear(graph_module: torch.fx.GraphModule, weight, bias) -> nn.Linear:
    tensor = attribute(graph_module, weight.target)
    linear = nn.Linear(tensor.shape[1], tensor.shape[0], bias=bias is not None, device="meta")
    linear.weight = nn.Parameter(tensor, requires_grad=False)
    if bias is not None:
        linear.bias = nn.Parameter(attribute(graph_module, bias.target), requires_grad=False)
    return linear
