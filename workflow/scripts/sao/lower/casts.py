"""Lowering of sao.export.casts to XNNPACK, as its conversions. Needs torch and executorch."""

from __future__ import annotations

from executorch.backends.xnnpack.operators.node_visitor import NodeVisitor, register_node_visitor
from executorch.backends.xnnpack.serialization.xnnpack_graph_schema import XNNConvert, XNode
from torch import fx

import sao.export.casts  # noqa: F401  (registers the operator)
from sao.lower.alone import AloneConfig


class CastConfig(AloneConfig):
    """See AloneConfig."""

    target_name = "cast.default"


@register_node_visitor
class CastVisitor(NodeVisitor):
    """Serializes a cast as XNNPACK's conversion, whose tensors say from what to what."""

    target = "sao.cast.default"

    def define_node(self, node: fx.Node, xnn_graph, vals_to_ids: dict, debug_handle: int) -> None:
        """Add the conversion to the graph of the delegate."""
        self.define_nodes_tensor_inputs_outputs(node, xnn_graph, vals_to_ids)
        convert = XNNConvert(
            input_id=vals_to_ids[node.args[0]], output_id=vals_to_ids[node], flags=0
        )
        xnn_graph.xnodes.append(XNode(xnode_union=convert, debug_handle=debug_handle))
