"""A program of some size, to see what loading takes."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torchao.quantization import Int8DynamicActivationIntxWeightConfig, PerAxis, quantize_

from sao.lower.lowering import lower

WIDTH = 2048


class LargeDit(nn.Module):
    """The demo DiT's inputs and output, and `layers` linear layers of 16 MB in fp32 between them.

    twins: in int8 two layers have the same weights and differ in their scales.
    """

    def __init__(self, layers: int, *, twins: bool = False):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(768, WIDTH)
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(layers))
        self.last = nn.Linear(WIDTH, 64)
        if twins:
            with torch.no_grad():
                self.layers[1].weight.copy_(2 * self.layers[0].weight)
                self.layers[1].bias.copy_(self.layers[0].bias)

    def forward(self, x, t, cross_attn_cond, global_cond):
        """Return a velocity (1, 64, 256) that depends on all inputs."""
        hidden = self.first(global_cond)
        for layer in self.layers:
            hidden = torch.sin(layer(hidden))
        shift = self.last(hidden).reshape(1, 64, 1) + cross_attn_cond.mean()
        return x * t.reshape(1, 1, 1) + shift


def write_large_dit(path: Path, layers: int) -> None:
    """Write such a program in fp32."""
    _write(path, LargeDit(layers))


def write_twins(path: Path) -> None:
    """Write one in int8, with two layers of the same weights and other scales."""
    model = LargeDit(2, twins=True)
    config = Int8DynamicActivationIntxWeightConfig(
        weight_dtype=torch.int8, weight_granularity=PerAxis(0)
    )
    quantize_(model, config)
    _write(path, model)


def _write(path: Path, model: nn.Module) -> None:
    inputs = (torch.randn(1, 64, 256), torch.ones(1), torch.randn(1, 65, 768), torch.randn(1, 768))
    program = torch.export.export(model.eval(), inputs, strict=True)
    path.write_bytes(lower(program, ["xnnpack"], {}).to_executorch().buffer)
