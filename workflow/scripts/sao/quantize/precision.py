"""Which sites of a program are how precise, so that it is as near as promised. Needs torch.

Where the coarsest throughout, int8 or int4, is near enough, nothing more is measured. Else each
site is tried alone in each precision, up to one that is near enough throughout where all sites have
such a one: errors add up nearly as powers do. Sites are made more precise, first the one whose
error falls most for what that costs, until the sum is small enough; what comes out is measured, and
more are taken while it falls short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, fx

from sao.errors import BuildError
from sao.progress import show
from sao.quantize.decided import PRECISIONS, Site
from sao.quantize.ranges import HIGH, on_grid
from sao.quantize.simulation import Simulation
from sao.score.metrics import EQUAL_DB

aten = torch.ops.aten
# Where what was taken falls short, the next attempt lets this share of the error be.
TIGHTER = 0.8
# Time of a multiply-accumulate, in those of int8: two layers in place of one, and what fp32 takes
# of a CPU with dot products of int8.
COSTS = {"int4": 1.0, "int8": 1.0, "w8a16": 2.0, "fp32": 4.0}
# Where nothing is to stay in fp32, all else goes before it.
FP32_WHERE_STRICT = 1e6
# And of each value of an input that goes through in two halves, to take it apart and add up what
# becomes of it: 5 to 6 ns were seen, against 5 ps of a multiply-accumulate (AVX-512 VNNI).
COST_OF_HALVES = 1000
# And of each byte of the file: 100 MB are a fifth of what the full-size decoder's products take.
COST_OF_A_BYTE = 4000 / 3
# Bytes of a weight: 32 in int4 share a scale of two.
BYTES = {"int4": 0.5 + 2 / 32, "int8": 1.0, "w8a16": 1.0, "fp32": 4.0}

Calls = Sequence[tuple[Tensor, ...]]
# Of sites, by name.
Precisions = dict[str, str]


@dataclass(frozen=True)
class Cost:
    """What a site takes: multiply-accumulates, weights, and values of its input.

    `fp32` is the time of a multiply-accumulate in fp32.
    """

    products: float
    weights: float
    values: float = 0
    fp32: float = COSTS["fp32"]

    def of(self, precision: str) -> float:
        """Return what it costs in a precision."""
        stored = COST_OF_A_BYTE * BYTES[precision] * self.weights
        halves = COST_OF_HALVES * self.values if precision == "w8a16" else 0
        product = self.fp32 if precision == "fp32" else COSTS[precision]
        return product * self.products + stored + halves

    def repeated(self, times: float) -> Cost:
        """Return what it takes to run so many times; weights are stored once."""
        return replace(self, products=times * self.products, values=times * self.values)


@dataclass(frozen=True)
class Decision:
    """Precisions of all sites, and how near (dB) the program is with them on the calls.

    The same with each in its coarsest, of which `coarsest` is the coarsest of all.
    """

    precisions: Precisions
    coarsest: str
    throughout_db: float
    reached_db: float


def decide(
    measure: Measure,
    costs: dict[str, Cost],
    ladders: Mapping[str, Sequence[str]],
    target_db: float,
) -> Decision:
    """Return the precision of each of the sites in `costs`.

    ladders has the precisions to choose from by site, the coarsest first and fp32 last.
    """
    chosen = {site: ladders[site][0] for site in costs}
    coarsest = min(chosen.values(), key=PRECISIONS.index)
    throughout = reached = decibels(measure.errors(chosen))
    if throughout >= target_db:
        return Decision(chosen, coarsest, throughout, throughout)
    finest, left = _finest(measure, ladders, target_db)
    ladders = {site: ladder[: ladder.index(finest) + 1] for site, ladder in ladders.items()}
    alone = _errors_alone(measure, ladders, left)
    allowed = 10 ** (-target_db / 10)
    while not reached >= target_db and set(chosen.values()) != {finest}:
        chosen = _more_precise(chosen, alone, costs, allowed)
        reached = decibels(measure.errors(chosen))
        allowed *= TIGHTER
    return Decision(chosen, coarsest, throughout, reached)


def _finest(
    measure: Measure, ladders: Mapping[str, Sequence[str]], target_db: float
) -> tuple[str, float]:
    """Return the finest precision that any site can need, and the worst error with all in it.

    The coarsest that all have after their first and that is near enough throughout; fp32 without
    error where there is none.
    """
    for precision in PRECISIONS:
        if all(precision in ladder[1:-1] for ladder in ladders.values()):
            errors = measure.errors(dict.fromkeys(ladders, precision))
            if decibels(errors) >= target_db:
                return precision, float(errors.max())
    return "fp32", 0.0


def _errors_alone(
    measure: Measure, ladders: Mapping[str, Sequence[str]], left: float
) -> dict[str, dict[str, Tensor]]:
    """Return the error of each site in each of its precisions, of which the finest is not tried.

    What is `left` where all are in their finest is shared out as what they make in their coarsest.
    """
    alone = measure.alone({site: ladder[:-1] for site, ladder in ladders.items()})
    coarsest = {site: each[ladders[site][0]] for site, each in alone.items()}
    # An output that no site reaches has no error to share.
    together = torch.as_tensor(sum(coarsest.values())).clamp(min=1e-30)
    for site, each in alone.items():
        each[ladders[site][-1]] = coarsest[site] / together * left
    return alone


def _more_precise(
    chosen: Precisions,
    alone: dict[str, dict[str, Tensor]],
    costs: dict[str, Cost],
    allowed: float,
) -> Precisions:
    """Return the precisions with which the errors of all sites add up to no more than is allowed.

    One site at least is more precise than before, unless all are as precise as can be.
    """
    chosen = dict(chosen)
    while True:
        steps = {
            (site, precision): float((each[chosen[site]] - error).sum())
            / (costs[site].of(precision) - costs[site].of(chosen[site]))
            for site, each in alone.items()
            for precision, error in each.items()
            if PRECISIONS.index(precision) > PRECISIONS.index(chosen[site])
        }
        if not steps:
            return chosen
        site, precision = max(steps, key=lambda step: steps[step])
        chosen[site] = precision
        if float(sum(each[chosen[site]] for site, each in alone.items()).max()) <= allowed:
            return chosen


def decibels(errors: Tensor) -> float:
    """Return the worst of some errors as an SNR, at most EQUAL_DB; nan where one is nan."""
    worst = float(errors.max())
    return EQUAL_DB if worst == 0 else min(EQUAL_DB, -10 * float(torch.tensor(worst).log10()))


class Measure:
    """How far a simulation is from itself in fp32, on some calls.

    Errors are the power of the difference over that of the output, for each call and output.
    """

    def __init__(self, simulation: Simulation, calls: Calls, few: int) -> None:
        """Take the calls, and on how many of them each site is tried alone."""
        self._simulation, self._calls = simulation, calls
        self._few = calls[:: max(1, len(calls) // few)][:few]
        self._expected = {id(call): _outputs(simulation.run(*call)) for call in calls}

    def errors(self, precisions: Mapping[str, str]) -> Tensor:
        """Return the errors, (n,), where these sites alone are not in fp32."""
        with self._simulation.active(precisions):
            errors = [self._error(call, self._simulation.run(*call)) for call in self._calls]
        return torch.cat(errors)

    def alone(self, precisions: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Tensor]]:
        """Return the errors, (n,), of each site alone in each of its precisions, on a few calls."""
        errors: dict[str, dict[str, list[Tensor]]] = {}
        for call in self._few:
            for site, precision, output in self._simulation.alone(call, precisions):
                show(f"site {len(errors)}/{len(precisions)}")
                each = errors.setdefault(site, {}).setdefault(precision, [])
                each.append(self._error(call, output))
        return {
            site: {precision: torch.cat(parts) for precision, parts in each.items()}
            for site, each in errors.items()
        }

    def _error(self, call: tuple[Tensor, ...], output: object) -> Tensor:
        pairs = zip(self._expected[id(call)], _outputs(output), strict=True)
        return torch.stack([(a - b).square().sum() / a.square().sum() for a, b in pairs])


def costs_of(
    sites: dict[fx.Node, str], *, strict: bool = False, times: float = 1.0
) -> dict[str, Cost]:
    """Return what each site takes; with `strict`, fp32 takes longer than all else.

    The graph runs `times` over a sound. A value that no product makes counts as a tenth of one.
    """
    costs = {site: _cost(node).repeated(times) for node, site in sites.items()}
    if strict:
        costs = {site: replace(cost, fp32=FP32_WHERE_STRICT) for site, cost in costs.items()}
    return costs


def _cost(node: fx.Node) -> Cost:
    made = node.meta["val"]
    if node.target is aten.embedding.default:
        return Cost(made.numel() / 10, node.args[0].meta["val"].numel())
    weights = node.args[1].meta["val"].numel()
    if node.target is aten.linear.default:
        return Cost(made.numel() / made.shape[-1] * weights, weights)
    # Each weight meets each position, of the input where that is the shorter one; a transposed
    # convolution takes two positions at a time (sao.quantize.by_position).
    read = node.args[0].meta["val"]
    twice = 2 if node.target is aten.conv_transpose2d.input else 1
    return Cost(min(made.shape[3], read.shape[3]) * weights, weights, twice * read.numel())


def _outputs(value: object) -> list[Tensor]:
    # Integer outputs, such as a mask, are what they are.
    leaves = torch.utils._pytree.tree_leaves(value)
    return [leaf.double() for leaf in leaves if leaf.is_floating_point()]


def sites_of(decision: Decision, largest: Mapping[str, float]) -> list[Site]:
    """Return what was decided by site; `largest` has the largest input that each was seen with."""
    return [
        Site(name, precision, on_grid(largest[name] / HIGH) if precision == "w8a16" else None)
        for name, precision in decision.precisions.items()
    ]


def in_fp32(decision: Decision) -> list[str]:
    """Return the sites that stay in fp32."""
    return [site for site, precision in decision.precisions.items() if precision == "fp32"]


def said(decision: Decision, file: str, target_db: float) -> str:
    """Return a line about what was decided."""
    count = Counter(decision.precisions.values())
    counts = ", ".join(f"{count[name]} in {name}" for name in PRECISIONS if count[name])
    kept = in_fp32(decision)
    named = f" ({', '.join(kept)})" if kept else ""
    return (
        f"{file}: {decision.coarsest} throughout is {decision.throughout_db:.1f} dB from fp32 on "
        f"the calibration calls, {target_db:.1f} are asked for; of {len(decision.precisions)} "
        f"sites {counts}{named} give {decision.reached_db:.1f} dB"
    )


def require_strictly(decision: Decision, line: str, strict: bool) -> None:
    """Raise BuildError where something stays in fp32, as `line` says, and the config is strict."""
    if strict and in_fp32(decision):
        raise BuildError(f"{line}; take out `strict`, or choose another scheme")
