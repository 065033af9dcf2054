"""The places of an exported graph that int8 takes, each of which can stay in fp32. Needs torch.

A site is named by a node: a convolution, the sine of a snake folded between two convolutions, a
linear layer, or the look-up in an embedding table.
"""

from __future__ import annotations

import torch
from torch import fx

from sao.quantize.by_position import is_by_position
from sao.quantize.convolutions import OUTPUT_DIMENSION, at_an_end
from sao.quantize.linears import attribute

aten = torch.ops.aten


def static_sites(graph_module: fx.GraphModule) -> dict[fx.Node, str]:
    """Return, of a decoder, the site of each node that static int8 computes.

    All convolutions but those at the ends, and the snakes folded between two of them.
    """
    sites = {}
    for node in graph_module.graph.nodes:
        if node.target in OUTPUT_DIMENSION:
            if not at_an_end(node):
                sites[node] = node.name
        elif sine := folded_sine(node):
            sites[node] = sine.name
    return sites


def convolution_sites(graph_module: fx.GraphModule) -> dict[fx.Node, str]:
    """Return, of a decoder, the site of each convolution that dynamic int8 computes.

    All but those at the ends, and transposed ones of another form than a decoder's.
    """
    return {
        node: node.name
        for node in graph_module.graph.nodes
        if node.target in OUTPUT_DIMENSION
        and not at_an_end(node)
        and (node.target is aten.conv2d.default or is_by_position(node))
    }


def dynamic_sites(graph_module: fx.GraphModule, wider_than: int) -> dict[fx.Node, str]:
    """Return the site of each linear layer wider than so many, and of each embedding table."""
    return {
        node: node.name
        for node in graph_module.graph.nodes
        if node.target is aten.embedding.default
        or (node.target is aten.linear.default and _width(graph_module, node) > wider_than)
    }


def takes_groups(node: fx.Node, size: int) -> bool:
    """Return whether a node is a linear layer whose inputs make whole groups of this size."""
    return node.target is aten.linear.default and node.args[1].meta["val"].shape[1] % size == 0


def folded_sine(node: fx.Node) -> fx.Node | None:
    """Return sin w where a node is one of sin w, r sin w, w - r sin w, and w a convolution's."""
    if node.target is aten.sin.default:
        return node if node.args[0].target in OUTPUT_DIMENSION else None
    if node.target is aten.mul.Tensor:
        sines = [n for n in node.all_input_nodes if n.target is aten.sin.default]
        return folded_sine(sines[0]) if sines else None
    if node.target is aten.sub.Tensor:
        product = node.all_input_nodes[-1]
        return folded_sine(product) if product.target is aten.mul.Tensor else None
    return None


def _width(graph_module: fx.GraphModule, linear: fx.Node) -> int:
    weight = linear.args[1]
    return min(attribute(graph_module, weight.target).shape) if weight.op == "get_attr" else 0
