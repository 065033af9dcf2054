"""The model's submodules: their names, inputs, outputs and files. Standard library only.

The order of inputs and outputs is the one that Arm's published audiogen application expects; the
ExecuTorch runtime takes inputs by position.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submodule:
    """One of the parts that become a `.pte` each, or a piece of one."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bundle_name: str
    checkpoint_prefix: str


SUBMODULES = {
    "conditioners": Submodule(
        ("input_ids", "attention_mask", "seconds_total"),
        ("cross_attn_cond", "cross_attn_mask", "global_cond"),
        "conditioners_model.pte",
        "conditioner.",
    ),
    "dit": Submodule(
        ("x", "t", "cross_attn_cond", "global_cond"), ("velocity",), "dit_model.pte", "model."
    ),
    "autoencoder": Submodule(("latent",), ("audio",), "autoencoder_model.pte", "pretransform."),
}

# The decoder cut in two, beside the whole file that drop-in users need: see sao.generate.pieces.
PIECES = {
    "autoencoder_head": Submodule(
        ("latent",), ("hidden",), "autoencoder_head.pte", "pretransform."
    ),
    "autoencoder_tail": Submodule(("window",), ("audio",), "autoencoder_tail.pte", "pretransform."),
}
# The autoencoder's other half, for generation from a sound. Its file is named as in Arm's LiteRT
# application, which gives the latent itself; the bottleneck's noise is added outside here.
ENCODER = {
    "autoencoder_encoder": Submodule(
        ("audio",), ("mean", "scale"), "autoencoder_encoder_model.pte", "pretransform."
    )
}
PROGRAMS = SUBMODULES | PIECES | ENCODER

# What calls are recorded of.
RECORDED = SUBMODULES | ENCODER
# What is scored, and the programs of each: those, and the decoder as its pieces.
PARTS = {name: (name,) for name in RECORDED} | {"autoencoder_pieces": tuple(PIECES)}


def whole(program: str) -> str:
    """Return the submodule that a program is, or is a part of: its weights and its scheme."""
    return program.partition("_")[0]


def recorded_as(part: str) -> str:
    """Return whose recorded calls a part is scored on."""
    return part if part in RECORDED else whole(part)
