"""torch.export of an eager submodule, checked against it. Needs torch and numpy."""

from __future__ import annotations

import logging
import os

import torch
from torch import Tensor, nn

from sao.errors import BuildError
from sao.files import atomic
from sao.metrics import snr_db

# The exported graph computes what the eager module does, in the same precision.
MINIMUM_SNR_DB = 100.0


def export_program(
    module: nn.Module, example: tuple[Tensor, ...], target: str | os.PathLike
) -> None:
    """Export `module` at the shapes of `example` and save the program as `target`.

    Raises BuildError where the program's outputs are less than 100 dB from the module's own.
    """
    with torch.no_grad():
        program = torch.export.export(module, example)
        expected = _as_tuple(module(*example))
        got = _as_tuple(program.module()(*example))
    for index, (reference, candidate) in enumerate(zip(expected, got, strict=True)):
        snr = snr_db(reference.numpy(), candidate.numpy())
        logging.info("output %d: %.1f dB from eager", index, snr)
        if not snr >= MINIMUM_SNR_DB:
            raise BuildError(
                f"{target}: output {index} of the exported program is {snr:.1f} dB from the eager "
                f"module, under {MINIMUM_SNR_DB:.0f} dB: torch.export changed what it computes"
            )
    with atomic(target) as path:
        torch.export.save(program, path)


def _as_tuple(value) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)
