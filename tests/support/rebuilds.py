"""What rebuilds: the table in tests/rebuilds.yaml, as tests and the documentation read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from support.checkout import ROOT

TABLE = yaml.safe_load((ROOT / "tests/rebuilds.yaml").read_text())
# Direct readers of each job's output.
FOLLOWS: dict[str, list[str]] = TABLE["follows"]
# Not run where a model's precision is committed, as the demo's is.
DECIDING = ("calibrate.*", "precision.*")
# Rules of one job each; other jobs' names have what they are for.
SINGLE = ["random_model", "check_prompts", "verify", "runner"]
SINGLE += ["bundle", "compare_sound", "summary", "report"]


@dataclass(frozen=True)
class Row:
    """A kind of change, and the jobs that it makes run first."""

    section: str
    what: str
    first: frozenset[str]
    files: tuple[str, ...] = ()  # patterns, from the checkout's root
    config: dict[str, Any] = field(default_factory=dict)
    prompts: dict[str, Any] = field(default_factory=dict)
    edit: dict[str, list[str]] = field(default_factory=dict)
    copy: dict[str, str] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    tried: bool = True
    measured: bool = False
    decided: list[str] = field(default_factory=list)  # with nothing committed for them

    @property
    def names(self) -> list[str]:
        """The files that it names, from the checkout's root. AssertionError for a name of none."""
        found = {pattern: sorted(ROOT.glob(pattern)) for pattern in self.files}
        assert all(found.values()), [pattern for pattern, paths in found.items() if not paths]
        return [str(p.relative_to(ROOT)) for ps in found.values() for p in ps if p.is_file()]

    def jobs(self, measured: bool = False) -> set[str]:
        """Return all jobs that run, where precision is `measured` or committed."""
        graph = graph_of(DECIDING if measured else self.decided)
        found: set[str] = set()
        pending = set(self.first) & set(graph)
        while pending:
            job = pending.pop()
            found.add(job)
            pending |= graph[job] - found
        return found


def graph_of(decided: Iterable[str]) -> dict[str, set[str]]:
    """Return jobs to their direct readers; of those that decide precision the `decided` only."""
    left_out = expand(DECIDING) - expand(decided)
    return {
        job: expand(readers) - left_out for job, readers in FOLLOWS.items() if job not in left_out
    }


def expand(patterns: Iterable[str]) -> set[str]:
    """Return the jobs of names and patterns. Raises AssertionError for one of none."""
    found = {pattern: {job for job in FOLLOWS if fnmatchcase(job, pattern)} for pattern in patterns}
    assert all(found.values()), [pattern for pattern, jobs in found.items() if not jobs]
    return set().union(*found.values())


def read_rows() -> list[Row]:
    """Return the table's rows."""
    rows = []
    for section in ("config", "prompts", "scripts", "environments", "modules", "others"):
        part = TABLE[section]
        under, entries = ("", part) if isinstance(part, list) else (part["under"], part["rows"])
        for entry in entries:
            known = dict(entry)
            files = tuple(str(Path(under) / name) for name in known.pop("files", ()))
            known.setdefault("what", ", ".join(entry.get("files", ())))
            # Others than these are held to the inputs that Snakemake lists.
            known.setdefault("tried", section in ("config", "prompts", "scripts", "environments"))
            known["tried"] |= not files
            rows.append(
                Row(section, first=frozenset(expand(known.pop("first"))), files=files, **known)
            )
    return rows


ROWS = read_rows()


def job_of(rule: str, output: str) -> str:
    """Return the table's name of the job that makes a file."""
    rule = rule.removesuffix("_on_target")
    if rule in SINGLE:
        return rule
    name = Path(output).name.removeprefix("compare.")
    return f"{rule}.{name if rule == 'fetch' else name.partition('.')[0]}"


def read_summary(printed: str) -> list[dict[str, str]]:
    """Return the rows of what `snakemake --summary` prints, one for each file."""
    start = printed.index("output_file\t")
    rows = csv.DictReader(io.StringIO(printed[start:]), delimiter="\t")
    return [row | {"job": job_of(row["rule"], row["output_file"])} for row in rows if row["rule"]]


def pending(printed: str) -> set[str]:
    """Return the jobs that a run would run, from a summary."""
    return {row["job"] for row in read_summary(printed) if row["plan"] != "no update"}


def put(content: Any, place: str, value: Any) -> None:
    """Set a value at a place, by names and numbers with dots between."""
    *above, last = [int(name) if name.isdigit() else name for name in place.split(".")]
    for name in above:
        content = content.setdefault(name, {}) if isinstance(content, dict) else content[name]
    content[last] = value
