"""The ping-pong sampler for the `rf_denoiser` objective. Needs numpy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sao.generate.noise import Noise

# stable_audio_tools/inference/sampling.py, sample_rf: the log SNR from noise to sound.
LOG_SNR_START = -6.0
LOG_SNR_END = 2.0
NO_INFINITY = 1e-6


@dataclass(frozen=True)
class Start:
    """What a generation starts from: a latent, float32, of which noise replaces `strength`."""

    latent: np.ndarray
    strength: float


def schedule(steps: int, strength: float = 1.0) -> np.ndarray:
    """Return the noise levels t, float32, shape (steps + 1,), from `strength` to 0.

    t = sigmoid(-logSNR) for evenly spaced log SNR; the ends are set to strength, up to 1, and 0.
    Where strength is under 0.12 the formula would rise again: none is above strength here.
    Source: stable_audio_tools/inference/sampling.py, sample_rf, whose sigma_max is strength.
    """
    start = LOG_SNR_START
    if strength < 1:
        start = math.log((1 - strength) / strength + NO_INFINITY)
    log_snr = np.linspace(start, LOG_SNR_END, steps + 1)
    t = 1.0 / (1.0 + np.exp(log_snr))
    t[0], t[-1] = strength, 0.0
    return np.minimum(t, strength).astype(np.float32)


def sample_pingpong(
    velocity: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    steps: int,
    noise: Noise,
    start: Start | None = None,
) -> np.ndarray:
    """Return a latent, float32, of `shape`, by `steps` calls of `velocity(x, t)`.

    From noise, or from `start` and noise; at strength 1 nothing is left of it: the same numbers.
    x has `shape`, t has shape (1,), both float32. Each step denoises fully, then adds fresh noise:
    denoised = x - t_i v; x = (1 - t_{i+1}) denoised + t_{i+1} noise.
    Source: stable_audio_tools/inference/sampling.py, sample_flow_pingpong.
    """
    t = schedule(steps, start.strength if start else 1.0)
    x = noise.normal(shape)
    if start and start.strength < 1:
        x = start.latent * np.float32(1 - start.strength) + x * t[0]
    for now, following in pairwise(t):
        denoised = x - now * velocity(x, np.array([now], dtype=np.float32))
        x = (1 - following) * denoised + following * noise.normal(shape)
    return x.astype(np.float32)
