"""Schemes of a submodule side by side. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup
from matplotlib.figure import Figure

from sao.benchmark.figures import latency, outcome
from sao.benchmark.recipes import Recipe
from sao.report.svg import FIRST, INK, SECOND, inline_svg, style


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
        for number, row in enumerate(sorted(rows, key=lambda row: row["latency_s"]["median"])):
            times = [row["latency_s"][key] * 1000 for key in ("median", "min", "max")]
            size, passes = row["bytes"] / 1e6, row["margin_db"] >= 0
            colour = FIRST if passes else SECOND
            axes.plot([size, size], times[1:], color=colour, linewidth=1)
            axes.plot(
                size, times[0], "o", color=colour, fillstyle="full" if passes else "none", zorder=3
            )
            if row["chosen"]:
                axes.plot(size, times[0], "o", color=INK, markersize=13, fillstyle="none")
            axes.annotate(
                f"{row['scheme']}, {row['snr_db']:.0f} dB",
                (size, times[0]),
                xytext=(10, -14 if number % 2 else 8),
                textcoords="offset points",
                color=INK,
            )
        axes.set_xlim(0, 1.35 * max(row["bytes"] for row in rows) / 1e6)
        axes.set_ylim(0, 1.2 * max(row["latency_s"]["max"] for row in rows) * 1000)
        axes.set_xlabel("size, MB")
        axes.set_ylabel("latency of a call, ms")
    return inline_svg(figure, f"Schemes of the {submodule}: {words}")
