"""Where the artifacts of a program lie, and which it is made through. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

from sao.schemes import scheme_of
from sao.submodules import PIECES, whole

CHECKOUT = Path(__file__).resolve().parents[3]


def exported(model: str, program: str, scheme: str) -> str:
    """Return the path of the exported program that a scheme starts from."""
    graph = scheme_of(program, scheme).graph
    suffix = "" if graph == "rewritten" else f".{graph}"
    return f"results/{model}/exported/{program}{suffix}.pt2"


def exported_eager(model: str, program: str) -> str:
    """Return the path of a program's graph as it is, which no scheme starts from."""
    return f"results/{model}/exported/{program}.eager.pt2"


def precision(model: str, program: str, scheme: str) -> list[str]:
    """Return the path of what was decided of a program, where its scheme is measured.

    A file of that name below config/, here or beside the workflow, was decided before.
    """
    if not scheme_of(program, scheme).measured:
        return []
    if scheme_of(program, scheme).together and program in PIECES:
        program = whole(program)
    name = f"{program}.{scheme}.json"
    committed = f"config/precision/{model}/{name}"
    for path in (committed, os.path.relpath(CHECKOUT / committed)):
        if os.path.exists(path):
            return [path]
    return [f"results/{model}/precision/{name}"]


def calibration(model: str, program: str) -> str:
    """Return the path of the recorded calls that a program's precision is decided on.

    The decoder's inputs are where the DiT's calls end, and the encoder's are what it makes of them.
    """
    recorded = "conditioners" if program == "conditioners" else "dit"
    return f"results/{model}/calibration/{recorded}.safetensors"


def to_lower(model: str, program: str, scheme: str) -> str:
    """Return the path of the program to lower: quantized, or as exported."""
    if scheme_of(program, scheme).quantizer is None:
        return exported(model, program, scheme)
    return f"results/{model}/quantized/{program}.{scheme}.pt2"


def lowered(model: str, program: str, scheme: str, suffix: str = ".pte") -> str:
    """Return the path of a `.pte`, or of what lies beside it."""
    return f"results/{model}/pte/{program}.{scheme}{suffix}"


def made_on_the_way(model: str, program: str, scheme: str) -> list[str]:
    """Return the paths of all that is made from a program's weights to its `.pte`, that included.

    No path twice; what other programs share is among them.
    """
    steps = (
        exported(model, program, scheme),
        *_calibration(model, program, scheme),
        *precision(model, program, scheme),
        to_lower(model, program, scheme),
        lowered(model, program, scheme),
    )
    return list(dict.fromkeys(steps))


def _calibration(model: str, program: str, scheme: str) -> list[str]:
    made_here = [path for path in precision(model, program, scheme) if path.startswith("results/")]
    return [calibration(model, program)] if made_here else []
