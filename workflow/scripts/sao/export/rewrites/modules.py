"""Finding and replacing modules within a module. Needs torch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def replace(root: nn.Module, kind: type | tuple[type, ...], new: Callable) -> None:
    """Put `new(module)` in the place of every module of a kind below `root`.

    Each is let go of before the next, so that no more than one is in memory twice.
    """
    for name, child in list(root.named_children()):
        if isinstance(child, kind):
            setattr(root, name, new(child))
        else:
            replace(child, kind, new)


def constant(value: Tensor) -> nn.Buffer:
    """Return a constant of the graph, with memory of its own."""
    return nn.Buffer(_own(value))


def linear(weight: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """Return a linear layer with a weight, (out, in), and a bias, (out,); none where all zero."""
    if bias is not None and not bias.any():
        bias = None
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    layer.weight = nn.Parameter(_own(weight), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(_own(bias), requires_grad=False)
    return layer


def _own(value: Tensor) -> Tensor:
    """Return a copy in fp32: a view would keep, and torch.export save, all that it is a part of."""
    return value.detach().float().clone(memory_format=torch.contiguous_format)
