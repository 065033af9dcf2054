"""Reading the checkpoint's pickle: the only place that does. Needs torch and safetensors."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from sao.errors import BuildError
from sao.files import atomic
from sao.model.weights import (
    CONFIG_KEY,
    T5_PREFIX,
    submodule_config,
    submodule_of,
    t5_encoder_names,
)
from sao.submodules import SUBMODULES


def read_checkpoint(path: str | os.PathLike) -> dict[str, Tensor]:
    """Return the tensors of a `model.ckpt` by name, mapped from the file.

    Raises BuildError where the file is no zip of torch's, or asks for any Python object beyond
    those that tensors need: such a file could run code on load, and is never loaded.
    """
    try:
        unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except (RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise BuildError(f"{path}: not a checkpoint that torch can read ({error})") from error
    if unsafe:
        raise BuildError(
            f"{path}: refused, its pickle asks for {', '.join(sorted(unsafe))}, "
            "which could run code; report this to whoever published it"
        )
    content = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    tensors = content.get("state_dict", content)
    return {name: value for name, value in tensors.items() if isinstance(value, Tensor)}


def split_weights(
    checkpoint: dict[str, Tensor], t5: str | os.PathLike, model_config: dict, t5_config: dict
) -> dict[str, tuple[dict, dict[str, Tensor]]]:
    """Return (config, tensors by name) for each submodule; names lose the submodule's prefix."""
    parts: dict[str, dict[str, Tensor]] = {submodule: {} for submodule in SUBMODULES}
    for name, tensor in checkpoint.items():
        submodule = submodule_of(name)
        prefix = SUBMODULES[submodule].checkpoint_prefix
        parts[submodule][name.removeprefix(prefix)] = tensor
    with safe_open(t5, framework="pt") as file:
        for name in t5_encoder_names(list(file.keys())):
            parts["conditioners"][T5_PREFIX + name] = file.get_tensor(name)
    return {
        submodule: (submodule_config(submodule, model_config, t5_config), tensors)
        for submodule, tensors in parts.items()
    }


def check_finite(submodule: str, tensors: dict[str, Tensor]) -> None:
    """Raise BuildError where a tensor holds a number that is not finite."""
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise BuildError(
                f"the weights of {submodule}: {name} has numbers that are not finite; "
                "this checkpoint is broken, report it to whoever published it"
            )


def save_weights(target: str | Path, config: dict, tensors: dict[str, Tensor]) -> None:
    """Write a submodule's weights, with its config in the metadata."""
    metadata = {CONFIG_KEY: json.dumps(config, sort_keys=True)}
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    with atomic(target) as path:
        save_file(contiguous, path, metadata=metadata)
