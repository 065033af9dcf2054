"""An fp32 graph with some of its sites as int8 would compute them. Needs torch.

Values are rounded to what int8 can hold and computed with in fp32, so any set of sites can be tried
in one pass, without a graph of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, fx

from sao.quantize.convolutions import OUTPUT_DIMENSION

aten = torch.ops.aten
# The least and the largest that int8 holds.
LOW, HIGH = -128, 127

# Scale and zero point of a tensor, by the name of the node that makes it.
Ranges = dict[str, tuple[float, int]]


class Simulation(fx.Interpreter):
    """Runs a graph; static sites take the ranges that they are given, others find them."""

    def __init__(
        self, graph_module: fx.GraphModule, sites: dict[fx.Node, str], ranges: Ranges
    ) -> None:
        """Take the graph, the site of each node that int8 computes, and the ranges."""
        super().__init__(graph_module)
        self._sites = sites
        self._ranges = ranges
        self._active: Collection[str] = ()

    @contextmanager
    def active(self, sites: Collection[str]) -> Iterator[None]:
        """Have these sites in int8 within, all others in fp32."""
        self._active = sites
        try:
            yield
        finally:
            self._active = ()

    def run_node(self, n: fx.Node) -> object:
        """Run a node as its site's precision has it."""
        if self._sites.get(n) not in self._active:
            return super().run_node(n)
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        if n.target is aten.embedding.default:
            return aten.embedding.default(_by_row(args[0]), *args[1:], **kwargs)
        if n.target is aten.linear.default:
            return aten.linear.default(_by_token(args[0]), _by_row(args[1]), *args[2:], **kwargs)
        if n.target in OUTPUT_DIMENSION:
            weight = _by_channel(args[1], OUTPUT_DIMENSION[n.target])
            args = (self._static(n.args[0], args[0]), weight, *args[2:])
        else:
            pairs = zip(n.args, args, strict=True)
            args = tuple(self._static(node, value) for node, value in pairs)
        return self._static(n, n.target(*args, **kwargs))

    def _static(self, node: fx.Node, value: Tensor) -> Tensor:
        scale, zero_point = self._ranges[node.name]
        return torch.fake_quantize_per_tensor_affine(value, scale, zero_point, LOW, HIGH)


def _by_token(x: Tensor) -> Tensor:
    """Round the last dimension by its own range, which zero is part of."""
    low = x.amin(-1, keepdim=True).clamp(max=0)
    scale = (x.amax(-1, keepdim=True).clamp(min=0) - low).clamp(min=1e-12) / (HIGH - LOW)
    zero_point = LOW - (low / scale).round()
    return ((x / scale).round() + zero_point).clamp(LOW, HIGH).sub(zero_point) * scale


def _by_row(weight: Tensor) -> Tensor:
    return _by_channel(weight, 0)


def _by_channel(weight: Tensor, dimension: int) -> Tensor:
    """Round a weight by symmetric ranges along one dimension."""
    others = [d for d in range(weight.dim()) if d != dimension]
    scale = weight.abs().amax(dim=others, keepdim=True).clamp(min=1e-12) / HIGH
    return (weight / scale).round() * scale
