"""The submodules as Arm's learning path exports them, to compare with. Needs torch.

Source: "Run Stable Audio Open Small with ExecuTorch", learn.arm.com. Nothing is rewritten; T5
stays in the half precision in which stable-audio-tools leaves it; the decoder is in half
precision with fp32 inputs and outputs, and so is the encoder, which it has not. The DiT is as it
is: its int8 is the scheme's quantizer.
"""

from __future__ import annotations

from torch import Tensor, nn


def half_text_encoder(conditioners: nn.Module) -> nn.Module:
    """Return the conditioners with T5 in fp16, changed in place."""
    conditioners.t5.half()
    return conditioners


class HalfEncoder(nn.Module):
    """The encoder in fp16, as the decoder is there. Input and outputs float32, as its own.

    Changes the encoder in place.
    """

    def __init__(self, encoder: nn.Module) -> None:
        """Take the encoder."""
        super().__init__()
        self.encoder = encoder.half()

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        mean, scale = self.encoder(audio.half())
        return mean.float(), scale.float()


class HalfDecoder(nn.Module):
    """The decoder, or a piece of it, in fp16. Input and output float32, as its own.

    Changes the decoder in place.
    """

    def __init__(self, decoder: nn.Module) -> None:
        """Take the decoder."""
        super().__init__()
        self.decoder = decoder.half()

    def forward(self, latent: Tensor) -> Tensor:
        """See the class."""
        return self.decoder(latent.half()).float()
