"""Attention of an exported graph in fp16, with its inputs and output in fp32. Needs torch.

Both of its products are of activations, which int8 does not take, and in fp32 they weigh the more
the faster the layers around them are. fp16 holds them: queries and keys are normalised, and what a
softmax gives is 1 at most.
"""

from __future__ import annotations

import torch
from torch import fx

import sao.export.casts  # noqa: F401  (registers the operator)

aten, own = torch.ops.aten, torch.ops.sao


def halve_attention(graph_module: fx.GraphModule) -> fx.GraphModule:
    """Have softmax(q k) v computed in fp16, in place; return the module."""
    graph = graph_module.graph
    for softmax in graph.find_nodes(op="call_function", target=aten.softmax.int):
        scores, (mixed,) = softmax.args[0], softmax.users
        for product, value in [(scores, a) for a in scores.args] + [(mixed, mixed.args[1])]:
            _halve(graph, product, value)
        with graph.inserting_after(mixed):
            back = graph.call_function(own.cast.default, (mixed, torch.float32))
        mixed.replace_all_uses_with(back, delete_user_cb=lambda user, back=back: user is not back)
    graph_module.recompile()
    return graph_module


def _halve(graph: fx.Graph, product: fx.Node, value: fx.Node) -> None:
    """Cast what a product reads, before it is laid out in another order: half of it is moved."""
    at, read = product, value
    while read.target is aten.permute.default and len(read.users) == 1:
        at, read = read, read.args[0]
    with graph.inserting_before(at):
        half = graph.call_function(own.cast.default, (read, torch.float16))
        at.replace_input_with(read, half)
