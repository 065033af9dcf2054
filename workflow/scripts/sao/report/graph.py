"""A graph of rules, drawn. Needs matplotlib and networkx."""

from __future__ import annotations

from collections.abc import Sequence

import networkx
from markupsafe import Markup
from matplotlib.figure import Figure

from sao.report.svg import INK, LINE, MUTED, SURFACE, inline_svg, style

SWEEPS = 8


def drawn_graph(edges: Sequence[Sequence[str]]) -> Markup:
    """Return the rules of `edges` (from, to), in layers from the top, as SVG.

    A rule whose jobs follow from each other has an arrow beside its name.
    """
    graph = networkx.DiGraph(edge for edge in edges if edge[0] != edge[1])
    repeated = {first for first, second in edges if first == second}
    # What follows by another way anyway would hide the order.
    shown = networkx.transitive_reduction(graph)
    layers = _ordered(shown)
    places = {
        name: ((place + 0.5) / len(layer), -depth)
        for depth, layer in enumerate(layers)
        for place, name in enumerate(layer)
    }
    text = "Rules, each after what it reads: " + "; ".join(
        f"{name} after {', '.join(sorted(shown.predecessors(name)))}"
        for layer in layers[1:]
        for name in layer
    )
    with style():
        figure = Figure(figsize=(5.4, 0.46 * len(layers)), layout="constrained")
        axes = figure.subplots()
        axes.set_xlim(0, 1)
        axes.set_ylim(0.4 - len(layers), 0.6)
        axes.set_axis_off()
        for start, end in shown.edges:
            arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.8, "shrinkB": 9}
            axes.annotate("", places[end], places[start], arrowprops=arrow)
        box = {"boxstyle": "round,pad=0.35", "facecolor": SURFACE, "edgecolor": LINE}
        for name, place in places.items():
            label = f"{name} ↻" if name in repeated else name
            axes.text(*place, label, ha="center", va="center", color=INK, fontsize=9, bbox=box)
    return inline_svg(figure, text)


def _ordered(graph: networkx.DiGraph) -> list[list[str]]:
    """Return the layers, each rule below all that it reads, neighbours near each other.

    By the barycentre of the neighbours' places, down and up in turns (Sugiyama et al., 1981).
    """
    layers = [sorted(layer) for layer in networkx.topological_generations(graph)]
    for sweep in range(SWEEPS):
        neighbours = graph.successors if sweep % 2 else graph.predecessors
        place = {n: (i + 0.5) / len(layer) for layer in layers for i, n in enumerate(layer)}
        for layer in layers:
            centres = {
                name: sum(near) / len(near) if near else place[name]
                for name in layer
                for near in [[place[other] for other in neighbours(name)]]
            }
            layer.sort(key=lambda name: (centres[name], name))
            place |= {n: (i + 0.5) / len(layer) for i, n in enumerate(layer)}
    return layers
