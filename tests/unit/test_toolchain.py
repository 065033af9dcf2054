"""What the cache's keys know of compilers, emulators and other machines."""

import json
import os
import platform
import shutil
import stat

import pytest

from sao.target.toolchain import emulator_version, folder_identity, toolchain
from support.checkout import DEMO, Checkout

COMPILER = """#!/bin/sh
case $1 in
--version) echo "c++ 12.2.0 (package 1)"; echo more ;;
*=libc.so.6) echo {folder}/libc.so.6 ;;
*) echo "${{1#*=}}" ;;
esac
"""


@pytest.fixture(autouse=True)
def asked_anew():
    """What a run asks once is asked again by each test."""
    yield
    toolchain.cache_clear()
    emulator_version.cache_clear()


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """The folder of all programs that there are: a compiler and an emulator."""
    for name, text in {"c++": COMPILER, "qemu-aarch64": "#!/bin/sh\necho qemu 7.2\n"}.items():
        program = tmp_path / name
        program.write_text(text.format(folder=tmp_path))
        program.chmod(stat.S_IRWXU)
    (tmp_path / "libc.so.6").write_text("glibc 2.36")
    monkeypatch.setattr(os, "environ", {"PATH": str(tmp_path)})
    return tmp_path


def native():
    toolchain.cache_clear()
    return json.dumps(toolchain("x86_64", "x86_64", None))


def test_the_compiler_and_the_c_library_are_known(programs):
    before = native()
    assert "package 1" in before
    assert native() == before
    (programs / "libc.so.6").write_text("glibc 2.37")
    with_library = native()
    assert with_library != before
    compiler = programs / "c++"
    compiler.write_text(compiler.read_text().replace("package 1", "package 2"))
    with_compiler = native()
    assert with_compiler != with_library
    os.environ["CXXFLAGS"] = "-O3"
    assert native() != with_compiler


def test_where_nothing_is_installed_it_says_so(programs):
    assert toolchain("aarch64", "x86_64", None) == {"compiler": None}
    (programs / "qemu-aarch64").unlink()
    assert emulator_version() is None


def test_the_emulator_is_known(programs):
    assert emulator_version() == "qemu 7.2"


def test_what_is_built_for_android_is_known(tmp_path, monkeypatch):
    library = tmp_path / "executorch/lib/libexecutorch.a"
    library.parent.mkdir(parents=True)
    library.write_text("one")
    before = folder_identity(tmp_path / "executorch")
    status = library.stat()
    library.write_text("two")
    os.utime(library, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert folder_identity(tmp_path / "executorch") != before
    monkeypatch.setenv("ANDROID_NDK", str(tmp_path))
    (tmp_path / "source.properties").write_text("Pkg.Revision = 27.0")
    found = toolchain("android-arm64", "x86_64", str(tmp_path / "executorch"))
    assert found["ndk"] == "Pkg.Revision = 27.0"
    assert found["executorch"] == folder_identity(tmp_path / "executorch")


@pytest.mark.parametrize("target", ["ssh", "native"])
def test_what_another_machine_made_is_not_cached(tmp_path, target):
    if not shutil.which("c++"):
        pytest.fail("needs a C++ compiler: make target-packages")
    checkout = Checkout.make(tmp_path / "checkout", tmp_path / "caches", target)
    host = f"ssh={{host: board, architecture: {platform.machine()}}}"
    done = checkout.run("--dry-run", *DEMO, "--config", host, "--", "all")
    assert done.returncode == 0, done.stdout
    cached = [line for line in done.stdout.splitlines() if "between-workflow cache" in line]
    assert len(cached) > 10
    assert any("results/demo/smoke/" in line for line in cached) == (target == "native")
