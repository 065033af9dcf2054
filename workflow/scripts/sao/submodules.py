"""The model's three submodules: their names, inputs, outputs and files. Standard library only.

The order of inputs and outputs is the one that Arm's published audiogen application expects; the
ExecuTorch runtime takes inputs by position.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submodule:
    """One of the three parts that become a `.pte` each."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bundle_name: str
    checkpoint_prefix: str


SUBMODULES = {
    "conditioners": Submodule(
        inputs=("input_ids", "attention_mask", "seconds_total"),
        outputs=("cross_attn_cond", "cross_attn_mask", "global_cond"),
        bundle_name="conditioners_model.pte",
        checkpoint_prefix="conditioner.",
    ),
    "dit": Submodule(
        inputs=("x", "t", "cross_attn_cond", "global_cond"),
        outputs=("velocity",),
        bundle_name="dit_model.pte",
        checkpoint_prefix="model.",
    ),
    "autoencoder": Submodule(
        inputs=("latent",),
        outputs=("audio",),
        bundle_name="autoencoder_model.pte",
        checkpoint_prefix="pretransform.",
    ),
}

# The decoder cut in two, beside the whole file that drop-in users need: see sao.pieces.
PIECES = {
    "autoencoder_head": Submodule(
        inputs=("latent",),
        outputs=("hidden",),
        bundle_name="autoencoder_head.pte",
        checkpoint_prefix="pretransform.",
    ),
    "autoencoder_tail": Submodule(
        inputs=("window",),
        outputs=("audio",),
        bundle_name="autoencoder_tail.pte",
        checkpoint_prefix="pretransform.",
    ),
}
PROGRAMS = SUBMODULES | PIECES

# What is scored, and the programs of each: the submodules, and the decoder as its pieces.
PARTS = {name: (name,) for name in SUBMODULES} | {"autoencoder_pieces": tuple(PIECES)}


def whole(program: str) -> str:
    """Return the submodule that a program is, or is a piece of."""
    return program.partition("_")[0]
