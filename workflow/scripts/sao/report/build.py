"""A build's figures, as they are kept, and as rows of its page. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sao.submodules import PARTS

# Which part the runner's stages are: a generation uses the decoder's pieces.
STAGES = {
    "conditioners": "conditioners",
    "dit": "dit",
    "autoencoder_encoder": "autoencoder_encoder",
    "autoencoder_pieces": "autoencoder",
}
NAMES = {
    "conditioners": "conditioners",
    "dit": "DiT, one step",
    "autoencoder": "decoder, whole",
    "autoencoder_encoder": "encoder",
    "autoencoder_pieces": "decoder, in pieces",
}


def part_figures(manifest: dict, comparison: dict, sound: dict) -> dict[str, dict[str, Any]]:
    """Return the figures of each part that was scored.

    `manifest` is the bundle's; `comparison` has a report by part, and `sound` is the report of a
    generation: its stages are where latency (s, of one call) and peak memory (bytes) come from,
    null where it has none.
    """
    programs = manifest["submodules"] | manifest["pieces"] | manifest["encoder"]
    return {
        part: _figures([programs[name] for name in PARTS[part]], comparison[part])
        | _run(sound, STAGES.get(part))
        for part in PARTS
        if part in comparison
    }


def _figures(programs: list[dict], score: dict) -> dict[str, Any]:
    outside = sorted({name for program in programs for name in program["undelegated"]})
    return {
        "bytes": sum(program["bytes"] for program in programs),
        "delegates": sum(program["delegates"] for program in programs),
        "outside": outside,
        **{key: score[key] for key in ("scheme", "snr_db", "cosine", "gate_db", "margin_db")},
    }


def _run(sound: dict, stage: str | None) -> dict[str, Any]:
    run = sound.get("stages", {}).get(stage)
    if run is None:
        return {"latency_s": None, "peak_bytes": None}
    return {"latency_s": run["run_s"] / run["calls"], "peak_bytes": run["peak_bytes"]}


def _or_dash(form: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "not measured" if value is None else form(value)


COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "scheme": ("scheme", str),
    "bytes": ("size", lambda value: f"{value / 1e6:.1f}\u00a0MB"),
    "delegates": ("delegates", str),
    "outside": ("operators outside", lambda value: ", ".join(value) or "none"),
    "snr_db": ("SNR", lambda value: f"{value:.1f}\u00a0dB"),
    "cosine": ("cosine", lambda value: f"{value:.5f}"),
    "gate_db": ("gate", lambda value: f"{value:.1f}\u00a0dB"),
    "margin_db": ("margin", lambda value: f"+{value:.1f}\u00a0dB"),
    "latency_s": ("latency", _or_dash(lambda value: f"{value * 1000:.1f}\u00a0ms")),
    "peak_bytes": ("peak memory", _or_dash(lambda value: f"{value / 1e6:.0f}\u00a0MB")),
}


def part_rows(parts: dict[str, dict], before: dict[str, dict] | None) -> list[dict[str, Any]]:
    """Return a row for each part: {name, cells: [{label, text, was}]}.

    `before` are the parts of the build before, or none; `was` is its text where that differs.
    """
    rows = []
    for part, figures in parts.items():
        old = (before or {}).get(part)
        cells = []
        for key, (label, form) in COLUMNS.items():
            text, was = form(figures[key]), form(old[key]) if old else None
            cells.append({"label": label, "text": text, "was": was if was != text else None})
        rows.append({"name": NAMES[part], "new": bool(before) and old is None, "cells": cells})
    return rows


def verdict(parts: dict[str, dict], sounds: list[dict]) -> dict[str, Any]:
    """Return how many gates there are, and the part that is nearest to its own."""
    part, figures = min(parts.items(), key=lambda item: item[1]["margin_db"])
    return {
        "gates": len(parts) + len(sounds),
        "nearest": NAMES[part].partition(",")[0],
        "margin_db": figures["margin_db"],
    }


def stage_rows(stages: dict[str, dict]) -> list[dict[str, Any]]:
    """Return the stages' records, with their share of the longest one and of the largest one."""
    longest = max((record["wall_s"] for record in stages.values()), default=0) or 1
    largest = max((record["peak_mb"] for record in stages.values()), default=0) or 1
    return [
        {
            "name": name,
            **{key: record[key] for key in ("wall_s", "cpu_s", "peak_mb")},
            "time_share": record["wall_s"] / longest,
            "memory_share": record["peak_mb"] / largest,
        }
        for name, record in stages.items()
    ]
