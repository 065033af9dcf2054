"""Made-up measurements, for what is computed and drawn of them."""

from __future__ import annotations

import json
from pathlib import Path

from sao.benchmark.benchmark import summarize
from sao.submodules import SUBMODULES

STEPS = 8
SECONDS = {
    "reference": {"conditioners": 0.2, "dit": 0.4, "autoencoder": 10.0},
    "ours": {"conditioners": 0.1, "dit": 0.2, "autoencoder": 4.0, "pieces": 2.0},
    "eager": {"conditioners": 0.1, "dit": 0.5, "autoencoder": 12.0},
}
SCORES = {"snr_db": 40.0, "cosine": 0.999}
MEMORY = {"memory_mb": {"baseline": 200.0, "peak": 500.0}}


def benchmark_summary(folder: Path) -> dict:
    """Return what a benchmark would, of files and records that are written into `folder`."""
    measured: dict[tuple, dict] = {
        ("limit", name): {"turns_s": [1.0, 0.5]} for name in ("fp32", "fp16", "int8", "torch_fp32")
    }
    for name, parts in SECONDS.items():
        measured["generation", name] = {"turns_s": [9.0], **MEMORY, **SCORES}
        for part, s in parts.items():
            measured[name, part] = {"turns_s": [s, 3 * s, s / 2], **MEMORY, **SCORES}
    for submodule in SUBMODULES:
        measured["eager", submodule]["macs"] = 10**10
    recipes = {name: _recipe(name, folder) for name in SECONDS}
    _record(folder, "export", "dit.pt2")
    for part in SUBMODULES:
        _record(folder, f"build.{part}", f"{part}.pte", f"{part}.json")
    shown = {"model": "demo", "machine": "x", "threads": 2, "repeats": 3, "warm_up": 1}
    shown |= {"steps": STEPS, "load_average_before": 0.1, "versions": {"torch": "2"}}
    shown |= {"cpu_features": {"dot product": True, "fp16": True, "i8mm": False, "SME": False}}
    return shown | summarize(recipes, measured, STEPS, folder)


def choice(folder: Path) -> tuple[dict, dict, dict, str]:
    """Return what scheme_figures takes: four schemes of the DiT, int8 being the config's.

    fp16 is behind int8 in all, int4 below its gate.
    """
    figures = {
        "fp32": (4000, 0.4, 120.0, 100),
        "fp16": (2500, 0.5, 30.0, 20),
        "int8": (2000, 0.2, 35.0, 20),
        "int4": (1500, 0.22, 7.0, 8),
    }
    recipes, measured, gates = {}, {}, {}
    for name, (size, seconds, snr, gate) in figures.items():
        file = folder / f"dit.{name}.pte"
        with open(file, "wb") as content:
            content.truncate(1000 * size)
        recipes[name] = {"dit": {"files": [str(file)], "made": []}}
        turns = [seconds, 1.1 * seconds, 0.9 * seconds]
        measured[name, "dit"] = {"turns_s": turns, "snr_db": snr, "cosine": 0.99, **MEMORY}
        gates[name] = gate
    return recipes, measured, gates, "int8"


def _recipe(name: str, folder: Path) -> dict:
    files = {part: [f"{part}.int8.pte"] for part in SECONDS[name]}
    if "pieces" in files:
        files["pieces"] = ["autoencoder_head.fp32.pte", "autoencoder_tail.int8.pte"]
    for names in files.values():
        for file in names:
            (folder / file).write_bytes(bytes(1000))
    return {
        part: {"files": [str(folder / f) for f in names], "made": ["dit.pt2", f"{part}.pte"]}
        for part, names in files.items()
    }


def _record(folder: Path, job: str, *made: str) -> None:
    took = {"made": made, "cpu_s": 10, "peak_mb": 300, "wall_s": 9}
    (folder / f"{job}.json").write_text(json.dumps(took))
