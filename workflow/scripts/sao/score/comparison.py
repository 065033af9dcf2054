"""The numeric gate. Needs numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sao.errors import BuildError
from sao.generate.cases import Case
from sao.progress import counted
from sao.score.finite import require_finite
from sao.score.metrics import cosine, snr_db
from sao.submodules import RECORDED, recorded_as, whole


def gated(
    call: Callable[..., list[np.ndarray]],
    cases: list[Case],
    part: str,
    scheme: str,
    machine: str,
    gate_db: float,
    files: Sequence[str],
) -> dict:
    """Return the report of a part's scores, and by how many dB (`margin_db`) it is over its gate.

    Raises BuildError below the gate, see `require`, and as `compare` does.
    """
    result = compare(recorded_as(part), call, cases, f"{', '.join(files)}: {part} in {scheme}")
    require(result["snr_db"], gate_db, part, scheme, files)
    identity = {"submodule": part, "scheme": scheme, "machine": machine, "gate_db": gate_db}
    return identity | {"margin_db": result["snr_db"] - gate_db} | result


def compare(
    submodule: str, call: Callable[..., list[np.ndarray]], cases: list[Case], where: str
) -> dict:
    """Return the worst SNR (dB) and cosine over all cases, by output and over all outputs.

    Raises BuildError, beginning with `where`, at the first output of any case with a number that
    is not finite, that is not of the recorded dtype and shape, or of whole numbers and not equal
    to the recorded one: these are not rounded.
    """
    names = RECORDED[submodule]
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in names.outputs}
    for number, case in enumerate(counted(cases, "call"), start=1):
        outputs = call(*(case[name] for name in names.inputs))
        for name, output in zip(names.outputs, outputs, strict=True):
            place = f"{where}, call {number} of {len(cases)}"
            require_finite(case[name], name, f"eager fp32, call {number} of {len(cases)}")
            _require_same_kind(f"{place}: {name}", case[name], output)
            require_finite(output, name, place)
            scores[name].append((snr_db(case[name], output), cosine(case[name], output)))
    worst = {
        name: {"snr_db": min(s for s, _ in pairs), "cosine": min(c for _, c in pairs)}
        for name, pairs in scores.items()
    }
    return {
        "cases": len(cases),
        "outputs": worst,
        "snr_db": min(output["snr_db"] for output in worst.values()),
        "cosine": min(output["cosine"] for output in worst.values()),
    }


def require(snr: float, gate: float, part: str, scheme: str, files: Sequence[str]) -> None:
    """Raise BuildError where `snr` is below `gate` (both dB), or is no number."""
    if not snr >= gate:
        submodule = whole(part)
        raise BuildError(
            f"{', '.join(files)}: {part} in {scheme} is {snr:.1f} dB from eager fp32 on held-out "
            f"inputs, {gate - snr:.1f} dB below its gate of {gate:.1f} dB; choose another scheme "
            f"in schemes.{submodule}, or lower gates.{submodule}.{scheme} if this is good enough"
        )


def _require_same_kind(name: str, recorded: np.ndarray, output: np.ndarray) -> None:
    wanted, got = (f"{array.dtype} {array.shape}" for array in (recorded, output))
    if wanted != got:
        raise BuildError(f"{name} is {got}, in eager fp32 {wanted}; build the program anew")
    if recorded.dtype.kind in "iub" and not np.array_equal(recorded, output):
        raise BuildError(f"{name} differs from eager fp32's, though it is not rounded")
