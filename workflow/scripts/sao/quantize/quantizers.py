"""Quantizers: from the graph of an exported fp32 program to one of a scheme. Needs torch, torchao.

Each changes the graph module that it is given and returns it, or one in its place, ready to be
exported again. Those of measured schemes take what sao.quantize.precision decided; a `measurable`
says what such a one can leave in fp32.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.fx import GraphModule
from torchao.quantization.granularity import PerAxis, PerGroup
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_

from sao.quantize.by_position import takes_halves
from sao.quantize.decided import Decided
from sao.quantize.dynamic_convolutions import dynamic_convolutions
from sao.quantize.embedding_tables import quantize_tables
from sao.quantize.half_attention import halve_attention
from sao.quantize.halving import halve
from sao.quantize.linears import restore_linears
from sao.quantize.ranges import INT4_GROUP
from sao.quantize.sites import convolution_sites, dynamic_sites, static_sites, takes_groups
from sao.quantize.static_int8 import quantize_convolutions

# A layer this narrow reads or writes the latent, 64 channels wide: all of the signal passes through
# it, and next to nothing of the weights and the work. It stays fp32.
NARROW = 64


def half(graph_module: GraphModule, _: Decided) -> GraphModule:
    """Weights and activations in fp16; inputs and outputs stay as they are."""
    return halve(graph_module)


def int8_dynamic(graph_module: GraphModule, decided: Decided) -> GraphModule:
    """Linear layers: activations per token at run time, weights per channel; tables per row."""
    return _dynamic(graph_module, decided.low())


def int8_and_half_attention(graph_module: GraphModule, decided: Decided) -> GraphModule:
    """Linear layers as `int8_dynamic` has them, attention in fp16."""
    return halve_attention(int8_dynamic(graph_module, decided))


def int8_dynamic_throughout(graph_module: GraphModule, _: Decided) -> GraphModule:
    """Linear layers: the same with narrow ones too, as Arm's guide has it."""
    # Of one row are the means of layer norms, not weights.
    return _dynamic(graph_module, all_sites(graph_module, 1))


def int4_groupwise(graph_module: GraphModule, _: Decided) -> GraphModule:
    """Linear layers: activations to int8 per token at run time, weights to int4 by groups of 32."""
    sites = dynamic_sites(graph_module, NARROW)
    int4 = {site for node, site in sites.items() if takes_groups(node, INT4_GROUP)}
    return _dynamic(graph_module, int4, int4)


def int4_and_int8(graph_module: GraphModule, decided: Decided) -> GraphModule:
    """Linear layers: each as one of both, and tables per row in int8."""
    return _dynamic(graph_module, decided.low(), decided.int4())


def int8_static(graph_module: GraphModule, decided: Decided) -> GraphModule:
    """Convolutions: activations by recorded ranges, weights per output channel."""
    return quantize_convolutions(graph_module, decided.low(), decided.ranges)


def int8_convolutions(graph_module: GraphModule, decided: Decided) -> GraphModule:
    """Convolutions: activations at run time, per position where it can be, weights per channel."""
    graph_module, linears = dynamic_convolutions(graph_module, decided.low(), decided.steps())
    return _dynamic(graph_module, linears)


QUANTIZERS = {
    function.__name__: function
    for function in (
        half,
        int8_dynamic,
        int8_and_half_attention,
        int8_dynamic_throughout,
        int4_groupwise,
        int4_and_int8,
        int8_static,
        int8_convolutions,
    )
}


def quantize(
    program: ExportedProgram, name: str, decided: Decided | None = None, of: str = ""
) -> ExportedProgram:
    """Return the program by the quantizer of this name; none has something decided for all.

    `of` names the program, where `decided` may be of the submodule that it is a piece of. The last
    reference to `program` should be the caller's argument: its weights are then freed as they are
    replaced.
    """
    arguments, _ = program.example_inputs
    graph_module = program.module(check_guards=False)
    del program
    if decided is not None:
        decided = decided.of(of, names_of(measurable(name, graph_module)))
    graph_module = QUANTIZERS[name](graph_module, decided or Decided())
    with torch.no_grad():
        return torch.export.export(graph_module, arguments)


def measurable(name: str, graph_module: GraphModule) -> dict[fx.Node, str]:
    """Return the site of each node that a measured scheme's quantizer may have in 8 bits or 4."""
    if name == int8_static.__name__:
        return static_sites(graph_module)
    if name == int8_convolutions.__name__:
        return convolution_sites(graph_module)
    return dynamic_sites(graph_module, NARROW)


def ladders(name: str, sites: dict[fx.Node, str]) -> dict[str, tuple[str, ...]]:
    """Return the precisions that a quantizer can have each site in, coarsest first, fp32 last."""

    def ladder(node: fx.Node) -> tuple[str, ...]:
        int4 = name == int4_and_int8.__name__ and takes_groups(node, INT4_GROUP)
        can = {"int4": int4, "int8": True, "w8a16": takes_halves(node), "fp32": True}
        return tuple(precision for precision, it_can in can.items() if it_can)

    return {site: ladder(node) for node, site in sites.items()}


def names_of(sites: dict[fx.Node, str]) -> list[str]:
    """Return the sites in the order of the graph, each once."""
    return list(dict.fromkeys(sites.values()))


def all_sites(graph_module: GraphModule, wider_than: int) -> set[str]:
    """Return the names of linear layers wider than so many, and of look-ups in tables."""
    return set(dynamic_sites(graph_module, wider_than).values())


def _dynamic(
    graph_module: GraphModule, sites: Collection[str], int4: Collection[str] = ()
) -> GraphModule:
    """Have these sites in int8, of those the ones in `int4` with weights by groups."""
    linears = restore_linears(graph_module, sites)
    for dtype, granularity, wanted in (
        (torch.int8, PerAxis(0), {m for m, site in linears.items() if site not in int4}),
        (torch.int4, PerGroup(INT4_GROUP), {m for m, site in linears.items() if site in int4}),
    ):
        config = Int8DynamicActivationIntxWeightConfig(
            weight_dtype=dtype, weight_granularity=granularity
        )
        quantize_(graph_module, config, filter_fn=lambda _, name, these=wanted: name in these)
    quantize_tables(graph_module, sites)
    return graph_module
