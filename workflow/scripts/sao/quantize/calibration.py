"""What a program's precision is decided on: calls of generations by the fp32 model. Needs torch."""

from __future__ import annotations

import os

import numpy as np
import torch
from torch import Tensor

from sao.generate.cases import load_cases
from sao.generate.exported import Exported
from sao.generate.latents import final_latents
from sao.generate.pieces import TAIL_WINDOW
from sao.submodules import PROGRAMS

# Windows of each generation, the first of them at its beginning.
WINDOWS = 5
# Of a generation's 8 steps every third: two generations give six, from the first to the last.
EVERY = 3
# Of each generation's latents, 2 of 16: the decoder's errors are alike all along a sound.
CROPS, CROP = 2, 16


def calibration_calls(
    program: str, recorded: str | os.PathLike, steps: int, head: str | os.PathLike
) -> list[tuple[Tensor, ...]]:
    """Return a program's inputs, from the recorded calls of the conditioners or of the DiT.

    `head` is the exported head of the decoder, which gives the tail's windows.
    """
    cases = load_cases(recorded)
    if program in ("conditioners", "dit"):
        names = PROGRAMS[program].inputs
        cases = cases[::EVERY] if program == "dit" else cases
        return [tuple(torch.from_numpy(case[name]) for name in names) for case in cases]
    arrays = final_latents(cases, steps)
    if program == "autoencoder_tail":
        call = Exported(head)
        arrays = [window for latent in arrays for window in some_windows(call(latent)[0])]
    return [(torch.from_numpy(array),) for array in arrays]


def some_crops(
    calls: list[tuple[Tensor, ...]], count: int = CROPS, length: int = CROP
) -> list[tuple[Tensor, ...]]:
    """Return stretches of latents, evenly spaced: each call's one, (1, 64, N), gives `count`."""
    crops = []
    for (latent,) in calls:
        starts = np.linspace(0, latent.shape[2] - length, count + 2).astype(int)[1:-1]
        crops += [(latent[:, :, start : start + length].contiguous(),) for start in starts]
    return crops


def some_windows(hidden: np.ndarray, window: int = TAIL_WINDOW) -> list[np.ndarray]:
    """Return windows, float32 (1, C, window), evenly spaced over hidden, float32 (1, C, T)."""
    starts = np.linspace(0, hidden.shape[2] - window, WINDOWS).astype(int)
    return [np.ascontiguousarray(hidden[:, :, start : start + window]) for start in starts]
