"""The submodules as eager fp32 torch modules, by stable-audio-tools' own classes.

Needs torch, transformers, stable-audio-tools and safetensors. Each is built from its own
`weights/<submodule>.safetensors` alone, whose metadata holds its part of the model's config.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sao.errors import BuildError
from sao.pieces import TAIL_WINDOW
from sao.stable_audio import (
    DiTWrapper,
    create_multi_conditioner_from_conditioning_config,
    create_pretransform_from_config,
)
from sao.weights import CONFIG_KEY, T5_PREFIX, T5_TIED

# The decoder's first convolution and two blocks; what follows sees only a few samples around.
HEAD_LAYERS = 3

# A module, and example inputs to trace it with.
Traceable = tuple[nn.Module, tuple[Tensor, ...]]


def read_weights(path: str | os.PathLike) -> tuple[dict, dict[str, Tensor]]:
    """Return (config, tensors by name) of a submodule's weights file."""
    with safe_open(path, framework="pt") as file:
        config, names = json.loads(file.metadata()[CONFIG_KEY]), list(file.keys())
    return config, {name: _read_tensor(path, name) for name in names}


def _read_tensor(path: str | os.PathLike, name: str) -> Tensor:
    """Copy one tensor out of its file, mapped for that long only: all of it would count twice."""
    with safe_open(path, framework="pt") as file:
        return file.get_tensor(name).clone()


def load_strictly(
    module: nn.Module, tensors: dict[str, Tensor], where: object, assign: bool = False
) -> None:
    """Load `tensors` as fp32; raise BuildError where any is missing, left over or misshapen.

    With `assign` the tensors become the module's own: a module made on the meta device then never
    takes memory beside them.
    """
    try:
        floats = {name: tensor.float() for name, tensor in tensors.items()}
        module.float().load_state_dict(floats, strict=True, assign=assign)
    except RuntimeError as error:
        details = " ".join(str(error).split())
        raise BuildError(f"{where}: the weights do not fit the config: {details}") from error


class Conditioners(nn.Module):
    """T5 encoder and number embedder.

    Inputs: input_ids and attention_mask, int64 (1, L); seconds_total, float32 (1,).
    Outputs: cross_attn_cond, float32 (1, L + 1, 768); cross_attn_mask, float32 (1, L + 1);
    global_cond, float32 (1, 768).
    Does what MultiConditioner and get_conditioning_inputs of stable-audio-tools do, from token ids.
    """

    def __init__(self, prompt: nn.Module, seconds_total: nn.Module, prompt_length: int) -> None:
        """Take the T5Conditioner, the NumberConditioner and L."""
        super().__init__()
        self.prompt_length = prompt_length
        self.unmasked = nn.Buffer(torch.ones(1, 1))
        self.t5 = prompt.model
        self.proj_out = prompt.proj_out
        self.embedder = seconds_total.embedder
        self.min_val = float(seconds_total.min_val)
        self.max_val = float(seconds_total.max_val)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, seconds_total: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        mask = attention_mask.float()
        text = self.t5(input_ids=input_ids, attention_mask=attention_mask)["last_hidden_state"]
        text = self.proj_out(text) * mask.reshape(1, -1, 1)
        clamped = seconds_total.clamp(self.min_val, self.max_val)
        normalized = (clamped - self.min_val) / (self.max_val - self.min_val)
        seconds = self.embedder(normalized)
        cross_attn_cond = torch.cat([text, seconds.reshape(1, 1, -1)], dim=1)
        cross_attn_mask = torch.cat([mask, self.unmasked], dim=1)
        return cross_attn_cond, cross_attn_mask, seconds


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


class Decoder(nn.Module):
    """The autoencoder's decoder.

    Input: latent, float32 (1, 64, N). Output: audio, float32 (2, N * 2048), nominally -1 to 1.
    """

    def __init__(self, pretransform: nn.Module) -> None:
        """Take stable-audio-tools' AutoencoderPretransform; its weight norm is folded in place."""
        super().__init__()
        autoencoder = pretransform.model
        for module in autoencoder.decoder.modules():
            if hasattr(module, "weight_g"):
                nn.utils.remove_weight_norm(module)
        self.decoder = autoencoder.decoder
        self.scale = pretransform.scale
        self.soft_clip = autoencoder.soft_clip

    def forward(self, latent: Tensor) -> Tensor:
        """See the class. The VAE bottleneck's decode is the identity."""
        audio = self.decoder(latent if self.scale == 1 else latent * self.scale)
        if self.soft_clip:
            audio = torch.tanh(audio)
        return audio.reshape(audio.shape[1], audio.shape[2])


