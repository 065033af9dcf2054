"""Which rule reads what which rule makes. Called in the Snakefile, with Snakemake's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def rule_edges(rules: Iterable, targets: Iterable[str]) -> list[list[str]]:
    """Return sorted [from, to] of the rules (snakemake.rules.Rule) that lead to `targets`.

    Snakemake draws only the jobs of a run (`--rulegraph`), and not from within one.
    """
    edges = {(maker.name, reader) for maker, reader, _ in _needed(rules, targets) if reader}
    return sorted(map(list, edges))


def made_for(rules: Iterable, targets: Iterable[str]) -> set[str]:
    """Return what all jobs that lead to `targets` make."""
    made: set[str] = set()
    for maker, _, path in _needed(rules, targets):
        if path not in made:
            made.update(map(str, maker.expand_output(maker.get_wildcards(path))[0]))
    return made


def _needed(rules: Iterable, targets: Iterable[str]) -> Iterator[tuple[Any, str | None, str]]:
    """Go from targets to what they are made of: maker, its reader's name, and the path between."""
    rules = list(rules)
    seen: set[str] = set()
    pending: list[tuple[str, str | None]] = [(str(path), None) for path in targets]
    while pending:
        path, reader = pending.pop()
        maker = next((rule for rule in rules if rule.is_producer(path)), None)
        if maker is None:
            continue
        yield maker, reader, path
        if path not in seen:
            seen.add(path)
            inputs = maker.expand_input(maker.get_wildcards(path))[0]
            pending += [(str(needed), maker.name) for needed in inputs]
