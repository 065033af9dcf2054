"""A graph of rules, drawn. Needs matplotlib and networkx."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import networkx
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sao.report.svg import INK, LINE, MUTED, SURFACE, inline_svg, style

SWEEPS = 8
HALF_BOX = 0.27

# A rule in its layer, or the place where an edge passes a layer.
Stop = tuple[str, int]


def drawn_graph(edges: Sequence[Sequence[str]]) -> Markup:
    """Return the rules of `edges` (from, to), in layers from the top, as SVG.

    A rule whose jobs follow from each other has an arrow beside its name.
    """
    repeated = {first for first, second in edges if first == second}
    graph = networkx.DiGraph(edge for edge in edges if edge[0] != edge[1])
    # What follows by another way anyway would hide the order.
    shown = networkx.transitive_reduction(graph)
    layer = _layers(shown)
    ways = {edge: _way(edge, layer) for edge in shown.edges}
    x = _places(layer, ways)
    with style():
        figure = Figure(figsize=(4.9, 0.52 * (max(layer.values()) + 1)), layout="constrained")
        axes = figure.subplots()
        axes.set_xlim(0, 1)
        axes.set_ylim(-max(layer.values()) - 0.5, 0.5)
        axes.set_axis_off()
        for way in ways.values():
            _draw(axes, [(x[stop], -stop[1]) for stop in way])
        box = {"boxstyle": "round,pad=0.3", "facecolor": SURFACE, "edgecolor": LINE}
        for name, depth in layer.items():
            label = f"{name} ↻" if name in repeated else name
            axes.text(x[name, depth], -depth, label, ha="center", va="center", color=INK, bbox=box)
    return inline_svg(figure, _words(shown, layer))


def _layers(graph: networkx.DiGraph) -> dict[str, int]:
    """Return each rule's layer: below all that it reads; what reads nothing just above a reader."""
    generations = enumerate(networkx.topological_generations(graph))
    layer = {name: depth for depth, names in generations for name in names}
    for name in layer:
        if not graph.in_degree(name):
            layer[name] = min((layer[next_] for next_ in graph.successors(name)), default=1) - 1
    return layer


def _way(edge: tuple[str, str], layer: dict[str, int]) -> list[Stop]:
    """Return the stops of an edge: its ends, and a place of its own in each layer between."""
    start, end = edge
    between = range(layer[start] + 1, layer[end])
    return [(start, layer[start]), *((f"{start} {end}", d) for d in between), (end, layer[end])]


def _places(layer: dict[str, int], ways: dict[tuple[str, str], list[Stop]]) -> dict[Stop, float]:
    """Return where in its layer each stop is, 0 to 1: near its neighbours in the other layers.

    By the barycentre of the neighbours' places, down and up in turns (Sugiyama et al., 1981).
    """
    links = networkx.DiGraph(pair for way in ways.values() for pair in pairwise(way))
    links.add_nodes_from(layer.items())
    rows: dict[int, list[Stop]] = {}
    for stop in sorted(links.nodes):
        rows.setdefault(stop[1], []).append(stop)
    x: dict[Stop, float] = {}
    for row in rows.values():
        _spread(row, x)
    for sweep in range(SWEEPS):
        neighbours = links.successors if sweep % 2 else links.predecessors
        for depth in sorted(rows, reverse=bool(sweep % 2)):
            near = {stop: [x[other] for other in neighbours(stop)] for stop in rows[depth]}
            centre = {stop: sum(at) / len(at) if at else x[stop] for stop, at in near.items()}
            rows[depth] = [stop for _, stop in sorted((at, stop) for stop, at in centre.items())]
            _spread(rows[depth], x)
    return x


def _spread(row: list[Stop], x: dict[Stop, float]) -> None:
    x |= {stop: (place + 0.5) / len(row) for place, stop in enumerate(row)}


def _draw(axes: Axes, points: list[tuple[float, float]]) -> None:
    """Draw a line through the points, from below the first one's box to above the last one's."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    points = [(x0, y0 - HALF_BOX), *points[1:-1], (x1, y1 + HALF_BOX)]
    if len(points) > 2:
        axes.plot(*zip(*points[:-1], strict=True), color=MUTED, linewidth=0.8)
    arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", points[-1], points[-2], arrowprops=arrow)


def _words(graph: networkx.DiGraph, layer: dict[str, int]) -> str:
    return "Rules, each after what it reads: " + "; ".join(
        f"{name} after {', '.join(sorted(graph.predecessors(name)))}"
        for name in sorted(layer, key=lambda name: (layer[name], name))
        if graph.in_degree(name)
    )
