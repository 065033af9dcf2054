"""Fetch the wheels of 64-bit Arm that a file names into a uv cache: fetch_wheels.py CACHE FILE.

To unpack six gigabytes of them, and to make byte code of twenty thousand files, takes long where uv
and Python are emulated; there uv finds both in its cache then. Byte code is that of a version of
Python's, 3.11 here as there, and of no architecture.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bootstrap.pip_settings import reachable_lines, uv_pip

# As glibc 2.36 of Debian bookworm has it.
PLATFORM = ["--python-platform", "aarch64-manylinux_2_36", "--python-version", "3.11"]
# Without wheels for Arm's Linux, which are made there.
BUILT_THERE = ("coremltools", "antlr4-python3-runtime")


def main(cache: Path, requirements: Path) -> None:
    """Install the packages into a folder that is removed again."""
    named = requirements.read_text().splitlines()
    lines = [line for line in reachable_lines(named) if not line.startswith(BUILT_THERE)]
    with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
        wanted = Path(scratch, "wanted.txt")
        wanted.write_text("\n".join(lines))
        command = [*uv_pip("install"), *PLATFORM, "--cache-dir", str(cache)]
        subprocess.run([*command, "--target", Path(scratch, "packages"), "-r", wanted], check=True)
    # Some packages hold files of Python 2: it does not compile, here as there.
    subprocess.run([sys.executable, "-m", "compileall", "-qq", "-j", "0", cache])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
