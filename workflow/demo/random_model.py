"""A model of the real one's architecture with random weights, laid out as its repositories are.

Deterministic: the same shape and seed give the same bytes on every machine. Therefore the numbers
come from integers scaled exactly, and nothing goes through a library's own random functions.
Needs numpy, protobuf, sentencepiece, torch, transformers and stable-audio-tools.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import T5Config, T5EncoderModel

from demo.tokenizer_model import tokenizer_model
from sao.model.stable_audio import DiTWrapper, NumberConditioner, create_pretransform_from_config

LATENT_CHANNELS = 64
COND_DIM = 768
STRIDES = [2, 4, 4, 8, 8]
# Weights that a trained model has smaller than those that keep the variance of their input, by the
# end of their names. T5 does not divide by sqrt(d_kv) in its attention: its queries do. A velocity
# of this size leaves latents of about unit variance, as those of a VAE.
SMALLER = {"SelfAttention.q.weight": 8, "transformer.project_out.weight": 5}
# How a tame random model differs from a trained one; `difficulty` in the config's schema says what
# each means.
TAME = {"snakes": 0.5, "attention": 1, "outliers": 1, "tails": 1, "dead": 0}
# Channels of the DiT's residual stream that are larger than the others, where any are.
OUTLIERS = 3


def model_config(shape: dict) -> dict:
    """Return a `model_config.json` for a shape: `dit` and `autoencoder` as in the config file."""
    mults = [1, 2, 4, 8, 16]
    coder = {"channels": shape["autoencoder"]["channels"], "c_mults": mults, "strides": STRIDES}
    coder["use_snake"] = True
    encoder = {"in_channels": 2, "latent_dim": 2 * LATENT_CHANNELS, **coder}
    decoder = {"out_channels": 2, "latent_dim": LATENT_CHANNELS, "final_tanh": False, **coder}
    return {
        "model_type": "diffusion_cond",
        "sample_size": 524288,
        "sample_rate": 44100,
        "audio_channels": 2,
        "model": {
            "pretransform": {
                "type": "autoencoder",
                "iterate_batch": True,
                "model_half": True,
                "config": {
                    "encoder": {"type": "oobleck", "config": encoder},
                    "decoder": {"type": "oobleck", "config": decoder},
                    "bottleneck": {"type": "vae"},
                    "latent_dim": LATENT_CHANNELS,
                    "downsampling_ratio": math.prod(STRIDES),
                    "io_channels": 2,
                },
            },
            "conditioning": {
                "configs": [
                    {
                        "id": "prompt",
                        "type": "t5",
                        "config": {"t5_model_name": "t5-base", "max_length": 64},
                    },
                    {
                        "id": "seconds_total",
                        "type": "number",
                        "config": {"min_val": 0, "max_val": 256},
                    },
                ],
                "cond_dim": COND_DIM,
            },
            "diffusion": {
                "cross_attention_cond_ids": ["prompt", "seconds_total"],
                "global_cond_ids": ["seconds_total"],
                "diffusion_objective": "rf_denoiser",
                "type": "dit",
                "config": {
                    "io_channels": LATENT_CHANNELS,
                    "cond_token_dim": COND_DIM,
                    "global_cond_dim": COND_DIM,
                    "transformer_type": "continuous_transformer",
                    "attn_kwargs": {"qk_norm": "ln"},
                    **shape["dit"],
                },
            },
            "io_channels": LATENT_CHANNELS,
        },
    }


def t5_config(shape: dict) -> dict:
    """Return T5's `config.json` for a shape; d_model is what the name t5-base stands for."""
    config = T5Config(
        d_model=COND_DIM,
        d_kv=64,
        architectures=["T5ForConditionalGeneration"],
        decoder_start_token_id=0,
        **shape["t5"],
    )
    # Without the library's version, which decides nothing.
    return {k: v for k, v in config.to_diff_dict().items() if k != "transformers_version"}


def checkpoint(config: dict, shape: dict) -> dict[str, Tensor]:
    """Return the tensors of a `model.ckpt`, named as in the real one, fp32."""
    model = config["model"]
    with torch.device("meta"):
        parts = {
            "model": DiTWrapper(
                diffusion_objective=model["diffusion"]["diffusion_objective"],
                **model["diffusion"]["config"],
            ),
            "pretransform.model": create_pretransform_from_config(
                {**model["pretransform"], "model_half": False}, config["sample_rate"]
            ).model,
            "conditioner.conditioners.seconds_total": NumberConditioner(
                COND_DIM, **model["conditioning"]["configs"][1]["config"]
            ),
        }
    numbers = Numbers(shape["seed"], shape.get("difficulty", {}))
    return {
        f"{prefix}.{name}": tensor
        for prefix, module in parts.items()
        for name, tensor in random_tensors(module, numbers)
    }


def t5_tensors(config: dict, shape: dict) -> dict[str, Tensor]:
    """Return the encoder's tensors of a T5 `model.safetensors`, fp32."""
    with torch.device("meta"):
        module = T5EncoderModel(T5Config(**config))
    numbers = Numbers(shape["seed"] + 1, shape.get("difficulty", {}))
    tensors = dict(random_tensors(module, numbers))
    # A checkpoint stores the embedding once, under the name that encoder and decoder share.
    del tensors["encoder.embed_tokens.weight"]
    return tensors


