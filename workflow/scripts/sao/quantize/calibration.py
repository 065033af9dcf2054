"""What a program's precision is decided on: calls of generations by the fp32 model. Needs torch."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sao.generate.cases import load_cases
from sao.generate.exported import Exported
from sao.generate.latents import final_latents
from sao.generate.pieces import TAIL_WINDOW
from sao.generate.signals import signals
from sao.submodules import PROGRAMS

# Windows of each generation, the first of them at its beginning.
WINDOWS = 5
# Of a generation's 8 steps every third: two generations give six, from the first to the last.
EVERY = 3
# Of each generation, 2 sixteenths: the autoencoder's errors are alike all along a sound.
CROPS, SHARE = 2, 16
# Of the sounds of other kinds that the encoder is tried on. Held-out ones have prompts' seeds.
SEED = 2**32


def calibration_calls(
    program: str, recorded: str | os.PathLike, steps: int, before: Sequence[str | os.PathLike]
) -> list[tuple[Tensor, ...]]:
    """Return a program's inputs, from the recorded calls of the conditioners or of the DiT.

    `before` has the exported head of the decoder, which gives the tail's windows, or the decoder,
    whose sounds are the encoder's.
    """
    cases = load_cases(recorded)
    if program in ("conditioners", "dit"):
        names = PROGRAMS[program].inputs
        cases = cases[::EVERY] if program == "dit" else cases
        return [tuple(torch.from_numpy(case[name]) for name in names) for case in cases]
    arrays = final_latents(cases, steps)
    if program == "autoencoder_encoder":
        call = Exported(before[0])
        arrays = [call(latent)[0] for latent in arrays]
        others = signals(SEED, arrays[0].shape[1])
        # Of silence all stretches are the same, and held-out calls have it.
        arrays += [sound for name, sound in others.items() if name != "silence"]
    if program == "autoencoder_tail":
        call = Exported(before[0])
        arrays = [window for latent in arrays for window in some_windows(call(latent)[0])]
    return [(torch.from_numpy(array),) for array in arrays]


def some_crops(
    calls: list[tuple[Tensor, ...]], count: int = CROPS, share: int = SHARE
) -> list[tuple[Tensor, ...]]:
    """Return stretches of latents or sounds, evenly spaced along the last dimension.

    Each call's one input gives `count`, each of the `share`th part of it.
    """
    crops = []
    for (signal,) in calls:
        length = signal.shape[-1] // share
        starts = np.linspace(0, signal.shape[-1] - length, count + 2).astype(int)[1:-1]
        crops += [(signal[..., start : start + length].contiguous(),) for start in starts]
    return crops


def some_windows(hidden: np.ndarray, window: int = TAIL_WINDOW) -> list[np.ndarray]:
    """Return windows, float32 (1, C, window), evenly spaced over hidden, float32 (1, C, T)."""
    starts = np.linspace(0, hidden.shape[2] - window, WINDOWS).astype(int)
    return [np.ascontiguousarray(hidden[:, :, start : start + window]) for start in starts]
