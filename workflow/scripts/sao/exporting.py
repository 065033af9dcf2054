"""torch.export of a submodule, rewritten or not, checked against the eager one. Needs torch."""

from __future__ import annotations

import logging
import os

import torch
from torch import Tensor, nn

from sao.errors import BuildError
from sao.files import atomic
from sao.metrics import snr_db
from sao.reference_recipe import as_in_the_guide
from sao.rewrites import rewrite

# The exported graph computes what the eager module does, in the same precision.
MINIMUM_SNR_DB = 100.0


def export_program(
    submodule: str,
    module: nn.Module,
    example: tuple[Tensor, ...],
    graph: str,
    target: str | os.PathLike,
) -> None:
    """Export an eager submodule, or a piece of one, at the shapes of `example` as `target`.

    graph is `rewritten`, `eager` as it is, or `reference` for the recipe of Arm's guide, which
    checks nothing. Else raises BuildError where the program's outputs are less than 100 dB from
    the module's own as it was before the rewrites.
    """
    with torch.no_grad():
        if graph == "reference":
            program = torch.export.export(as_in_the_guide(submodule, module), example)
        else:
            expected = _as_tuple(module(*example))
            if graph == "rewritten":
                module = rewrite(submodule, module)
            program = torch.export.export(module, example)
            _require_same(expected, _as_tuple(program.module()(*example)), target)
    with atomic(target) as path:
        torch.export.save(program, path)


def _require_same(expected: tuple, got: tuple, target: str | os.PathLike) -> None:
    for index, (reference, candidate) in enumerate(zip(expected, got, strict=True)):
        _require(snr_db(reference.numpy(), candidate.numpy()), index, target)


def _require(snr: float, index: int, target: str | os.PathLike) -> None:
    logging.info("output %d: %.1f dB from eager", index, snr)
    if not snr >= MINIMUM_SNR_DB:
        raise BuildError(
            f"{target}: output {index} of the exported program is {snr:.1f} dB from the eager "
            f"module, under {MINIMUM_SNR_DB:.0f} dB: a rewrite (scripts/sao/rewrites) or "
            f"torch.export changed what it computes"
        )


def _as_tuple(value) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)
