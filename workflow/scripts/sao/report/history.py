"""The figures of earlier builds, to tell what changed. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

from sao.files import read_json

KEPT = 20


def read_history(path: str | os.PathLike) -> list[dict]:
    """Return the figures of the builds so far, the last one last; none where there is no file."""
    return read_json(path)["builds"] if Path(path).exists() else []


def with_build(builds: list[dict], build: dict) -> list[dict]:
    """Return the builds with this one at the end, at most KEPT; the same figures count once."""
    if builds and _figures(builds[-1]) == _figures(build):
        builds = builds[:-1]
    return [*builds, build][-KEPT:]


def before(builds: list[dict]) -> dict | None:
    """Return the build before the last one, or None."""
    return builds[-2] if len(builds) > 1 else None


def _figures(build: dict) -> dict:
    return {key: value for key, value in build.items() if key != "made"}
