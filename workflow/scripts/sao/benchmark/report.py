"""A benchmark's figures as rows: of a CSV file, and of its page. Standard library only."""

from __future__ import annotations

import csv
import io
from typing import Any

CACHED = "cached"


def rows(summary: dict) -> list[dict]:
    """Return a flat row for each part of each recipe, and for its generation."""
    return [
        _row(recipe, part, figures)
        for recipe, content in summary["recipes"].items()
        for part, figures in {**content["parts"], "generation": content["generation"]}.items()
    ]


def _row(recipe: str, part: str, figures: dict) -> dict:
    build = figures["build"] or {"cpu_s": None, "peak_mb": None}
    return {
        "recipe": recipe,
        "part": part,
        **{f"latency_{key}_s": value for key, value in figures["latency_s"].items()},
        **{f"memory_{key}_mb": value for key, value in figures["memory_mb"].items()},
        "file_bytes": figures["bytes"],
        "snr_db": figures["snr_db"],
        "cosine": figures["cosine"],
        "build_cpu_s": build["cpu_s"],
        "build_peak_mb": build["peak_mb"],
        "giga_operations_per_s": figures.get("giga_operations_per_s"),
        "limit": figures.get("limit"),
        "share_of_limit": figures.get("share_of_limit"),
    }


def as_csv(summary: dict) -> str:
    """Return the rows as CSV; an empty field is a figure that there is not."""
    table = rows(summary)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def page_values(summary: dict) -> dict[str, Any]:
    """Return the values of benchmark.md.j2: the summary's own, and rows of texts for its tables."""
    return {
        **summary,
        "limits": summary["limits"]["giga_operations_per_s"],
        "product": summary["limits"]["product"],
        "generations": _generations(summary),
        "parts": _parts(summary),
        "shares": _shares(summary),
        "cached": CACHED,
        "features": features_text(summary["cpu_features"]),
    }


def features_text(features: dict[str, bool]) -> str:
    """Return what a CPU has, and what not: `dot product, fp16; no i8mm, SME`."""
    has = ", ".join(name for name, there in features.items() if there) or "none that is known"
    lacks = ", ".join(name for name, there in features.items() if not there)
    return f"{has}; no {lacks}" if lacks else has


def _generations(summary: dict) -> list[dict]:
    return [
        {
            "recipe": name,
            **_common(content["generation"]),
            "three files MB": f"{content['generation']['bundle_bytes'] / 1e6:.1f}",
        }
        for name, content in summary["recipes"].items()
    ]


def _parts(summary: dict) -> list[dict]:
    return [
        {"recipe": name, "part": part, "files": ", ".join(figures["files"]), **_common(figures)}
        for name, content in summary["recipes"].items()
        for part, figures in content["parts"].items()
    ]


def _common(figures: dict) -> dict:
    times, memory, build = figures["latency_s"], figures["memory_mb"], figures["build"]
    return {
        "s": f"{times['median']:.3f} ({times['min']:.3f} to {times['max']:.3f})",
        "memory MB": f"{memory['above_baseline']:.0f}",
        "process MB": f"{memory['peak']:.0f}",
        "files MB": f"{figures['bytes'] / 1e6:.1f}",
        "SNR dB": f"{figures['snr_db']:.1f}",
        "cosine": f"{figures['cosine']:.6f}",
        "build CPU s": f"{build['cpu_s']:.0f}" if build else CACHED,
        "build MB": f"{build['peak_mb']:.0f}" if build else CACHED,
    }


def _shares(summary: dict) -> list[dict]:
    return [
        {
            "recipe": name,
            "part": part,
            "G multiply-accumulates": f"{figures['macs'] / 1e9:.2f}",
            "G operations/s": f"{figures['giga_operations_per_s']:.1f}",
            "limit": figures["limit"],
            "share": f"{figures['share_of_limit']:.1%}",
        }
        for name, content in summary["recipes"].items()
        for part, figures in content["parts"].items()
    ]
