"""The submodules as Arm's learning path exports them, to compare with. Needs torch.

Source: "Run Stable Audio Open Small with ExecuTorch", learn.arm.com. Nothing is rewritten; T5
stays in the half precision in which stable-audio-tools leaves it; the decoder is in half
precision with fp32 inputs and outputs. The DiT's int8 is the scheme's quantizer.
"""

from __future__ import annotations

from torch import Tensor, nn


def as_in_the_guide(submodule: str, module: nn.Module) -> nn.Module:
    """Return the eager module in the guide's precisions; changes it in place."""
    if submodule == "conditioners":
        module.t5.half()
    if submodule == "autoencoder":
        return HalfDecoder(module)
    return module


class HalfDecoder(nn.Module):
    """The decoder in fp16. Input and output as sao.eager.Decoder's, float32."""

    def __init__(self, decoder: nn.Module) -> None:
        """Take the decoder."""
        super().__init__()
        self.decoder = decoder.half()

    def forward(self, latent: Tensor) -> Tensor:
        """See the class."""
        return self.decoder(latent.half()).float()
