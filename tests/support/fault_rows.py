"""The table of docs/faults.md: what is said of each fault."""

from __future__ import annotations

import re

from support.checkout import ROOT

PAGE = ROOT / "docs/faults.md"
ROW = re.compile(r"^\| ([^|]+) \| `(.+)` \| [^|]+ \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    """Return the line of each fault, by its name; `…` in it is any text."""
    return dict(ROW.findall(PAGE.read_text()))


def said(printed: str, fault: str) -> int:
    """Return how many lines of what was printed are what the table has for a fault."""
    pattern = ".*".join(map(re.escape, rows()[fault].split("…")))
    return sum(bool(re.fullmatch(pattern, line)) for line in printed.splitlines())
