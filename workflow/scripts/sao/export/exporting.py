"""torch.export of a submodule, rewritten or not, checked against the eager one. Needs torch."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from sao.errors import BuildError
from sao.export.program_file import save_program
from sao.score.metrics import snr_db

# The exported graph computes what the eager module does, in the same precision.
MINIMUM_SNR_DB = 100.0

# Changes a module in place.
Rewrite = Callable[[nn.Module], None]


def export_program(
    module: nn.Module,
    example: tuple[Tensor, ...],
    constants: dict[str, int],
    graph: str,
    target: str | os.PathLike,
    rewrites: Sequence[Rewrite] = (),
    in_guide: Callable[[nn.Module], nn.Module] = lambda module: module,
) -> None:
    """Export an eager submodule, or a piece of one, at the shapes of `example` as `target`.

    constants are what its `.pte` is to give by methods of those names.

    graph is `rewritten` (by `rewrites`), `eager` as it is, or `reference` for the recipe of Arm's
    guide, which checks nothing and takes what `in_guide` makes of the module. Else raises
    BuildError where the program's outputs are less than 100 dB from the module's own as it was
    before the rewrites.
    """
    with torch.no_grad():
        if graph == "reference":
            program = torch.export.export(in_guide(module), example)
        else:
            expected = _as_tuple(module(*example))
            if graph == "rewritten":
                rewrite(module, rewrites)
            program = torch.export.export(module, example)
            _require_same(expected, _as_tuple(program.module()(*example)), target)
    save_program(program, constants, target)


def rewrite(module: nn.Module, rewrites: Sequence[Rewrite]) -> nn.Module:
    """Apply rewrites to a module, in place and in order; return it."""
    for change in rewrites:
        change(module)
        gc.collect()  # what was replaced may hold its weights in a cycle
    return module


def _require_same(expected: tuple, got: tuple, target: str | os.PathLike) -> None:
    for index, (wanted, candidate) in enumerate(zip(expected, got, strict=True)):
        _require(snr_db(wanted.numpy(), candidate.numpy()), index, target)


def _require(snr: float, index: int, target: str | os.PathLike) -> None:
    logging.info("output %d: %.1f dB from eager", index, snr)
    if not snr >= MINIMUM_SNR_DB:
        raise BuildError(
            f"{target}: output {index} of the exported program is {snr:.1f} dB from the eager "
            f"module, under {MINIMUM_SNR_DB:.0f} dB: a rewrite (scripts/sao/export/rewrites) or "
            f"torch.export changed what it computes"
        )


def _as_tuple(value) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)
