"""The autoencoder's halves as eager fp32 torch modules; the decoder whole and in two pieces.

By stable-audio-tools' classes. Needs torch, stable-audio-tools and safetensors.
"""

from __future__ import annotations

import math
import os

import torch
from torch import Tensor, nn

from sao.errors import BuildError
from sao.generate.pieces import ENCODER_OVERLAP, ENCODER_WINDOW, TAIL_OVERLAP, TAIL_WINDOW
from sao.model.loading import Traceable, frozen, load_strictly, random, read_weights
from sao.model.stable_audio import create_pretransform_from_config

# The decoder's first convolution and two blocks; what follows sees only a few samples around.
HEAD_LAYERS = 3
CONVOLUTIONS = (nn.Conv1d, nn.ConvTranspose1d)


class Decoder(nn.Module):
    """The autoencoder's decoder.

    Input: latent, float32 (1, 64, N). Output: audio, float32 (2, N * 2048), nominally -1 to 1.
    """

    def __init__(self, pretransform: nn.Module) -> None:
        """Take stable-audio-tools' AutoencoderPretransform; its weight norm is folded in place."""
        super().__init__()
        autoencoder = pretransform.model
        self.decoder = _without_weight_norm(autoencoder.decoder)
        self.scale = pretransform.scale
        self.soft_clip = autoencoder.soft_clip

    def forward(self, latent: Tensor) -> Tensor:
        """See the class. The VAE bottleneck's decode is the identity."""
        audio = self.decoder(latent if self.scale == 1 else latent * self.scale)
        if self.soft_clip:
            audio = torch.tanh(audio)
        return audio.reshape(audio.shape[1], audio.shape[2])


class Encoder(nn.Module):
    """The autoencoder's encoder, up to the VAE's bottleneck.

    Input: audio, float32 (2, N * 2048), -1 to 1. Outputs: mean and scale, float32 (1, 64, N); a
    latent of it is in sao.generate.bottleneck. Of a window of a longer sound ENCODER_OVERLAP steps
    at each end are wrong, see sao.generate.pieces.
    """

    def __init__(self, pretransform: nn.Module) -> None:
        """Take stable-audio-tools' AutoencoderPretransform; its weight norm is folded in place."""
        super().__init__()
        self.encoder = _without_weight_norm(pretransform.model.encoder)
        self.latent_scale = float(pretransform.scale)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        both = self.encoder(audio.reshape(1, *audio.shape))
        channels = both.shape[1] // 2
        return both[:, :channels], both[:, channels:]


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
    window's ends, sao.generate.pieces.TAIL_OVERLAP samples each, is wrong within a longer signal.
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


def load_decoder(path: str | os.PathLike) -> Traceable:
    """Build the autoencoder in fp32 from its weights file and return its decoder."""
    module, shapes = _load(path)
    example = (random(1, shapes["latent_channels"], shapes["latent_length"]),)
    return frozen(Decoder(module)), example


def load_encoder(path: str | os.PathLike) -> Traceable:
    """Build the autoencoder in fp32 from its weights file and return its encoder of windows.

    Of the whole sound, where that is shorter than a window. Raises BuildError where the windows do
    not suit its layers.
    """
    module, shapes = _load(path)
    encoder = Encoder(module)
    rate = downsampling(encoder)
    _check_overlap("encoder", encoder, ENCODER_OVERLAP * rate, "ENCODER_OVERLAP", path)
    steps = min(ENCODER_WINDOW, shapes["latent_length"])
    return frozen(encoder), (random(2, steps * rate),)


def downsampling(module: nn.Module) -> int:
    """Return how many samples of a channel the encoder makes a step of the latent of."""
    return math.prod(m.stride[0] for m in module.modules() if isinstance(m, nn.Conv1d))


def _load(path: str | os.PathLike) -> tuple[nn.Module, dict[str, int]]:
    """Return stable-audio-tools' AutoencoderPretransform of a weights file, and the shapes."""
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
    return module, shapes


def _without_weight_norm(coder: nn.Module) -> nn.Module:
    """Fold weight norms in fp64, rounded once: so the same numbers on every processor."""
    for module in coder.modules():
        if hasattr(module, "weight_g"):
            nn.utils.remove_weight_norm(module.double())
            module.float()
    return coder


def load_decoder_head(path: str | os.PathLike) -> Traceable:
    """Build the head of the decoder from the autoencoder's weights file."""
    whole, example = load_decoder(path)
    return DecoderHead(whole), example


def load_decoder_tail(path: str | os.PathLike) -> Traceable:
    """Build the tail of the decoder from the autoencoder's weights file.

    Raises BuildError where the windows that it is to run over do not suit its layers.
    """
    whole, (latent,) = load_decoder(path)
    tail = DecoderTail(whole)
    _check_windows(tail, latent.shape[2] * _upsampling(whole.decoder.layers[:HEAD_LAYERS]), path)
    upsampling = next(m for m in tail.modules() if isinstance(m, nn.ConvTranspose1d))
    return tail, (random(1, upsampling.in_channels, TAIL_WINDOW),)


def reach(module: nn.Module) -> int:
    """Return how many samples of its input an output of the autoencoder's parts reads to a side.

    The larger of both sides, beyond the samples that lie at the output's own place: of an encoder
    as many as it makes one of.
    """
    left = right = 0
    for layer in reversed([m for m in module.modules() if isinstance(m, CONVOLUTIONS)]):
        (kernel,), (stride,), (padding,) = layer.kernel_size, layer.stride, layer.padding
        if isinstance(layer, nn.ConvTranspose1d):
            left = math.ceil((left + kernel - 1 - padding) / stride)
            right = math.ceil((right + padding) / stride)
        else:
            left = left * stride + padding
            right = right * stride + layer.dilation[0] * (kernel - 1) - padding
    return max(left, right + 1 - downsampling(module))


def _check_windows(tail: DecoderTail, length: int, path: str | os.PathLike) -> None:
    _check_overlap("decoder's tail", tail, TAIL_OVERLAP, "TAIL_OVERLAP", path)
    if length < TAIL_WINDOW:
        raise BuildError(
            f"{path}: the decoder's head gives {length} samples, less than a window of its tail, "
            f"{TAIL_WINDOW}; lower TAIL_WINDOW (scripts/sao/generate/pieces.py)"
        )


def _check_overlap(
    part: str, module: nn.Module, samples: int, constant: str, path: str | os.PathLike
) -> None:
    if (read := reach(module)) > samples:
        raise BuildError(
            f"{path}: the {part} reads {read} samples to each side, its windows overlap by "
            f"{samples} only; raise {constant} (scripts/sao/generate/pieces.py)"
        )


def _upsampling(layers: nn.Module) -> int:
    return math.prod(m.stride[0] for m in layers.modules() if isinstance(m, nn.ConvTranspose1d))
