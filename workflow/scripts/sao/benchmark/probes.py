"""Large matrix products, to find the machine's limits with. Needs torch, torchao, executorch."""

from __future__ import annotations

from pathlib import Path

import torch

from sao.generate.cases import save_cases
from sao.lower.lowering import lower, save
from sao.quantize.quantizers import quantize

# One product of (ROWS, WIDTH) by (WIDTH, WIDTH): large enough to reach the limit, small enough for
# its weights to stay in a cache.
ROWS, WIDTH = 1024, 2048
MACS = ROWS * WIDTH * WIDTH
# What quantizes the layer for each limit of ExecuTorch's.
QUANTIZERS = {"fp32": None, "fp16": "half", "int8": "int8_dynamic_throughout"}


def write_probes(folder: Path) -> dict[str, list[str]]:
    """Write the same linear layer for each limit into `folder`; return the files by limit.

    `fp32`, `fp16` and `int8` (dynamic) for ExecuTorch, `torch_fp32` for eager torch; `inputs` holds
    what to call them with.
    """
    value = torch.randn(ROWS, WIDTH, generator=torch.Generator().manual_seed(0))
    linear = torch.nn.Linear(WIDTH, WIDTH).eval().requires_grad_(False)
    torch.export.save(torch.export.export(linear, (value,)), folder / "linear.pt2")
    for name, quantizer in QUANTIZERS.items():
        # Each has weights of its own, which a quantizer changes in place.
        program = torch.export.load(folder / "linear.pt2")
        program = quantize(program, quantizer) if quantizer else program
        save(lower(program, ["xnnpack"], {}), folder / f"linear.{name}.pte")
    save_cases(folder / "inputs.safetensors", [{"value": value.numpy()}])
    return {
        **{name: [str(folder / f"linear.{name}.pte")] for name in QUANTIZERS},
        "torch_fp32": [str(folder / "linear.pt2")],
        "inputs": [str(folder / "inputs.safetensors")],
    }
