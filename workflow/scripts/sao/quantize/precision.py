"""Which sites of a program stay in fp32, so that int8 is as near as it was promised. Needs torch.

Where int8 throughout is near enough, nothing more is measured. Else each site is tried alone: what
it adds to the error, over what it costs to have it in fp32, is its rank. Sites are taken by rank
until the errors of the others, which add up nearly as powers do, are small enough; what comes out
is measured, and more are taken while it falls short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx

from sao.errors import BuildError
from sao.progress import counted
from sao.quantize.convolutions import OUTPUT_DIMENSION
from sao.quantize.simulation import Simulation
from sao.score.metrics import EQUAL_DB

aten = torch.ops.aten
# Calls that each site is tried on; what is decided is measured on all.
CALLS_EACH = 2
# Where what was taken falls short, the next attempt lets this share of the error be.
TIGHTER = 0.7

Calls = Sequence[tuple[Tensor, ...]]
# The power of the error over that of the output, for each call and output: sites to (n,).
Errors = Callable[[Collection[str], Calls], Tensor]


@dataclass(frozen=True)
class Decision:
    """Sites by precision, and how near (dB) the program is with them on the calibration calls."""

    int8: list[str]
    fp32: list[str]
    throughout_db: float
    reached_db: float


def decide(errors: Errors, costs: dict[str, float], calls: Calls, target_db: float) -> Decision:
    """Return which of the sites in `costs` (multiply-accumulates) may be int8.

    errors(sites, calls) gives the error where those sites alone are int8.
    """
    everything = list(costs)
    throughout = decibels(errors(everything, calls))
    if throughout >= target_db:
        return Decision(everything, [], throughout, throughout)
    few = calls[:: max(1, len(calls) // CALLS_EACH)][:CALLS_EACH]
    alone = {site: errors([site], few) for site in counted(everything, "site")}
    ranked = sorted(everything, key=lambda site: -float(alone[site].max()) / costs[site])
    allowed = 10 ** (-target_db / 10)
    while True:
        kept = _kept(ranked, alone, allowed)
        reached = decibels(errors(kept, calls)) if kept else EQUAL_DB
        if reached >= target_db:
            int8 = [site for site in everything if site in kept]
            fp32 = [site for site in everything if site not in kept]
            return Decision(int8, fp32, throughout, reached)
        allowed *= TIGHTER


def _kept(ranked: list[str], alone: dict[str, Tensor], allowed: float) -> list[str]:
    """Return the sites that are left when the first so many of `ranked` are in fp32."""
    remaining = sum(alone.values())
    for number, site in enumerate(ranked):
        if float(remaining.max()) <= allowed:
            return ranked[number:]
        remaining = remaining - alone[site]
    return []


def decibels(errors: Tensor) -> float:
    """Return the worst of some errors as an SNR, at most EQUAL_DB; nan where one is nan."""
    worst = float(errors.max())
    return EQUAL_DB if worst == 0 else min(EQUAL_DB, -10 * float(torch.tensor(worst).log10()))


def simulated(simulation: Simulation) -> Errors:
    """Return what measures a simulation against itself with all sites in fp32."""
    expected: dict[int, list[Tensor]] = {}

    def errors(sites: Collection[str], calls: Calls) -> Tensor:
        ratios = []
        for call in calls:
            if id(call) not in expected:
                expected[id(call)] = _outputs(simulation.run(*call))
            with simulation.active(sites):
                got = _outputs(simulation.run(*call))
            pairs = zip(expected[id(call)], got, strict=True)
            ratios += [(a - b).square().sum() / a.square().sum() for a, b in pairs]
        return torch.stack(ratios)

    return errors


def costs_of(sites: dict[fx.Node, str]) -> dict[str, float]:
    """Return multiply-accumulates by site; what is none counts as a tenth of one for each value."""
    costs: dict[str, float] = {}
    for node, site in sites.items():
        costs[site] = costs.get(site, 0) + _cost(node)
    return costs


def _cost(node: fx.Node) -> float:
    values = node.meta["val"].numel()
    if node.target is aten.linear.default:
        return values * node.args[1].meta["val"].shape[1]
    if node.target in OUTPUT_DIMENSION:
        weight = node.args[1].meta["val"]
        return values * weight.numel() / weight.shape[OUTPUT_DIMENSION[node.target]]
    return values / 10


def _outputs(value: object) -> list[Tensor]:
    # Integer outputs, such as a mask, are what they are.
    leaves = torch.utils._pytree.tree_leaves(value)
    return [leaf.double() for leaf in leaves if leaf.is_floating_point()]


def said(decision: Decision, file: str, target_db: float) -> str:
    """Return a line about what was decided."""
    left = ", ".join(decision.fp32)
    return (
        f"{file}: int8 throughout is {decision.throughout_db:.1f} dB from fp32 on the calibration "
        f"calls, {target_db:.1f} are asked for; {len(decision.fp32)} of "
        f"{len(decision.fp32) + len(decision.int8)} sites stay in fp32 ({left}), which gives "
        f"{decision.reached_db:.1f} dB"
    )


def require_strictly(line: str, strict: bool) -> None:
    """Raise BuildError where something stays in fp32, as `line` says, and the config is strict."""
    if strict:
        raise BuildError(f"{line}; take out `strict`, or choose another scheme")
