"""The model's three submodules: their names, inputs, outputs and files. Standard library only.

The order of inputs and outputs is the one that Arm's published audiogen application expects; the
ExecuTorch runtime takes inputs by position.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submodule:
    """One of the three parts that become a `.pte` each, or a piece of one."""

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
PROGRAMS = SUBMODULES | PIECES

# What is scored, and the programs of each: the submodules, and the decoder as its pieces.
PARTS = {name: (name,) for name in SUBMODULES} | {"autoencoder_pieces": tuple(PIECES)}


def whole(program: str) -> str:
    """Return the submodule that a program is, or is a piece of."""
    return program.partition("_")[0]
