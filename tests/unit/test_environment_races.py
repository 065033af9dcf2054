"""Two builds that make the same environment at once."""

import os
import stat
import time

import pytest

from support.checkout import ROOT
from support.patience import patience
from support.tiny import Tiny

# What it makes is half there until it may go on; fails where its half is taken away.
CONDA = """#!/bin/sh
case "$*" in
--version) echo "conda 24.7.1" ;;
"info --json") echo '{{"conda_prefix": "{folder}", "platform": "linux-64"}}' ;;
"config --get channel_priority --json") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
"env create"*)
    echo made >> {folder}/made
    for word; do prefix=$word; done
    case $prefix in --prefix=*) prefix=${{prefix#--prefix=}} ;; esac
    mkdir -p "$prefix/bin"
    for tenth in $(seq {tenths}); do [ -e {folder}/go ] && break; sleep 0.1; done
    touch "$prefix/bin/half" || exit 1
    ;;
esac
"""
RULE = """
rule in_environment:
    output: "results/in_environment.txt"
    conda: "environment.yaml"
    shell: "echo made > {output}"
"""


@pytest.fixture
def conda(tmp_path, monkeypatch):
    """A conda, first on the PATH; the lines of the file are the environments that it made."""
    folder = tmp_path / "conda"
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin/conda"
    program.write_text(CONDA.format(folder=folder, tenths=int(patience(200))))
    program.chmod(stat.S_IRWXU)
    activate = ROOT / "workflow/bootstrap/bin/activate"
    (folder / "bin/activate").write_text(activate.read_text())
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    return folder / "made"


def start(folder, environments):
    tiny = Tiny.make(folder, folder.with_name("cache"))
    snakefile = tiny.folder / "Snakefile"
    snakefile.write_text(snakefile.read_text() + RULE)
    environment = "channels: [conda-forge]\ndependencies: [python]\n"
    (tiny.folder / "environment.yaml").write_text(environment)
    return tiny.start("--sdm", "conda", "--conda-prefix", str(environments), "--", "in_environment")


def test_one_makes_it_and_the_other_waits(conda, tmp_path):
    first = start(tmp_path / "one", tmp_path / "environments")
    while not conda.exists() and first.poll() is None:
        time.sleep(0.05)
    second = start(tmp_path / "two", tmp_path / "environments")
    printed = []
    for line in second.stdout:
        printed.append(line)
        if "environment.yaml: waits for another build that makes this environment" in line:
            break
    else:
        pytest.fail("".join(printed))
    conda.with_name("go").touch()
    for process in (first, second):
        rest, _ = process.communicate(timeout=patience(120))
        assert process.returncode == 0, rest
        assert "Removing incomplete" not in rest
    assert conda.read_text().splitlines() == ["made"]
