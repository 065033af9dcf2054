"""What the summary of a build says. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sao.files import read_json

# What is nearer to its gate than this is said to be.
THIN_MARGIN_DB = 1.0


def summary_values(
    artifacts: Sequence[str],
    sounds: Sequence[str],
    sound_reports: Sequence[str],
    benchmarks: str,
    parts: Sequence[str],
) -> dict[str, Any]:
    """Return the values of summary.md.j2.

    Sizes (MB), sounds, scores, those under 1 dB over their gate, and stages in order of time.
    `benchmarks` is the folder with the records of the jobs; cached ones were not run and have none.
    Of the records, those of `stages` count.
    """
    reports = [read_json(path) for path in sound_reports]
    scores = reports[0]["comparison"]
    return {
        "artifacts": {path: _megabytes(Path(path)) for path in artifacts},
        "sounds": dict(zip(sounds, reports, strict=True)),
        "scores": scores,
        "thin_margins": {n: s for n, s in scores.items() if s["margin_db"] < THIN_MARGIN_DB},
        "stages": stages(benchmarks, parts),
    }


def stages(benchmarks: str, parts: Sequence[str]) -> dict[str, dict]:
    """Return the records of the jobs in the folder `benchmarks`, in order of time, by name.

    Those that made one of `parts`, below whatever folder: others are of other schemes or targets.
    """
    paths = sorted(Path(benchmarks).glob("*.json"), key=lambda path: path.stat().st_mtime)
    records = {path.stem: read_json(path) for path in paths}
    made = tuple(f"/{part}" for part in parts)
    return {
        name: record
        for name, record in records.items()
        if any(f"/{path}".endswith(made) for path in record["made"])
    }


def _megabytes(top: Path) -> float:
    files = [f for f in top.rglob("*") if f.is_file()] if top.is_dir() else [top]
    return sum(f.stat().st_size for f in files) / 1e6
