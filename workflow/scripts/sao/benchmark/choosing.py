"""Schemes of a submodule side by side. Needs matplotlib."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from sao.benchmark.figures import latency, outcome
from sao.benchmark.recipes import Recipe
from sao.report.svg import FIRST, INK, SECOND, inline_svg, style

# Of a marked place, in pixels; and where its label may be, in points above it.
RADIUS = 9
OFFSETS = (-3, 8, -15, 20, -27)


def scheme_figures(
    recipes: dict[str, Recipe], measured: dict[tuple, dict], gates: dict[str, float], chosen: str
) -> list[dict]:
    """Return the figures of each measured (scheme, part) of one submodule.

    Each has scheme, bytes, latency_s, memory_mb, snr_db, cosine, gate_db, margin_db, chosen, and
    `better`: the schemes that pass their gates and are smaller, faster and nearer, all at once.
    """
    rows = []
    for (scheme, part), result in measured.items():
        files = map(Path, recipes[scheme][part]["files"])
        rows.append(
            {
                "scheme": scheme,
                "part": part,
                "bytes": sum(file.stat().st_size for file in files),
                "latency_s": latency(result["turns_s"]),
                **outcome(result),
                "gate_db": gates[scheme],
                "margin_db": result["snr_db"] - gates[scheme],
                "chosen": scheme == chosen,
            }
        )
    for row in rows:
        row["better"] = [other["scheme"] for other in rows if _better(other, row)]
    return rows


def _better(one: dict, other: dict) -> bool:
    """Whether one that passes its gate is strictly ahead of another in all that is weighed."""
    return (
        one["margin_db"] >= 0
        and one["bytes"] < other["bytes"]
        and one["latency_s"]["median"] < other["latency_s"]["median"]
        and one["snr_db"] > other["snr_db"]
    )


def drawn_choices(submodule: str, rows: list[dict]) -> Markup:
    """Return size against latency of a submodule's schemes, each with its SNR, as SVG.

    Filled is what passes its gate, hollow what does not; a ring is around the chosen one.
    """
    words = "; ".join(
        f"{row['scheme']} {row['bytes'] / 1e6:.1f} MB, {row['latency_s']['median'] * 1000:.1f} ms, "
        f"{row['snr_db']:.1f} dB, {'passes' if row['margin_db'] >= 0 else 'is below its gate'}"
        for row in rows
    )
    with style():
        figure = Figure(figsize=(4.6, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.set_xlim(0, 1.35 * max(row["bytes"] for row in rows) / 1e6)
        axes.set_ylim(0, 1.2 * max(row["latency_s"]["max"] for row in rows) * 1000)
        axes.set_xlabel("size, MB")
        axes.set_ylabel("latency of a call, ms")
        for row in rows:
            _mark(axes, row)
        figure.draw_without_rendering()  # lays out: labels are placed by what is where
        _label(axes, {f"{row['scheme']}, {row['snr_db']:.0f} dB": _place(row) for row in rows})
    return inline_svg(figure, f"Schemes of the {submodule}: {words}")


def _place(row: dict) -> tuple[float, float]:
    return row["bytes"] / 1e6, row["latency_s"]["median"] * 1000


def _mark(axes: Axes, row: dict) -> None:
    size, time = _place(row)
    span = [row["latency_s"][key] * 1000 for key in ("min", "max")]
    colour, fill = (FIRST, "full") if row["margin_db"] >= 0 else (SECOND, "none")
    axes.plot([size, size], span, color=colour, linewidth=1)
    axes.plot(size, time, "o", color=colour, fillstyle=fill, zorder=3)
    if row["chosen"]:
        axes.plot(size, time, "o", color=INK, markersize=13, fillstyle="none")


def _label(axes: Axes, places: dict[str, tuple[float, float]]) -> None:
    """Write each text beside its place, where it covers neither another place nor another text."""
    points = [axes.transData.transform(place) for place in places.values()]
    taken = [Bbox.from_bounds(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS) for x, y in points]
    for text, place in places.items():
        boxes = []
        for side, height in product(("left", "right"), OFFSETS):
            away = 10 if side == "left" else -10
            label = axes.annotate(
                text, place, xytext=(away, height), textcoords="offset points", ha=side, color=INK
            )
            box = label.get_window_extent()
            label.remove()
            crossed = box.count_overlaps(taken) + (box.x0 < axes.bbox.x0) + (box.y0 < axes.bbox.y0)
            boxes.append((crossed, away, height, side, box))
        _, away, height, side, box = min(boxes, key=lambda tried: tried[0])
        taken.append(box)
        axes.annotate(
            text, place, xytext=(away, height), textcoords="offset points", ha=side, color=INK
        )
