"""Graph rewrites: the same numbers by operators that XNNPACK takes whole, and fewer of them.

One function per idea. Each takes an eager fp32 submodule (see sao.eager), changes it in place, and
needs none of the others; tests hold each, and all together, to 100 dB of the original.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from torch import nn

from sao.rewrites import autoencoder, conditioners, dit

Rewrite = Callable[[nn.Module], None]

REWRITES: dict[str, tuple[Rewrite, ...]] = {
    "conditioners": conditioners.REWRITES,
    "dit": dit.REWRITES,
    "autoencoder": autoencoder.REWRITES,
}


def rewrite(submodule: str, module: nn.Module) -> nn.Module:
    """Apply every rewrite of a submodule to `module`, in place, and return it."""
    for change in REWRITES[submodule]:
        change(module)
        gc.collect()  # what was replaced may hold its weights in a cycle
    return module
