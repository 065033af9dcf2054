"""The figures of a benchmark, from what was measured. Standard library only.

A recipe's parts are the submodules, and `pieces`: the decoder in two, where a recipe has it, which
then stands for the autoencoder in a generation. Units: seconds, MB of 1e6 bytes, operations: a
multiply-accumulate is two.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from sao.files import read_json
from sao.submodules import SUBMODULES

PIECES = "pieces"


def submodule_of_part(part: str) -> str:
    """Return which submodule's calls a part answers."""
    return "autoencoder" if part == PIECES else part


def generation_parts(parts) -> dict[str, str]:
    """Return, of a recipe's parts, those that its own generation uses, by submodule."""
    return {
        submodule: PIECES if submodule == "autoencoder" and PIECES in parts else submodule
        for submodule in SUBMODULES
    }


def latency(turns: list[float]) -> dict[str, float]:
    """Return median, fastest and slowest of a part's turns (s)."""
    return {"median": statistics.median(turns), "min": min(turns), "max": max(turns)}


def generation_latency(parts: dict[str, dict], steps: int) -> dict[str, float]:
    """Return the latency (s) of 1 + `steps` + 1 calls, from the latencies by submodule."""
    calls = {"dit": steps}
    return {
        key: sum(calls.get(name, 1) * part[key] for name, part in parts.items())
        for key in ("median", "min", "max")
    }


def limit_name(recipe: str, part: str, files: list[str]) -> str:
    """Return which of the machine's limits a part is held against: that of its arithmetic.

    The guide's decoder is in fp16. A machine without native fp16 computes it in fp32, and so the
    limit of fp16 too.
    """
    if recipe == "eager":
        return "torch_fp32"
    if recipe == "reference":
        return {"dit": "int8", "autoencoder": "fp16"}.get(part, "fp32")
    names = [Path(file).name for file in files]
    if any(".int" in name for name in names):
        return "int8"
    return "fp16" if any(".fp16." in name for name in names) else "fp32"


def limits(turns: dict[str, list[float]], macs: int) -> dict[str, float]:
    """Return the machine's limits in 1e9 operations a second: the fastest turn of each probe."""
    return {name: giga_operations(macs, min(seconds)) for name, seconds in turns.items()}


def giga_operations(macs: int, seconds: float) -> float:
    """Return 1e9 operations a second of `macs` multiply-accumulates in `seconds`."""
    return 2 * macs / seconds / 1e9


def build_cost(made: list[str], folder: Path) -> dict[str, float] | None:
    """Return CPU seconds of the jobs that made the files `made`, and the largest's peak (MB).

    From the records in `folder`, benchmarks/<model>, of each job's last run in this checkout. None
    where one has not run here: its result came from the between-workflow cache.
    """
    jobs = {path: record for record in _records(folder) for path in record.get("made", [])}
    if not set(made) <= set(jobs):
        return None
    # A job that makes several of the files counts once.
    records = {jobs[path]["made"][0]: jobs[path] for path in made}.values()
    return {
        "cpu_s": sum(record["cpu_s"] for record in records),
        "peak_mb": max(record["peak_mb"] for record in records),
    }


def _records(folder: Path) -> list[dict]:
    return [read_json(path) for path in folder.glob("*.json")]


def part_figures(measured: dict, macs: int, limit: str, machine: dict[str, float]) -> dict:
    """Return the figures of a part; `machine` are its limits."""
    times = latency(measured["turns_s"])
    speed = giga_operations(macs, times["median"])
    return {
        "latency_s": times,
        **outcome(measured),
        "macs": macs,
        "giga_operations_per_s": speed,
        "limit": limit,
        "share_of_limit": speed / machine[limit],
    }


def outcome(measured: dict) -> dict:
    """Return memory and scores of what was measured."""
    memory = measured["memory_mb"]
    above = {"above_baseline": memory["peak"] - memory["baseline"]}
    scores = {key: measured[key] for key in ("snr_db", "cosine")}
    return {"memory_mb": memory | above, **scores}


def generation_figures(parts: dict[str, dict], run: dict, steps: int) -> dict:
    """Return a whole generation's figures from a recipe's parts and the one that was run.

    `bytes` is of the files that it uses, `bundle_bytes` of the three of the submodules.
    """
    used = {name: parts[part] for name, part in generation_parts(parts).items()}
    return {
        "latency_s": generation_latency(
            {name: part["latency_s"] for name, part in used.items()}, steps
        ),
        "bytes": sum(part["bytes"] for part in used.values()),
        "bundle_bytes": sum(parts[submodule]["bytes"] for submodule in SUBMODULES),
        "run_with_loading_s": run["turns_s"][0],
        **outcome(run),
    }


def speedup(recipes: dict[str, dict], base: str = "reference", of: str = "ours") -> float:
    """Return the median generation time of one recipe over that of another."""
    base_s, of_s = (recipes[name]["generation"]["latency_s"]["median"] for name in (base, of))
    return base_s / of_s
