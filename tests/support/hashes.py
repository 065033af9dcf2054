"""The sha256 of the `.pte` that a build makes, and of those that every machine is to make.

The latter lie in tests/<model>.sha256. After a change that is meant to change them:

    cd results/<model>/pte && sha256sum *.int8.pte > ../../../tests/<model>.sha256
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sao.files import read_json, sha256
from support.checkout import ROOT, Checkout

# What has torch, oneDNN and MKL compute as on a CPU without AVX-512, and without any AVX.
WITHOUT = {
    "avx512": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "avx": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
}


def of_artifacts(checkout: Checkout, folder: str) -> dict[str, str]:
    """Return the hash of each `.pte` below a folder of results, by name."""
    paths = sorted((checkout.folder / "results" / folder).rglob("*.pte"))
    return {path.name: sha256(path) for path in paths}


def recorded(model: str) -> dict[str, str]:
    """Return the hashes of tests/<model>.sha256, by name."""
    lines = (ROOT / f"tests/{model}.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def forget_decisions(checkout: Checkout, model: str) -> None:
    """Take a model's committed precision out of a checkout: it is then decided there."""
    shutil.rmtree(checkout.folder / f"config/precision/{model}")


def decisions(folder: Path) -> dict[str, tuple]:
    """Return what each file of a folder decides, and of which weights, by name.

    Not the decibels beside it, whose last digit other kernels may round otherwise.
    """
    contents = {path.name: read_json(path) for path in sorted(folder.iterdir())}
    return {
        name: (content["weights_sha256"], content["sites"]) for name, content in contents.items()
    }