class Numbers:
    """Random numbers of a difficulty, the same for the same seed."""

    def __init__(self, seed: int, difficulty: dict) -> None:
        """Take what differs from a tame model."""
        self._generator = np.random.Generator(np.random.PCG64(seed))
        self.difficulty = TAME | difficulty

    def uniform(self, shape: tuple[int, ...], bound: float) -> Tensor:
        """Return numbers of [-bound, bound], fp32."""
        values = self._generator.random(size=shape, dtype=np.float32)
        values *= np.float32(2 * bound)
        values -= np.float32(bound)
        return torch.from_numpy(values)

    def weights(self, shape: tuple[int, ...], deviation: float) -> Tensor:
        """Return weights of a standard deviation; with `tails` most are small and a few large."""
        tails = self.difficulty["tails"]
        if tails == 1:
            return self.uniform(shape, deviation * math.sqrt(3))
        # An odd power of a uniform number, by products, which are the same on every machine.
        base = self.uniform(shape, 1)
        power = base
        for _ in range(tails // 2):
            power = power * base * base
        return power * np.float32(deviation * math.sqrt(2 * tails + 1))

    def dead(self, count: int) -> np.ndarray:
        """Return which of `count` channels never say anything, spread evenly."""
        share = self.difficulty["dead"]
        return np.floor(np.arange(1, count + 1) * share) > np.floor(np.arange(count) * share)


def random_tensors(module: nn.Module, numbers: Numbers) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor of a module's state with values that let each branch count."""
    owners = dict(module.named_modules())
    for name, empty in module.state_dict().items():
        owner_name, _, leaf = name.rpartition(".")
        tensor = _values(leaf, owners[owner_name], tuple(empty.shape), numbers)
        smaller = [by for ending, by in SMALLER.items() if name.endswith(ending)]
        yield name, _harder(name, tensor / smaller[0] if smaller else tensor, numbers.difficulty)


def _harder(name: str, tensor: Tensor, difficulty: dict) -> Tensor:
    """Return a tensor with larger attention scores, and larger channels in the DiT's stream."""
    if name.endswith("SelfAttention.q.weight"):
        return tensor * difficulty["attention"]
    outlying = torch.arange(OUTLIERS) * (tensor.shape[-1] // OUTLIERS)
    if name.endswith("transformer.project_in.weight"):
        outlying = torch.arange(OUTLIERS) * (tensor.shape[0] // OUTLIERS)
        tensor[outlying] *= difficulty["outliers"]
    elif name.endswith("transformer.project_out.weight"):
        tensor[:, outlying] /= difficulty["outliers"]
    return tensor


def _values(leaf: str, owner: nn.Module, shape: tuple[int, ...], numbers: Numbers) -> Tensor:
    if leaf == "inv_freq":  # the rotary embedding's constants, not a weight
        exponents = np.arange(shape[0]) / shape[0]
        return torch.from_numpy((10000.0**-exponents).astype(np.float32))
    if leaf == "weight_g":  # weight norm: the length of each filter
        lengths = torch.full(shape, _filter_length(owner))
        lengths[torch.from_numpy(numbers.dead(shape[0]))] = 0
        return lengths
    if leaf in ("alpha", "beta") and len(shape) == 1 and type(owner).__name__ == "SnakeBeta":
        return numbers.uniform(shape, numbers.difficulty["snakes"])  # logarithms
    if len(shape) < 2:
        is_scale = leaf in ("gamma", "weight", "scale") and "Norm" in type(owner).__name__
        return numbers.uniform(shape, 0.1) + (1.0 if is_scale else 0.0)
    if isinstance(owner, nn.Embedding):
        return numbers.uniform(shape, math.sqrt(3))
    # This keeps the variance of the input.
    return numbers.weights(shape, math.sqrt(1 / math.prod(shape[1:])))


def _filter_length(owner: nn.Module) -> float:
    """Keep the signal near the size of the input, as a trained decoder does."""
    if isinstance(owner, nn.ConvTranspose1d):  # kernel / stride taps of in_channels filters add up
        return math.sqrt(owner.out_channels * owner.stride[0] / owner.in_channels)
    if owner.in_channels == LATENT_CHANNELS:  # down to the level of sound
        return 0.25
    ends_residual_branch = owner.kernel_size == (1,)
    return 0.3 if ends_residual_branch or owner.out_channels == 2 else 0.7


def write(folder: Path, name: str, shape: dict) -> None:
    """Write the repositories `local/<name>` and `local/<name>-t5` below `folder`."""
    model, t5 = folder / "local" / name, folder / "local" / f"{name}-t5"
    for repository in (model, t5):
        repository.mkdir(parents=True)
        licence = "Random numbers, made by this project's own generator; use them as you like.\n"
        (repository / "LICENSE.md").write_text(licence)
    (model / ".gated").touch()
    config = model_config(shape)
    (model / "model_config.json").write_text(json.dumps(config, indent=2) + "\n")
    torch.save({"state_dict": checkpoint(config, shape)}, model / "model.ckpt")
    t5_shape = t5_config(shape)
    (t5 / "config.json").write_text(json.dumps(t5_shape, indent=2, sort_keys=True) + "\n")
    save_file(t5_tensors(t5_shape, shape), t5 / "model.safetensors", metadata={"format": "pt"})
    (t5 / "spiece.model").write_bytes(tokenizer_model(shape["pieces"]))
