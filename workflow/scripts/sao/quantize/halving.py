"""An exported fp32 graph in fp16, with inputs and outputs as they were. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

aten = torch.ops.aten
CASTS = (aten.to.dtype, aten._to_copy.default)
# The square of 256 is over fp16's range, so norms square this much of their input: up to 16384.
# (Casts to fp32 around them would split XNNPACK's delegate.)
PART = 2.0**-6
# Of a sum of such squares; fp16's smallest number, so that nothing is divided by zero.
SMALLEST = 2.0**-24


def halve(graph_module: fx.GraphModule) -> fx.GraphModule:
    """Turn weights, constants and activations to fp16, in place; return the module."""
    graph = graph_module.graph
    graph_module.register_buffer("part", torch.tensor([PART]))
    for path in list(_norms(graph)):
        _scale_norm(graph, path)
    for node in list(graph.nodes):
        if node.op == "placeholder" and _is_float(node):
            with graph.inserting_after(node):
                half = graph.call_function(CASTS[0], (node, torch.float16))
            node.replace_all_uses_with(half, delete_user_cb=lambda user, half=half: user != half)
        elif node.target in CASTS:
            node.args = tuple(torch.float16 if a == torch.float32 else a for a in node.args)
            node.kwargs = {
                key: torch.float16 if value == torch.float32 else value
                for key, value in node.kwargs.items()
            }
    output = graph.output_node()
    with graph.inserting_before(output):
        results = [
            graph.call_function(CASTS[0], (result, torch.float32)) if _is_float(result) else result
            for result in output.args[0]
        ]
    output.args = (type(output.args[0])(results),)
    graph_module.half().recompile()
    return graph_module


def _is_float(node: fx.Node) -> bool:
    return node.meta["val"].is_floating_point()


def _norms(graph: fx.Graph) -> Iterator[list[fx.Node]]:
    """Yield, for each norm, the nodes from the square to the reciprocal root that it ends in."""
    for node in graph.find_nodes(op="call_function", target=aten.mul.Tensor):
        if node.args[0] is not node.args[1]:
            continue
        path = [node]
        while len(path[-1].users) == 1 and path[-1].target is not aten.rsqrt.default:
            path.append(next(iter(path[-1].users)))
        if path[-1].target is aten.rsqrt.default:
            yield path


def _scale_norm(graph: fx.Graph, path: list[fx.Node]) -> None:
    """Have a norm, x / sqrt(mean x^2 + eps), take a part of x, which gives the same."""
    square, *between, root = path
    x = square.args[0]
    with graph.inserting_before(square):
        part = graph.call_function(aten.mul.Tensor, (x, graph.get_attr("part")))
    for reader in (square, *root.users):
        reader.replace_input_with(x, part)
    for node in between:
        if node.target is aten.add.Tensor:
            mean, eps = node.args
            node.args = (mean, max(eps * PART**2, SMALLEST))
