"""What the summary of a build says. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sao.files import read_json


def summary_values(
    artifacts: Sequence[str],
    sounds: Sequence[str],
    sound_reports: Sequence[str],
    benchmarks: str,
    parts: Sequence[str],
) -> dict[str, Any]:
    """Return the values of summary.md.j2: sizes (MB), sounds, scores, and stages in order of time.

    `benchmarks` is the folder with the records of the jobs; cached ones were not run and have none.
    Of the records, those count that made one of `parts`: others are of other schemes or targets.
    """
    reports = [read_json(path) for path in sound_reports]
    paths = sorted(Path(benchmarks).glob("*.json"), key=lambda path: path.stat().st_mtime)
    records = {path.stem: read_json(path) for path in paths}
    return {
        "artifacts": {path: _megabytes(Path(path)) for path in artifacts},
        "sounds": dict(zip(sounds, reports, strict=True)),
        "scores": reports[0]["comparison"],
        "stages": {n: record for n, record in records.items() if {*parts} & {*record["made"]}},
    }


def _megabytes(top: Path) -> float:
    files = [f for f in top.rglob("*") if f.is_file()] if top.is_dir() else [top]
    return sum(f.stat().st_size for f in files) / 1e6
