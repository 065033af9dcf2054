"""An exported graph of a signal's length, run on signals of other lengths. Needs torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, fx

aten = torch.ops.aten


class AnyLength(fx.Interpreter):
    """Runs a graph whose operators take any length, but for reshapes, which hold the recorded one.

    The last dimension of such a reshape is taken to be the signal's.
    """

    def run_node(self, n: fx.Node) -> object:
        """Run a node; a reshape of another length by the size of what it is given."""
        return self._reshape(n) if n.target is aten.reshape.default else super().run_node(n)

    def _reshape(self, n: fx.Node) -> Tensor:
        (x, shape), _ = self.fetch_args_kwargs_from_env(n)
        if -1 not in shape and math.prod(shape) != x.numel():
            shape = [*shape[:-1], -1]
        return x.reshape(shape)
