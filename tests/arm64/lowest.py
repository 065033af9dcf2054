"""Score a build's programs in the oldest ExecuTorch that is said to load them: lowest.py RESULTS.

Needs workflow/scripts and what lowest.txt names. Each part is held to its gate on the calls that
the build scored it on; its score in the ExecuTorch that made it is printed beside.
"""

import sys
from importlib.metadata import version
from pathlib import Path

from sao.files import read_json
from sao.generate.cases import load_cases
from sao.generate.runtime import load_program, set_threads
from sao.score.comparison import gated
from sao.submodules import PARTS, recorded_as


def main(results: Path) -> None:
    """Print a line for each part; raises BuildError where one misses its gate."""
    lowest = read_json(results / "bundle/manifest.json")["executorch"]["lowest"]
    used = version("executorch")
    assert used == lowest, f"ExecuTorch {used} is here, the manifest names {lowest}"
    set_threads(2)
    scores = sorted(results.glob("smoke/*/compare.*.int8.json"))
    assert len(scores) == len(PARTS), f"{results}: scores of {len(scores)} parts"
    for path in scores:
        built = read_json(path)
        part, scheme, gate = built["submodule"], built["scheme"], built["gate_db"]
        files = [str(results / f"pte/{program}.{scheme}.pte") for program in PARTS[part]]
        cases = load_cases(results / f"held_out/{recorded_as(part)}.safetensors")[: built["cases"]]
        call = load_program(files)
        snr = gated(call, cases, part, scheme, built["machine"], gate, files)["snr_db"]
        print(f"{part}: {snr:.1f} dB on {len(cases)} calls, {built['snr_db']:.1f} by the build")
    print(f"all parts load and hold their gates in ExecuTorch {used}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