class DecoderHead(nn.Module):
    """The decoder's first stages, whose receptive field is wide.

    Input: latent, float32 (1, 64, N). Output: hidden, float32 (1, C, N * 64).
    """

    def __init__(self, whole: Decoder) -> None:
        """Take the decoder."""
        super().__init__()
        self.decoder = whole.decoder.layers[:HEAD_LAYERS]
        self.scale = whole.scale

    def forward(self, latent: Tensor) -> Tensor:
        """See the class."""
        return self.decoder(latent if self.scale == 1 else latent * self.scale)


class DecoderTail(nn.Module):
    """The decoder's last stages, for a window of W samples of the head's output.

    Input: window, float32 (1, C, W). Output: audio, float32 (2, W * 32). What it makes of the
    window's ends, sao.pieces.TAIL_OVERLAP samples each, is wrong within a longer signal.
    """

    def __init__(self, whole: Decoder) -> None:
        """Take the decoder."""
        super().__init__()
        self.decoder = whole.decoder.layers[HEAD_LAYERS:]
        self.soft_clip = whole.soft_clip

    def forward(self, window: Tensor) -> Tensor:
        """See the class."""
        audio = self.decoder(window)
        if self.soft_clip:
            audio = torch.tanh(audio)
        return audio.reshape(audio.shape[1], audio.shape[2])


def load_conditioners(path: str | os.PathLike, spiece: str | os.PathLike) -> Traceable:
    """Build the conditioners in fp32 from their weights file and T5's `spiece.model`."""
    config, tensors = read_weights(path)
    t5 = {n.removeprefix(T5_PREFIX): v for n, v in tensors.items() if n.startswith(T5_PREFIX)}
    rest = {n: v for n, v in tensors.items() if not n.startswith(T5_PREFIX)}
    with _t5_folder(config["t5"], t5, Path(spiece).resolve()):
        multi = create_multi_conditioner_from_conditioning_config(config["conditioning"])
    # T5Conditioner leaves its encoder in fp16 and outside the module tree: load it once more.
    tied = {T5_TIED: t5["shared.weight"]}
    load_strictly(multi.conditioners["prompt"].model, t5 | tied, f"{path} (T5)")
    load_strictly(multi, rest, path)
    length = config["shapes"]["prompt_length"]
    parts = multi.conditioners
    conditioners = Conditioners(parts["prompt"], parts["seconds_total"], length)
    position = torch.arange(length).unsqueeze(0)
    example = (position % 100, (position < 20).long(), torch.tensor([10.0]))
    return _frozen(conditioners), example


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
        _random(1, shapes["latent_channels"], shapes["latent_length"]),
        torch.tensor([0.5]),
        _random(1, shapes["prompt_length"] + 1, shapes["cond_dim"]),
        _random(1, shapes["cond_dim"]),
    )
    return _frozen(Dit(wrapper, shapes["latent_length"])), example


def load_decoder(path: str | os.PathLike) -> Traceable:
    """Build the autoencoder in fp32 from its weights file and return its decoder."""
    config, tensors = read_weights(path)
    pretransform, shapes = config["pretransform"], config["shapes"]
    if pretransform["config"]["bottleneck"]["type"] != "vae":
        raise BuildError(f"{path}: only a vae bottleneck, which decodes to itself, is supported")
    # torch 2.13 cannot swap the parameters of a module that decode() turns to half precision.
    with torch.device("meta"):
        module = create_pretransform_from_config(
            pretransform | {"model_half": False}, shapes["sample_rate"]
        )
    own = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    load_strictly(module.model, own, path, assign=True)
    example = (_random(1, shapes["latent_channels"], shapes["latent_length"]),)
    return _frozen(Decoder(module)), example


def load_decoder_head(path: str | os.PathLike) -> Traceable:
    """Build the head of the decoder from the autoencoder's weights file."""
    whole, example = load_decoder(path)
    return DecoderHead(whole), example


def load_decoder_tail(path: str | os.PathLike) -> Traceable:
    """Build the tail of the decoder from the autoencoder's weights file."""
    whole, _ = load_decoder(path)
    upsampling = next(m for m in whole.decoder.layers[HEAD_LAYERS].modules() if _upsamples(m))
    return DecoderTail(whole), (_random(1, upsampling.in_channels, TAIL_WINDOW),)


def _upsamples(module: nn.Module) -> bool:
    return isinstance(module, nn.ConvTranspose1d)


def _frozen(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)


def _random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@contextmanager
def _t5_folder(config: dict, tensors: dict[str, Tensor], spiece: Path):
    """Work in a folder where `t5-base`, as the config names the model, is a local one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "t5-base"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "spiece.model").symlink_to(spiece)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        os.chdir(scratch)
        try:
            yield
        finally:
            os.chdir(before)
