"""Sound files. Needs numpy and soundfile."""

from __future__ import annotations

import os

import numpy as np
import soundfile

from sao.errors import BuildError
from sao.files import atomic

# Just below full scale, so that no reader's rounding clips.
PEAK = 0.99


def normalize(audio: np.ndarray) -> np.ndarray:
    """Return audio, float32 (channels, samples), scaled to a peak of 0.99.

    Raises BuildError where a sample is not finite or all are zero.
    """
    peak = np.abs(audio).max()
    if not np.isfinite(peak) or peak == 0:
        raise BuildError(f"the generated sound has a peak of {peak}: the model did not work")
    return audio * (PEAK / peak)


def read_sound(path: str | os.PathLike) -> tuple[np.ndarray, int]:
    """Return (audio, float32 (channels, samples) in -1 to 1; sample rate in Hz) of a sound file."""
    audio, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    return audio.T, sample_rate


def write_wav(target: str | os.PathLike, audio: np.ndarray, sample_rate: int) -> None:
    """Write audio, float32 (channels, samples) in -1 to 1, as 16-bit PCM."""
    with atomic(target) as path:
        soundfile.write(path, audio.T, sample_rate, subtype="PCM_16", format="WAV")
