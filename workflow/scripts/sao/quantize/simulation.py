"""An fp32 graph with some of its sites as int8 would compute them. Needs torch.

Values are rounded to what int8 can hold and computed with in fp32, so any assignment of precisions
can be tried in one pass, without a graph of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, fx

from sao.export.any_length import AnyLength
from sao.quantize.by_position import is_by_position, pairs_of
from sao.quantize.convolutions import OUTPUT_DIMENSION
from sao.quantize.ranges import HIGH, INT4_GROUP, LOW

aten = torch.ops.aten


class Simulation(AnyLength):
    """Runs a graph of linear layers, tables and convolutions, on inputs of any length."""

    def __init__(self, graph_module: fx.GraphModule, sites: dict[fx.Node, str]) -> None:
        """Take the graph, and the site of each node that int8 can compute."""
        super().__init__(graph_module)
        self._sites = sites
        self._precisions: Mapping[str, str] = {}
        self.largest: dict[str, float] = {}

    @contextmanager
    def active(self, precisions: Mapping[str, str]) -> Iterator[None]:
        """Have these sites in these precisions within, all others in fp32."""
        self._precisions = precisions
        try:
            yield
        finally:
            self._precisions = {}

    def alone(
        self, inputs: tuple[Tensor, ...], precisions: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, str, object]]:
        """Yield a site, a precision, and the output with that site alone so; `precisions` by site.

        What lies before a site is computed once.
        """
        self.args_iter = iter(inputs)
        env: dict[fx.Node, object] = {}
        nodes = list(self.graph.nodes)
        for index, node in enumerate(nodes):
            if site := self._sites.get(node):
                for precision in precisions[site]:
                    with self.active({site: precision}):
                        yield site, precision, self._run(nodes[index:], dict(env))
            self._run([node], env)

    def _run(self, nodes: Sequence[fx.Node], env: dict[fx.Node, object]) -> object:
        """Run nodes on what is known of those before, which is dropped where it is read last."""
        self.env = env
        for node in nodes:
            value = env[node] = self.run_node(node)
            for last in self.user_to_last_uses.get(node, ()):
                del env[last]
        return value

    def run_node(self, n: fx.Node) -> object:
        """Run a node as its site's precision has it, and note the largest input of a site."""
        if n not in self._sites:
            return super().run_node(n)
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        site = self._sites[n]
        precision = self._precisions.get(site, "fp32")
        if precision == "fp32":
            if args[0].is_floating_point():
                self.largest[site] = max(self.largest.get(site, 0), float(args[0].abs().amax()))
            return n.target(*args, **kwargs)
        return _rounded(n, args, kwargs, precision)


def _rounded(n: fx.Node, args: tuple, kwargs: dict, precision: str) -> Tensor:
    """Run a node with its weights rounded, and its activations too where they are to be."""
    x, weight, *others = args
    activations = precision != "w8a16"
    if n.target is aten.embedding.default:
        return aten.embedding.default(_by_channel(x, 0), weight, *others, **kwargs)
    if n.target is aten.linear.default:
        rows = _by_group(weight) if precision == "int4" else _by_channel(weight, 0)
        return aten.linear.default(_by_range(x, activations, -1), rows, *others)
    if n.target is aten.conv_transpose2d.input:
        return _by_pairs(x, weight, *others[:3], activations=activations)
    # One range for each position, or for all of them.
    of_one_range = (1,) if is_by_position(n) else (1, 2, 3)
    x = _by_range(x, activations, of_one_range)
    return n.target(x, _by_channel(weight, OUTPUT_DIMENSION[n.target]), *others, **kwargs)


def _by_pairs(
    x: Tensor, weight: Tensor, bias: Tensor, stride: list, padding: list, *, activations: bool
) -> Tensor:
    """Run a transposed convolution as sao.quantize.by_position has it, its parts rounded."""
    (_, times), (_, cut) = stride, padding
    rows = x[0, :, 0].T
    zero = torch.zeros_like(rows[:1])
    pairs = torch.cat([torch.cat([rows, zero]), torch.cat([zero, rows])], 1)
    matrix = _by_channel(pairs_of(weight[:, :, 0], times), 0)
    made = _by_range(pairs, activations, -1) @ matrix.T + bias.repeat(times)
    made = made.reshape(-1, weight.shape[1]).T[None, :, None]
    return made[..., cut : cut + x.shape[3] * times]


def _by_range(x: Tensor, activations: bool, dimensions: int | tuple[int, ...]) -> Tensor:
    """Round x by ranges over some dimensions, which zero is part of, where it is to be rounded."""
    if not activations:
        return x
    low = x.amin(dimensions, keepdim=True).clamp(max=0)
    high = x.amax(dimensions, keepdim=True).clamp(min=0)
    scale = (high - low).clamp(min=1e-12) / (HIGH - LOW)
    zero_point = LOW - (low / scale).round()
    return ((x / scale).round() + zero_point).clamp(LOW, HIGH).sub(zero_point) * scale


def _by_channel(weight: Tensor, dimension: int) -> Tensor:
    """Round a weight by symmetric ranges along one dimension."""
    others = [d for d in range(weight.dim()) if d != dimension]
    scale = weight.abs().amax(dim=others, keepdim=True).clamp(min=1e-12) / HIGH
    return (weight / scale).round() * scale


def _by_group(weight: Tensor) -> Tensor:
    """Round a matrix to int4 by symmetric ranges of INT4_GROUP weights of a row."""
    groups = weight.reshape(len(weight), -1, INT4_GROUP)
    # Of the 16 levels one more lies below zero than above it.
    scale = groups.abs().amax(-1, keepdim=True).clamp(min=1e-12) / 7.5
    return ((groups / scale).round().clamp(-8, 7) * scale).reshape(weight.shape)
