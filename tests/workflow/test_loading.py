"""What loading takes of memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from sao.papers.archive import write_sums
from support.large import write_large_dit
from support.runner_tools import audiogen

ARGUMENTS = ("-p", "rain", "-t", 2, "-s", 7, "-l", 1, "-n", 2)
LAYERS = 6  # 107 MB


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A large DiT."""
    folder = tmp_path_factory.mktemp("programs")
    write_large_dit(folder / "large.pte", LAYERS)
    return folder


@pytest.fixture
def models(bundle, tmp_path):
    """A copy of the bundle whose DiT a test replaces."""
    ignored = shutil.ignore_patterns("runner", ".*", "autoencoder_model.pte", "SHA256SUMS")
    return shutil.copytree(bundle, tmp_path / "models", ignore=ignored)


@pytest.fixture
def large(models, programs):
    """The same with the large one."""
    shutil.copy(programs / "large.pte", models / "dit_model.pte")
    return models


def generate(runner, models, out):
    """Make a sound; return what was printed, and the report."""
    paths = ("-o", out.with_suffix(".wav"), "--json", out.with_suffix(".json"))
    done = audiogen(runner, "-m", models, *ARGUMENTS, *paths)
    assert done.returncode == 0, done.stderr
    return done.stderr, json.loads(out.with_suffix(".json").read_text())


def test_while_weights_are_packed_what_was_read_of_the_file_is_given_back(runner, large, tmp_path):
    """Else both are in memory at the end: the file and its packed copy, twice its size."""
    _, report = generate(runner, large, tmp_path / "x")
    size = (large / "dit_model.pte").stat().st_size
    assert size < report["stages"]["dit"]["peak_bytes"] < 1.5 * size


def test_hashing_a_file_takes_a_part_of_its_size(runner, large):
    """Asked of a small process that waits for it: a child's peak has its parent's in it."""
    write_sums(large)
    ask = (
        "import resource as r, subprocess as s, sys; s.run(sys.argv[1:], check=True);"
        "print(r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", ask, runner / "audiogen", "-m", large, "--verify"]
    peak = int(subprocess.check_output(command, text=True).splitlines()[-1]) * 1024
    assert peak < (large / "dit_model.pte").stat().st_size / 2
