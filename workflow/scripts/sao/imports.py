"""Which of this workflow's modules a script uses. Standard library only.

Snakemake neither reruns a rule nor changes its cache key when a module that its script imports
changes, so every rule takes those modules as inputs; this finds them.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent
# Where each of the workflow's own packages lies.
PACKAGES = {"sao": SCRIPTS, "demo": SCRIPTS.parent}


@cache
def own_imports(script: Path) -> frozenset[Path]:
    """Return the files of the workflow's own packages that `script` imports, directly or not."""
    found: set[Path] = set()
    pending = [script]
    while pending:
        for module in _direct(pending.pop()) - found:
            found.add(module)
            pending.append(module)
    return frozenset(found)


@cache
def _direct(source: Path) -> frozenset[Path]:
    """Read a file once, however many scripts lead to it: it is parsed at every start."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    paths = set()
    for name in names:
        package = PACKAGES.get(name.partition(".")[0])
        if package:
            path = package / name.replace(".", "/")
            paths |= {path.with_suffix(".py"), path / "__init__.py"}
    return frozenset(path for path in paths if path.exists())
