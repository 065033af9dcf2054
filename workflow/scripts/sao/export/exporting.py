"""torch.export of a submodule, rewritten or not, checked against the eager one. Needs torch."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from sao.errors import BuildError
from sao.export.any_length import AnyLength
from sao.export.double import in_double
from sao.export.program_file import save_program
from sao.files import write_json
from sao.score.metrics import snr_db

# The exported graph is as near to fp64 as eager fp32 is: its error has at most ten times the power,
# since sums in another order round otherwise (5 dB seen where attention scores are near 100; a
# weight that is wrong by 0.1 % costs 16 and more). What is 100 dB near passes in any case.
WORSE_DB = 10.0
NEAR_DB = 100.0
# Latents to check a decoder on, whose convolutions in fp64 take much memory.
SHORT = 32

# Changes a module in place.
Rewrite = Callable[[nn.Module], None]


def export_program(
    module: nn.Module,
    example: tuple[Tensor, ...],
    constants: Mapping[str, float],
    graph: str,
    target: str | os.PathLike,
    rewrites: Sequence[Rewrite] = (),
    in_guide: Callable[[nn.Module], nn.Module] = lambda module: module,
    short: tuple[Tensor, ...] | None = None,
) -> None:
    """Export an eager submodule, or a piece of one, at the shapes of `example` as `target`.

    constants are what its `.pte` is to give by methods of those names.

    graph is `rewritten` (by `rewrites`), `eager` as it is, or `reference` for the recipe of Arm's
    guide, which checks nothing and takes what `in_guide` makes of the module. Else raises
    BuildError where the program is further from fp64 than the module was before the rewrites, see
    `require_near`; on `short` inputs where there are some, for a module of any length.
    What was measured lies beside the program, in a `.json` of its name.
    """
    with torch.no_grad():
        if graph == "reference":
            program = torch.export.export(in_guide(module), example)
        else:
            exact, eager = _in_fp64_and_fp32(module, short or example)
            if graph == "rewritten":
                rewrite(module, rewrites)
            program = torch.export.export(module, example)
            run = AnyLength(program.module(check_guards=False)).run
            got = _outputs(run, short or example)
            measured = require_near(exact, eager, got, target)
            write_json(Path(target).with_suffix(".json"), {"outputs": measured})
    save_program(program, constants, target)


def rewrite(module: nn.Module, rewrites: Sequence[Rewrite]) -> nn.Module:
    """Apply rewrites to a module, in place and in order; return it."""
    for change in rewrites:
        change(module)
        gc.collect()  # what was replaced may hold its weights in a cycle
    return module


def require_near(
    exact: list[Tensor], eager: list[Tensor], got: list[Tensor], target: str | os.PathLike
) -> list[dict[str, float]]:
    """Raise BuildError where an output of `got` is too far from `exact`.

    Returns and prints how far (dB) each is, and the one of `eager`. Too far is under 100 dB, and
    more than 10 dB worse than that output of `eager`; all fp32 but `exact`, fp64. Also raised
    where an eager output has numbers that are not finite.
    """
    measured = []
    for index, (wanted, before, after) in enumerate(zip(exact, eager, got, strict=True)):
        if not before.isfinite().all():
            raise BuildError(
                f"{target}: output {index} of the eager fp32 module has numbers that are not "
                f"finite; report it to whoever published the weights"
            )
        of_eager, of_graph = (snr_db(wanted.numpy(), x.numpy()) for x in (before, after))
        print(f"output {index}: {of_graph:.1f} dB from fp64; eager fp32 is {of_eager:.1f} dB")
        if not of_graph >= min(NEAR_DB, of_eager - WORSE_DB):
            raise BuildError(
                f"{target}: output {index} of the exported program is {of_graph:.1f} dB from the "
                f"eager module in fp64, which itself is {of_eager:.1f} dB from it in fp32: a "
                f"rewrite (scripts/sao/export/rewrites) or torch.export changed what it computes"
            )
        figures = {"from_fp64_db": of_graph, "eager_from_fp64_db": of_eager}
        measured.append({name: round(value, 1) for name, value in figures.items()})
    return measured


def _in_fp64_and_fp32(
    module: nn.Module, inputs: tuple[Tensor, ...]
) -> tuple[list[Tensor], list[Tensor]]:
    with in_double():
        exact = _outputs(module, inputs)
    return exact, _outputs(module, inputs)


def _outputs(module: Callable, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    value = module(*inputs)
    return list(value) if isinstance(value, tuple) else [value]
