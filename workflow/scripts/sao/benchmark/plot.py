"""A benchmark's figures as a picture. Needs matplotlib."""

from __future__ import annotations

import os

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sao.benchmark.figures import generation_parts
from sao.files import atomic
from sao.report.svg import FIRST, SECOND, SURFACE, THIRD, inline_svg, style

COLOURS = {"conditioners": "#4477aa", "dit": "#66ccee", "autoencoder": "#ccbb44"}
# On a page, and told apart without colour too.
OF_PAGE = {"conditioners": FIRST, "dit": SECOND, "autoencoder": THIRD}
HATCHES = {"conditioners": "", "dit": "////", "autoencoder": "...."}
NAMES = {"conditioners": "conditioners", "dit": "DiT", "autoencoder": "decoder"}


def plot(summary: dict, target: str | os.PathLike) -> None:
    """Draw each recipe's generation time and file sizes, by submodule, as a PNG."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    recipes = summary["recipes"]
    base = recipes["reference"]["generation"]["latency_s"]["median"]
    times = {name: _times(content, summary["steps"]) for name, content in recipes.items()}
    totals = {name: sum(parts.values()) for name, parts in times.items()}
    notes = {name: f"{total:.2f} s ({base / total:.2f}x)" for name, total in totals.items()}
    title = f"One generation, {summary['steps']} steps (speed-up over the reference recipe)"
    _bars(left, times, notes, "seconds", title)
    sizes = {name: _sizes(content) for name, content in recipes.items()}
    notes = {name: f"{sum(s.values()):.1f} MB" for name, s in sizes.items()}
    _bars(right, sizes, notes, "MB", "Its files")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(f"{summary['model']} on {summary['machine']}, {summary['threads']} threads")
    with atomic(target) as path:
        figure.savefig(path, dpi=150)


def drawn(summary: dict) -> dict[str, Markup]:
    """Return {times, sizes} of each recipe, as SVG."""
    recipes = summary["recipes"]
    base = recipes["reference"]["generation"]["latency_s"]["median"]
    times = {name: _times(content, summary["steps"]) for name, content in recipes.items()}
    sizes = {name: _sizes(content) for name, content in recipes.items()}
    time_notes = {
        name: f"{sum(parts.values()):.2f} s, {base / sum(parts.values()):.2f}x"
        for name, parts in times.items()
    }
    size_notes = {name: f"{sum(parts.values()):.1f} MB" for name, parts in sizes.items()}
    return {
        "times": _drawn_bars(times, time_notes, "seconds", "One generation"),
        "sizes": _drawn_bars(sizes, size_notes, "MB", "Its files"),
    }


def _drawn_bars(values: dict[str, dict], notes: dict[str, str], unit: str, title: str) -> Markup:
    text = f"{title}: " + "; ".join(f"{name} {note}" for name, note in notes.items())
    with style():
        figure = Figure(figsize=(4.9, 2.4), layout="constrained")
        axes = figure.subplots()
        _bars(axes, values, notes, unit, title, OF_PAGE, HATCHES)
        figure.legend(loc="outside lower center", ncols=3)
    return inline_svg(figure, text)


def _times(content: dict, steps: int) -> dict[str, float]:
    """Return seconds by submodule of a recipe's generation."""
    return {
        name: content["parts"][part]["latency_s"]["median"] * (steps if name == "dit" else 1)
        for name, part in generation_parts(content["parts"]).items()
    }


def _sizes(content: dict) -> dict[str, float]:
    """Return MB by submodule of the files that a recipe's generation uses."""
    return {
        name: content["parts"][part]["bytes"] / 1e6
        for name, part in generation_parts(content["parts"]).items()
    }


def _bars(
    axes: Axes,
    values: dict[str, dict],
    notes: dict[str, str],
    unit: str,
    title: str,
    colours: dict[str, str] = COLOURS,
    hatches: dict[str, str] | None = None,
) -> None:
    """Draw a bar for each recipe, stacked by submodule, with a note at its end."""
    names = list(values)
    ends = dict.fromkeys(names, 0.0)
    for submodule, colour in colours.items():
        widths = [values[name][submodule] for name in names]
        axes.barh(
            names,
            widths,
            left=list(ends.values()),
            color=colour,
            label=NAMES[submodule],
            hatch=hatches[submodule] if hatches else None,
            edgecolor=SURFACE if hatches else None,
        )
        ends = {name: ends[name] + width for name, width in zip(names, widths, strict=True)}
    for row, name in enumerate(names):
        axes.annotate(
            notes[name], (ends[name], row), xytext=(4, 0), textcoords="offset points", va="center"
        )
    axes.set_xlim(0, 1.35 * max(ends.values()))
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
