"""How a checkpoint is split into one weights file per submodule. Standard library only."""

from __future__ import annotations

from sao.errors import BuildError
from sao.model.shapes import model_shapes
from sao.submodules import SUBMODULES

# The one metadata key of weights/<submodule>.safetensors: that submodule's config, as JSON.
# One key only: safetensors writes several in an arbitrary order.
CONFIG_KEY = "config"
# In conditioners.safetensors, the names of the text encoder's tensors start so.
T5_PREFIX = "t5."
# What a T5 encoder reads of a T5 checkpoint; the rest is the decoder's.
T5_ENCODER = ("shared.", "encoder.")
# A tied copy of shared.weight that some T5 checkpoints store and the encoder does not have.
T5_TIED = "encoder.embed_tokens.weight"


def submodule_of(name: str) -> str:
    """Return which submodule a tensor of the checkpoint belongs to; BuildError if to none."""
    for submodule, description in SUBMODULES.items():
        if name.startswith(description.checkpoint_prefix):
            return submodule
    raise BuildError(f"model.ckpt: tensor {name} belongs to no submodule of this model")


def submodule_config(submodule: str, model_config: dict, t5_config: dict) -> dict:
    """Return the part of `model_config.json` that a submodule is built from, and the shapes."""
    model = model_config["model"]
    shapes = model_shapes(model_config)
    if submodule == "conditioners":
        return {"shapes": shapes, "conditioning": model["conditioning"], "t5": t5_config}
    if submodule == "dit":
        return {"shapes": shapes, "diffusion": model["diffusion"]}
    return {"shapes": shapes, "pretransform": model["pretransform"]}


def t5_encoder_names(names: list[str]) -> list[str]:
    """Return those names of a T5 checkpoint that its encoder reads."""
    return [name for name in names if name.startswith(T5_ENCODER) and name != T5_TIED]
