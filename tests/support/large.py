"""A program of some size, to see what loading takes."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from sao.lower.lowering import lower

WIDTH = 2048


class LargeDit(nn.Module):
    """The demo DiT's inputs and output, `layers` linear layers of 16 MB in fp32 between them."""

    def __init__(self, layers: int):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(768, WIDTH)
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(layers))
        self.last = nn.Linear(WIDTH, 64)

    def forward(self, x, t, cross_attn_cond, global_cond):
        """Return a velocity (1, 64, 256) that depends on all inputs."""
        hidden = self.first(global_cond)
        for layer in self.layers:
            hidden = torch.sin(layer(hidden))
        shift = self.last(hidden).reshape(1, 64, 1) + cross_attn_cond.mean()
        return x * t.reshape(1, 1, 1) + shift


def write_large_dit(path: Path, layers: int) -> None:
    """Write such a program in fp32."""
    inputs = (torch.randn(1, 64, 256), torch.ones(1), torch.randn(1, 65, 768), torch.randn(1, 768))
    program = torch.export.export(LargeDit(layers).eval(), inputs, strict=True)
    path.write_bytes(lower(program, ["xnnpack"], {}).to_executorch().buffer)
