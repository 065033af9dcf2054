"""Measures recipes. Needs what sao.benchmark.measuring and sao.benchmark.probes need.

What a recipe is: sao.benchmark.recipes. The settings hold
model, machine, threads, repeats, warm_up, steps, seed (of the generation that is run) and cases:
paths of the recorded calls by submodule.
"""

from __future__ import annotations

import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from sao.benchmark.features import cpu_features
from sao.benchmark.figures import (
    build_cost,
    generation_figures,
    generation_parts,
    limit_name,
    limits,
    part_figures,
    speedup,
    submodule_of_part,
)
from sao.benchmark.measuring import measure
from sao.benchmark.probes import MACS, ROWS, WIDTH, write_probes
from sao.benchmark.recipes import Recipe

SHOWN = ("model", "machine", "threads", "repeats", "warm_up", "steps")


def benchmark(recipes: dict[str, Recipe], settings: dict, benchmarks: str) -> dict:
    """Return the summary; `benchmarks` is the folder with the records of the jobs."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        specs = part_specs(recipes, settings)
        specs |= probe_specs(write_probes(Path(folder)), settings["threads"])
        measured = measure(specs, settings["warm_up"], settings["repeats"])
    measured |= measure(generation_specs(recipes, settings), 0, 1)
    return {
        **{key: settings[key] for key in SHOWN},
        **summarize(recipes, measured, settings["steps"], Path(benchmarks)),
        "cpu_features": cpu_features(),
        "load_average_before": load,
        "versions": versions(),
    }


def summarize(
    recipes: dict[str, Recipe], measured: dict[tuple, dict], steps: int, benchmarks: Path
) -> dict:
    """Return the figures from what was measured of each (recipe, part) and ("limit", name).

    And of each ("generation", recipe). File sizes and the jobs' records are read here.
    """
    machine = limits(
        {name: result["turns_s"] for (kind, name), result in measured.items() if kind == "limit"},
        MACS,
    )
    content = {
        name: _recipe(name, recipe, measured, machine, steps) for name, recipe in recipes.items()
    }
    for name, recipe in recipes.items():
        _add_build_costs(content[name], recipe, benchmarks)
    return {
        "speedup_total": speedup(content),
        "limits": {"giga_operations_per_s": machine, "product": [ROWS, WIDTH, WIDTH]},
        "recipes": content,
    }


def part_specs(recipes: dict[str, Recipe], settings: dict) -> dict[tuple, dict]:
    """Return what to measure for each (recipe, part)."""
    return {
        (name, part): {
            "kind": "part",
            "submodule": submodule_of_part(part),
            "cases": settings["cases"][submodule_of_part(part)],
            "files": content["files"],
            "threads": settings["threads"],
        }
        for name, recipe in recipes.items()
        for part, content in recipe.items()
    }


def probe_specs(probes: dict[str, list[str]], threads: int) -> dict[tuple, dict]:
    """Return what to measure for each of the machine's limits."""
    (inputs,) = probes.pop("inputs")
    return {
        ("limit", name): {"kind": "probe", "files": files, "inputs": inputs, "threads": threads}
        for name, files in probes.items()
    }


def generation_specs(recipes: dict[str, Recipe], settings: dict) -> dict[tuple, dict]:
    """Return what to run for a whole generation of each recipe."""
    return {
        ("generation", name): {
            "kind": "generation",
            "files": {
                submodule: recipe[part]["files"]
                for submodule, part in generation_parts(recipe).items()
            },
            **{key: settings[key] for key in ("cases", "seed", "steps", "threads")},
        }
        for name, recipe in recipes.items()
    }


def versions() -> dict[str, str]:
    """Return the versions of what runs the programs."""
    packages = ("executorch", "torch", "torchao", "numpy")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def _recipe(name, recipe, measured, machine, steps) -> dict:
    parts = {}
    for part, content in recipe.items():
        files = list(map(Path, content["files"]))
        macs = measured["eager", submodule_of_part(part)]["macs"]
        limit = limit_name(name, part, content["files"])
        parts[part] = {
            "files": [file.name for file in files],
            "bytes": sum(file.stat().st_size for file in files),
            **part_figures(measured[name, part], macs, limit, machine),
        }
    run = measured["generation", name]
    return {"parts": parts, "generation": generation_figures(parts, run, steps)}


def _add_build_costs(content: dict, recipe: Recipe, folder: Path) -> None:
    for part, figures in content["parts"].items():
        figures["build"] = build_cost(recipe[part]["made"], folder)
    every = [path for part in recipe.values() for path in part["made"]]
    content["generation"]["build"] = build_cost(every, folder)
