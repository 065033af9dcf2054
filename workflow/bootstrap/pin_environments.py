"""Pin what the packages named in a requirements or environment file depend on.

Rewrites what follows the marker line in each file. Run by `make pins` after a change to the lines
before the marker. The pins are resolved on Linux of x86_64 with the CPU wheel of torch, whose
dependencies are those of every platform less CUDA; tests/unit/test_platforms.py holds them to what
the other platforms have.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bootstrap.pip_settings import reachable_lines, uv_pip

MARKER = "# Resolved from the lines above: make pins\n"
# Where what has no wheel for some platform is asked for at all: by ExecuTorch, in its own words.
CONDITIONS = {"coremltools": 'sys_platform == "darwin" or platform_machine == "x86_64"'}


def main(paths: list[str]) -> None:
    """Rewrite the files that have the marker."""
    for path in map(Path, paths):
        head, marker, _ = path.read_text().partition(MARKER)
        if not marker or path.is_symlink():
            continue
        # In a conda environment the packages are items of the list below `pip:`.
        indent = "      - " if path.suffix == ".yaml" else ""
        named = head.rpartition("- pip:\n")[2].splitlines()
        pins = resolve([line.strip().removeprefix("- ") for line in named])
        path.write_text(head + MARKER + "".join(f"{indent}{pin}\n" for pin in pins))
        print(f"{path}: {len(pins)} pins")


def resolve(named: list[str]) -> list[str]:
    """Return pins for the dependencies of the requirement lines `named`, without these.

    What a file included by `-r` names, a path from the working directory, is left out too.
    """
    command = [*uv_pip("compile"), "--quiet", "--no-annotate", "--no-header", "-"]
    command += ["--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links"]
    requirements = "\n".join(reachable_lines(named))
    done = subprocess.run(command, input=requirements, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    included = [Path(line.split()[1]) for line in named if line.startswith("-r ")]
    lines = [*named, *(line for path in included for line in path.read_text().splitlines())]
    names = {_name(line) for line in lines if not line.startswith(("-", "#"))}
    pins = [line.strip() for line in done.stdout.splitlines() if "==" in line]
    return [_with_condition(pin) for pin in pins if _name(pin) not in names]


def _with_condition(pin: str) -> str:
    condition = CONDITIONS.get(_name(pin))
    return f"{pin} ; {condition}" if condition else pin


def _name(requirement: str) -> str:
    return canonicalize_name(requirement.partition("==")[0])


if __name__ == "__main__":
    main(sys.argv[1:])
