"""The same decision and the same `.pte` whatever kernels torch has, on however many threads."""

import os
import subprocess
import sys

from support.checkout import ROOT
from support.hashes import WITHOUT


def made(threads, **variables):
    paths = [str(ROOT / part) for part in ("workflow/scripts", "workflow", "tests")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/support/made_bytes.py"), str(threads)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()[-2:]


def test_a_program_is_the_same_bytes_with_other_kernels_and_threads():
    here = made(2)
    assert all(len(digest) == 64 for digest in here)
    for threads, variables in zip((4, 1), WITHOUT.values(), strict=True):
        assert made(threads, **variables) == here
