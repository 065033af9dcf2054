"""Any fp32 module in fp64, a weight at a time. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

FLOATS = (torch.float16, torch.bfloat16, torch.float32)


# They ask that weights have the precision of the input before anything is dispatched.
CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv_transpose1d, torch.conv_transpose2d)


@contextmanager
def in_double() -> Iterator[None]:
    """Have every operator compute in fp64, whatever its arguments' precision is.

    Activations stay in fp64; weights are widened where they are read and freed after, so that no
    second copy of the model is in memory, as `.double()` would make.
    """
    with _Operators(), _Convolutions():
        yield


class _Operators(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _widened(func(*_widened(args), **_widened(kwargs or {})))


class _Convolutions(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in CONVOLUTIONS:
            args = _widened(args)
        return func(*args, **(kwargs or {}))


def _widened(values):
    """Return a tree of arguments or results with fp64 in the place of fp32 and less."""
    return tree_map(_wide, values)


def _wide(value):
    if isinstance(value, Tensor) and value.dtype in FLOATS:
        return value.double()
    return torch.float64 if isinstance(value, torch.dtype) and value in FLOATS else value
