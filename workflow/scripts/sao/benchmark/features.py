"""Which of a CPU's instructions decide what XNNPACK computes with. Needs torch.

torch asks cpuinfo, the library that XNNPACK chooses its kernels by. Which one it chose for a
product, no interface of the runtime tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

# cpuinfo's names and people's; by one that every CPU of the architecture is asked for.
DECIDING = {
    "neon": {
        "dot": "dot product",
        "i8mm": "i8mm",
        "fp16_arith": "fp16",
        "bf16": "bf16",
        "sve": "SVE",
        "sve2": "SVE2",
        "sme": "SME",
        "sme2": "SME2",
    },
    "avx2": {
        "avx2": "AVX2",
        "fma3": "FMA3",
        "avx_vnni": "AVX-VNNI",
        "avx512_f": "AVX-512",
        "avx512_vnni": "AVX-512 VNNI",
        "avx512_bf16": "AVX-512 BF16",
        "avx512_fp16": "AVX-512 FP16",
        "amx_int8": "AMX int8",
    },
}


def cpu_features(capabilities: Mapping[str, Any] | None = None) -> dict[str, bool]:
    """Return, by name, whether this machine's CPU has each feature that is known to decide.

    `capabilities` are those of torch.cpu.get_capabilities(), which is asked otherwise. Empty on an
    architecture that is neither 64-bit Arm nor x86_64.
    """
    found = torch.cpu.get_capabilities() if capabilities is None else capabilities
    return {
        name: bool(found.get(key))
        for asked, names in DECIDING.items()
        if asked in found
        for key, name in names.items()
    }
