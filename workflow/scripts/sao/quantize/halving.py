"""An exported fp32 graph in fp16, with inputs and outputs as they were. Needs torch.

For graphs without norms, whose sums of squares leave what fp16 holds: above 65504, and on Arm below
2^-14 too, where XNNPACK has smaller numbers taken for zero.
"""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten
CASTS = (aten.to.dtype, aten._to_copy.default)


def halve(graph_module: fx.GraphModule) -> fx.GraphModule:
    """Turn weights, constants and activations to fp16, in place; return the module."""
    graph = graph_module.graph
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
