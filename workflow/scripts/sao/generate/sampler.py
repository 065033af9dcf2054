"""The ping-pong sampler for the `rf_denoiser` objective. Needs numpy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from sao.generate.noise import Noise

# stable_audio_tools/inference/sampling.py, sample_rf: the log SNR from noise to sound.
LOG_SNR_START = -6.0
LOG_SNR_END = 2.0


def schedule(steps: int) -> np.ndarray:
    """Return the noise levels t, float32, shape (steps + 1,), from 1 to 0.

    t = sigmoid(-logSNR) for evenly spaced log SNR; the ends are set to 1 and 0.
    Source: stable_audio_tools/inference/sampling.py, sample_rf.
    """
    log_snr = np.linspace(LOG_SNR_START, LOG_SNR_END, steps + 1)
    t = 1.0 / (1.0 + np.exp(log_snr))
    t[0], t[-1] = 1.0, 0.0
    return t.astype(np.float32)


def sample_pingpong(
    velocity: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    steps: int,
    noise: Noise,
) -> np.ndarray:
    """Return a latent, float32, of `shape`, by `steps` calls of `velocity(x, t)`.

    x has `shape`, t has shape (1,), both float32. Each step denoises fully, then adds fresh noise:
    denoised = x - t_i v; x = (1 - t_{i+1}) denoised + t_{i+1} noise.
    Source: stable_audio_tools/inference/sampling.py, sample_flow_pingpong.
    """
    t = schedule(steps)
    x = noise.normal(shape)
    for now, following in pairwise(t):
        denoised = x - now * velocity(x, np.array([now], dtype=np.float32))
        x = (1 - following) * denoised + following * noise.normal(shape)
    return x.astype(np.float32)
