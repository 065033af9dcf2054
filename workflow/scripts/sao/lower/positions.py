"""Lowering of sao.export.positions to XNNPACK: each is a view of channels-last memory.

Needs torch and executorch, whose ways of extending the XNNPACK backend this takes: a partitioner's
config, a node's visitor, and a pass of its own in the place of another.
"""

from __future__ import annotations

import torch
from executorch.backends.xnnpack._passes.channels_last_tagged_reshape_pass import (
    ChannelsLastTaggedReshapePass,
)
from executorch.backends.xnnpack.operators.node_visitor import NodeVisitor, register_node_visitor
from executorch.backends.xnnpack.serialization.xnnpack_graph_schema import (
    XNNStaticReshape,
    XNode,
)
from executorch.exir.dialects._ops import ops as exir_ops
from torch import fx

import sao.export.positions  # noqa: F401  (registers the operators)
from sao.lower.alone import AloneConfig

POSITIONS = exir_ops.edge.sao.positions.default
CHANNELS = exir_ops.edge.sao.channels.default


class PositionsConfig(AloneConfig):
    """See AloneConfig."""

    target_name = "positions.default"


class ChannelsConfig(AloneConfig):
    """See AloneConfig."""

    target_name = "channels.default"


class ReshapeVisitor(NodeVisitor):
    """Serializes a view of ours as XNNPACK's static reshape."""

    def define_node(self, node: fx.Node, xnn_graph, vals_to_ids: dict, debug_handle: int) -> None:
        """Add the reshape to the graph of the delegate."""
        self.define_nodes_tensor_inputs_outputs(node, xnn_graph, vals_to_ids)
        shape = self.shape(node.meta["val"])
        reshape = XNNStaticReshape(
            num_dims=len(shape),
            new_shape=shape,
            input_id=vals_to_ids[node.args[0]],
            output_id=vals_to_ids[node],
            flags=0,
        )
        xnn_graph.xnodes.append(XNode(xnode_union=reshape, debug_handle=debug_handle))

    def shape(self, value: torch.Tensor) -> list[int]:
        """Return the shape as it lies in memory."""
        return list(value.shape)


@register_node_visitor
class PositionsVisitor(ReshapeVisitor):
    """See ReshapeVisitor."""

    target = "sao.positions.default"


@register_node_visitor
class ChannelsVisitor(ReshapeVisitor):
    """See ReshapeVisitor."""

    target = "sao.channels.default"

    def shape(self, value: torch.Tensor) -> list[int]:
        """Return the shape as it lies in memory: channels last."""
        batch, channels, height, width = value.shape
        return [batch, height, width, channels]


class ChannelsLastWithPositions(ChannelsLastTaggedReshapePass):
    """The pass that inserts copies between memory formats, which knows our views to need none."""

    memory_sensitive_ops_nhwc = ChannelsLastTaggedReshapePass.memory_sensitive_ops_nhwc | {
        POSITIONS,
        CHANNELS,
    }

    def input_to_nhwc(
        self, graph_module: fx.GraphModule, input_node: fx.Node, target_node: fx.Node
    ) -> None:
        """Leave rows as they are; see the class that this extends."""
        if target_node.target != CHANNELS:
            super().input_to_nhwc(graph_module, input_node, target_node)

    @staticmethod
    def mark_as_nhwc_node(node: fx.Node) -> None:
        """Mark a node, unless it has rows of positions."""
        if node.target != POSITIONS:
            ChannelsLastTaggedReshapePass.mark_as_nhwc_node(node)
