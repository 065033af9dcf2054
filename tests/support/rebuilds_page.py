"""Makes the tables of docs/rebuilds.md from tests/rebuilds.yaml; run by itself, writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from support.checkout import ROOT
from support.rebuilds import FOLLOWS, ROWS, TABLE, Row, expand

PAGE = ROOT / "docs/rebuilds.md"
# What stands before it is written by hand.
MARK = "<!-- From here on made by `make rebuilds` of tests/rebuilds.yaml. -->\n"
TITLES = {
    "config": "Keys of the configuration",
    "prompts": "Prompts",
    "scripts": "Scripts",
    "environments": "Environments",
    "modules": "Modules that scripts share",
    "others": "The lock, precision, the runner, words and the rest",
}


def page() -> str:
    """Return the page as it should be."""
    return PAGE.read_text().partition(MARK)[0] + MARK + tables()


def tables() -> str:
    """Return a table of each section, and one of settings of targets."""
    lines: list[str] = []
    for section, title in TITLES.items():
        rows = [row for row in ROWS if row.section == section]
        under = "" if isinstance(TABLE[section], list) else TABLE[section]["under"]
        lines += ["", f"## {title}", ""]
        if under:
            lines += [f"Below `{under}/`.", ""]
        lines += ["| what changes | runs first | and what follows | jobs |", "|---|---|---|---|"]
        lines += [_line(row, under) for row in rows]
        if section == "config":
            lines += ["", "Where such a target is chosen, besides:", ""]
            lines += ["| settings of a target | runs first |", "|---|---|"]
            lines += [
                f"| {_code(entry['keys'])} | {_code(_short(expand(entry['first'])))} |"
                for entry in TABLE["targets"]
            ]
    return "\n".join(lines) + "\n"


def _line(row: Row, under: str) -> str:
    # Of a model without committed precision: where it is, its jobs are not there to run.
    jobs = row.jobs(measured=not row.decided)
    first = row.first & jobs
    names = [
        *row.config,
        *row.prompts,
        *(name.removeprefix(under).lstrip("/") for name in row.files),
        *row.edit,
        *row.remove,
    ]
    what = f"{row.what}: " if row.what != ", ".join(names) else ""
    cells = [what + _code(names), _code(_short(first)), _code(_short(jobs - first))]
    return f"| {' | '.join(cell or 'nothing' for cell in cells)} | {len(jobs)} |"


def _short(jobs: Iterable[str]) -> Iterator[str]:
    """Name all jobs of a rule as one."""
    jobs = set(jobs)
    for rule in dict.fromkeys(job.partition(".")[0] for job in FOLLOWS):
        of_rule = {job for job in FOLLOWS if job.partition(".")[0] == rule}
        if len(of_rule) > 1 and of_rule <= jobs:
            yield f"{rule}.*"
        else:
            yield from (job for job in FOLLOWS if job in of_rule & jobs)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page())
