"""The figures of earlier builds, to tell what changed. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

from sao.files import read_json, write_json

KEPT = 20
# One more whenever a page asks something else of a build.
FORMAT = 1


def read_history(path: str | os.PathLike) -> list[dict]:
    """Return the figures of the builds so far, the last one last; none where there is no file.

    None either where it is of another format, or broken: a build does not fail for its history.
    """
    try:
        content = read_json(path) if Path(path).exists() else {}
    except ValueError as error:
        print(f"{path}: not JSON, begun anew: {error}")
        return []
    known = isinstance(content, dict) and content.get("format") == FORMAT
    return content["builds"] if known else []


def write_history(path: str | os.PathLike, builds: list[dict]) -> None:
    """Write what read_history reads."""
    write_json(path, {"format": FORMAT, "builds": builds})


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
