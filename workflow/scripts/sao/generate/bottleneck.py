"""The VAE's bottleneck of stable-audio-tools, from what the encoder gives. Needs numpy."""

from __future__ import annotations

import numpy as np

from sao.generate.noise import Noise

# stable_audio_tools/models/bottleneck.py, vae_sample.
LEAST = 1e-4
# The bottleneck's noise is another sequence than the sampler's, which so is the same with and
# without a sound: that of the seed with all bits turned.
TURNED = 0xFFFFFFFF


def bottleneck_noise(seed: int) -> Noise:
    """Return the noise of a generation's bottleneck, by the generation's seed."""
    return Noise(seed ^ TURNED)


def sample_latent(
    mean: np.ndarray, scale: np.ndarray, latent_scale: float, noise: Noise
) -> np.ndarray:
    """Return (mean + (softplus(scale) + 1e-4) noise) / latent_scale, float32, as mean's shape.

    mean and scale are the encoder's outputs, float32; latent_scale is its constant of that name.
    Computed in double precision, rounded once.
    Source: stable_audio_tools/models/bottleneck.py and pretransforms.py.
    """
    wide = scale.astype(np.float64)
    deviation = np.maximum(wide, 0) + np.log1p(np.exp(-np.abs(wide))) + LEAST
    sampled = mean.astype(np.float64) + deviation * noise.normal(mean.shape)
    return (sampled / latent_scale).astype(np.float32)
