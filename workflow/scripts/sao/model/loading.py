"""A submodule's weights file, and how an eager module is filled from it.

Needs torch and safetensors. Each submodule is built from its own `weights/<submodule>.safetensors`
alone, whose metadata holds its part of the model's config.
"""

from __future__ import annotations

import json
import os

import torch
from safetensors import safe_open
from torch import Tensor, nn

from sao.errors import BuildError
from sao.model.weights import CONFIG_KEY

# A module, and example inputs to trace it with.
Traceable = tuple[nn.Module, tuple[Tensor, ...]]


def read_weights(path: str | os.PathLike) -> tuple[dict, dict[str, Tensor]]:
    """Return (config, tensors by name) of a submodule's weights file."""
    with safe_open(path, framework="pt") as file:
        config, names = json.loads(file.metadata()[CONFIG_KEY]), list(file.keys())
    return config, {name: _read_tensor(path, name) for name in names}


def read_constants(path: str | os.PathLike) -> dict[str, int]:
    """Return what every `.pte` says of the sound, from a submodule's weights file.

    sample_rate (Hz) and sample_size (the model's length, in samples of a channel).
    """
    with safe_open(path, framework="pt") as file:
        shapes = json.loads(file.metadata()[CONFIG_KEY])["shapes"]
    return {name: shapes[name] for name in ("sample_rate", "sample_size")}


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


def frozen(module: nn.Module) -> nn.Module:
    """Return the module, in evaluation mode and without gradients."""
    return module.eval().requires_grad_(False)


def random(*shape: int) -> Tensor:
    """Return the same normal numbers for the same shape: an input to trace with."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))
