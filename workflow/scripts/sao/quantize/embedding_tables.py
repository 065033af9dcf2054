"""Embedding tables of an exported graph in int8. Needs torch.

In plain operators, so that no runtime needs a kernel of its own for it: rows are looked up as
int8, turned to fp32, and multiplied by their looked-up scale.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn

from sao.quantize.linears import attribute, clean


def quantize_tables(graph_module: torch.fx.GraphModule, sites: Collection[str]) -> None:
    """Store the tables that these look-ups read as int8, one scale per row, in place."""
    graph = graph_module.graph
    aten = torch.ops.aten
    lookups = graph.find_nodes(op="call_function", target=aten.embedding.default)
    for number, node in enumerate(node for node in lookups if node.name in sites):
        rows, scales = _quantize_rows(attribute(graph_module, node.args[0].target))
        name = f"table_{number}"
        graph_module.add_submodule(name, _Table(rows, scales))
        with graph.inserting_before(node):
            found = [
                graph.call_function(
                    aten.embedding.default, (graph.get_attr(f"{name}.{part}"), node.args[1])
                )
                for part in ("rows", "scales")
            ]
            floats = graph.call_function(aten.to.dtype, (found[0], torch.float32))
            product = graph.call_function(aten.mul.Tensor, (floats, found[1]))
        node.replace_all_uses_with(product)
        graph.erase_node(node)
    clean(graph_module)


class _Table(nn.Module):
    def __init__(self, rows: Tensor, scales: Tensor) -> None:
        super().__init__()
        self.rows, self.scales = nn.Buffer(rows), nn.Buffer(scales)


def _quantize_rows(table: Tensor) -> tuple[Tensor, Tensor]:
    """Return int8 rows, (V, D), and fp32 scales, (V, 1), symmetric about zero."""
    scales = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return (table / scales).round().to(torch.int8), scales
