"""What is done otherwise on macOS, by stand-ins for its programs: nobody ran it there."""

import importlib
import os
import platform
import resource
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

import sao.memory
from sao.errors import BuildError
from sao.machine import architecture, cpu_model
from sao.target import native_build
from support.checkout import ROOT

INSTALL = ROOT / "workflow/runner/install_packages.sh"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a function that puts a shell script on the PATH, before all else."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def write(name, text):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(stat.S_IRWXU)

    return write


@pytest.fixture
def macos(monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(sys, "platform", "darwin")


@pytest.fixture
def memory_on_macos(macos, monkeypatch, tmp_path):
    """sao.memory as it is imported there, where there is no /proc."""
    module = importlib.reload(sao.memory)
    monkeypatch.setattr(module, "STATUS", tmp_path / "missing")
    yield module
    monkeypatch.undo()
    importlib.reload(sao.memory)


def test_the_machine_is_arm64_by_the_name_of_its_chip(macos, program):
    program("sysctl", '[ "$*" = "-n machdep.cpu.brand_string" ] && echo "Apple M2 Pro"')
    assert (architecture(), cpu_model()) == ("arm64", "Apple M2 Pro")


def test_a_python_that_rosetta_translates_is_refused_in_one_line(macos, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(BuildError, match="Apple silicon only") as raised:
        architecture()
    assert "\n" not in str(raised.value)


def test_resident_memory_is_what_ps_says_in_kibibytes(memory_on_macos, program):
    program("ps", '[ "$*" = "-o rss= -p $PPID" ] && echo "  250000"')
    assert memory_on_macos.resident_mb() == 256.0


def test_peaks_are_in_bytes(memory_on_macos, monkeypatch):
    peaks = {resource.RUSAGE_SELF: 123e6, resource.RUSAGE_CHILDREN: 456e6}
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=peaks[who]))
    assert memory_on_macos.own_peak_mb() == 123.0
    assert memory_on_macos.peak_mb() == 456.0


def test_the_runner_is_built_natively_over_the_wheel_of_macos(macos, monkeypatch, tmp_path):
    asked = []

    def download(requirements, folder, options):
        asked.extend(options)
        raise BuildError("far enough")

    monkeypatch.setattr(native_build, "_download", download)
    with pytest.raises(BuildError, match="far enough"):
        native_build.fetch(ROOT / "workflow/runner", architecture(), None, tmp_path)
    assert "--platform=macosx_14_0_arm64" in asked
    assert native_build.preset("arm64") == "native"
    # To Linux there is no way from there but a cross compiler.
    assert native_build.preset("aarch64") == "aarch64-linux"


@pytest.mark.parametrize(("is_there", "status"), [(True, 0), (False, 1)])
def test_packages_are_xcodes_and_nothing_is_asked_of_apt(program, is_there, status):
    program("uname", "echo Darwin")
    program("apt-get", "exit 7")
    program("xcode-select", f'[ "$1" = --print-path ] && exit {0 if is_there else 2}')
    done = subprocess.run(["sh", INSTALL], capture_output=True, text=True)
    assert done.returncode == status
    assert ("xcode-select --install" in done.stderr) != is_there
