"""The DiT as an eager fp32 torch module, by stable-audio-tools' classes.

Needs torch, stable-audio-tools and safetensors.
"""

from __future__ import annotations

import os

import torch
from torch import Tensor, nn

from sao.model.loading import Traceable, frozen, load_strictly, random, read_weights
from sao.model.stable_audio import DiTWrapper


class Dit(nn.Module):
    """The diffusion transformer, one step.

    Inputs, float32: x (1, 64, N) noisy latent; t (1,) noise level; cross_attn_cond (1, L, 768);
    global_cond (1, 768). Output: velocity, float32, as x.
    """

    def __init__(self, wrapper: DiTWrapper, latent_length: int) -> None:
        """Take stable-audio-tools' DiTWrapper and N."""
        super().__init__()
        self.model = wrapper.model
        self.latent_length = latent_length

    def forward(self, x: Tensor, t: Tensor, cross_attn_cond: Tensor, global_cond: Tensor) -> Tensor:
        """See the class."""
        return self.model(x, t, cross_attn_cond=cross_attn_cond, global_embed=global_cond)


def load_dit(path: str | os.PathLike) -> Traceable:
    """Build the DiT in fp32 from its weights file."""
    config, tensors = read_weights(path)
    diffusion, shapes = config["diffusion"], config["shapes"]
    with torch.device("meta"):
        wrapper = DiTWrapper(
            diffusion_objective=diffusion["diffusion_objective"], **diffusion["config"]
        )
    load_strictly(wrapper, tensors, path, assign=True)
    example = (
        random(1, shapes["latent_channels"], shapes["latent_length"]),
        torch.tensor([0.5]),
        random(1, shapes["prompt_length"] + 1, shapes["cond_dim"]),
        random(1, shapes["cond_dim"]),
    )
    return frozen(Dit(wrapper, shapes["latent_length"])), example
