"""Which rule reads what which rule makes. Called in the Snakefile, with Snakemake's own rules."""

from __future__ import annotations

from collections.abc import Iterable


def rule_edges(rules: Iterable, targets: Iterable[str]) -> list[list[str]]:
    """Return sorted [from, to] of the rules (snakemake.rules.Rule) that lead to `targets`.

    Snakemake draws only the jobs of a run (`--rulegraph`), and not from within one.
    """
    rules = list(rules)
    edges: set[tuple[str, str]] = set()
    seen: set[str] = set()
    pending: list[tuple[str, str | None]] = [(str(path), None) for path in targets]
    while pending:
        path, reader = pending.pop()
        maker = next((rule for rule in rules if rule.is_producer(path)), None)
        if maker is None:
            continue
        if reader is not None:
            edges.add((maker.name, reader))
        if path not in seen:
            seen.add(path)
            inputs = maker.expand_input(maker.get_wildcards(path))[0]
            pending += [(str(needed), maker.name) for needed in inputs]
    return sorted(map(list, edges))
