"""Score a build's programs in the oldest ExecuTorch that is said to load them: lowest.py RESULTS.

Needs workflow/scripts and what lowest.txt names. Each part is held to its gate on the calls that
the build scored it on; its score in the ExecuTorch that made it is printed beside.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from sao.generate.cases import load_cases
from sao.generate.runtime import load_program, set_threads
from sao.score.comparison import compare, require
from sao.submodules import PARTS, recorded_as


def main(results: Path) -> None:
    """Print a line for each part; raises BuildError where one misses its gate."""
    lowest = json.loads((results / "bundle/manifest.json").read_text())["executorch"]["lowest"]
    used = version("executorch")
    assert used == lowest, f"ExecuTorch {used} is here, the manifest names {lowest}"
    set_threads(2)
    scores = sorted(results.glob("smoke/*/compare.*.int8.json"))
    assert len(scores) == len(PARTS), f"{results}: scores of {len(scores)} parts"
    for path in scores:
        score = json.loads(path.read_text())
        part, scheme, gate = score["submodule"], score["scheme"], score["gate_db"]
        files = [str(results / f"pte/{program}.{scheme}.pte") for program in PARTS[part]]
        cases = load_cases(results / f"held_out/{recorded_as(part)}.safetensors")[: score["cases"]]
        snr = compare(recorded_as(part), load_program(files), cases, part)["snr_db"]
        require(snr, gate, part, scheme, files)
        print(f"{part}: {snr:.1f} dB on {len(cases)} calls, {score['snr_db']:.1f} by the build")
    print(f"all parts load and hold their gates in ExecuTorch {used}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
