"""Faults of a run, on a tiny workflow: one line each, and the plain command goes on from there."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from support.checkout import ROOT
from support.disks import with_read_only, with_small_disk
from support.fault_rows import rows, said
from support.patience import patience
from support.tiny import SCRIPT, Tiny


@pytest.fixture
def tiny(tmp_path):
    return Tiny.make(tmp_path / "tiny", tmp_path / "cache")


def slow(tmp_path, seconds):
    """Return one whose jobs take so long until it is made `quick`, which is no change to them."""
    tiny = Tiny.make(tmp_path / "tiny", tmp_path / "cache", slow="sleep $(cat pause); ")
    (tiny.folder / "pause").write_text(str(seconds))
    return tiny


def quick(tiny):
    (tiny.folder / "pause").write_text("0")


def begun(tiny, *arguments):
    """Return a build one of whose jobs has begun."""
    process = tiny.start(*arguments)
    while not tiny.ran():
        assert process.poll() is None
        time.sleep(0.05)
    return process


def ended(process):
    printed, _ = process.communicate(timeout=patience(120))
    assert process.returncode != 0, printed
    assert "Traceback" not in printed
    return printed


def test_ctrl_c(tmp_path):
    tiny = slow(tmp_path, 60)
    process = begun(tiny)
    os.killpg(process.pid, signal.SIGINT)
    printed = ended(process)
    assert said(printed, "Ctrl-C") == 1
    assert "Error" not in printed
    quick(tiny)
    tiny.run()
    assert tiny.is_right()


def test_sigterm(tmp_path):
    tiny = slow(tmp_path, 3)
    process = begun(tiny)
    process.terminate()
    assert said(ended(process), "SIGTERM, as of a CI runner that goes") == 1
    quick(tiny)
    tiny.run()
    # What ran then ended, and is not made again.
    assert tiny.ran() == ["file", "folder"]
    assert tiny.is_right()


def test_another_build_in_the_same_folder_and_one_that_was_killed_there(tmp_path):
    tiny = slow(tmp_path, 60)
    first = begun(tiny)
    assert said(tiny.run(fails=True), "two builds in one checkout") == 1
    unlocking = tiny.run("--unlock", fails=True)
    assert f"process {first.pid} on " in unlocking
    assert unlocking.count("not unlocked") == 1
    assert first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    quick(tiny)
    killed = "SIGKILL of the whole build, or a power loss"
    assert said(tiny.run(fails=True), killed) == 1
    tiny.run("--unlock")
    tiny.run()
    assert tiny.is_right()


def script(body):
    """Return a fault that a script causes itself, before it makes its file."""

    def cause(tiny):
        text = SCRIPT.format(root=ROOT).replace("    open", f"    {body}\n    open")
        (tiny.folder / "script.py").write_text(f"import os, resource\n{text}")

    return cause


def vanishing(tiny):
    text = SCRIPT.format(root=ROOT)
    (tiny.folder / "script.py").write_text(f"import os; os.unlink('results/file.txt')\n{text}")


def without_source(tiny):
    (tiny.folder / "source.txt").unlink()


def of_tomorrow(tiny):
    later = time.time() + 86400
    os.utime(tiny.folder / "source.txt", (later, later))


TOO_MUCH = "held = [bytes(50_000_000) for _ in range(20)]"
OF_A_JOB = {
    "SIGKILL of a job, as by the kernel where memory runs out": script("os.kill(os.getpid(), 9)"),
    "a job that may have no more memory": script(
        f"resource.setrlimit(resource.RLIMIT_AS, (400_000_000,) * 2); {TOO_MUCH}"
    ),
    "a result that vanishes while a build runs": vanishing,
    "a source file that vanishes": without_source,
    "the clock was set back": of_tomorrow,
}


def test_a_job(tiny):
    tiny.run()
    for fault, cause in OF_A_JOB.items():
        cause(tiny)
        printed = tiny.run("script", fails=True)
        assert said(printed, fault) == 1, printed
        assert printed.count("Error in ") == 1
        assert "Traceback" not in printed
        (tiny.folder / "script.py").write_text(SCRIPT.format(root=ROOT))
        (tiny.folder / "source.txt").touch()
    tiny.run("script")
    assert tiny.is_right()
    assert (tiny.folder / "results/script.txt").exists()


def test_a_checkout_that_is_read_only(tiny):
    inside = partial(
        with_read_only, tiny.folder, "sh", "-c", f'cd {tiny.folder} && exec "$@"', "sh"
    )
    for options in ((), ("--dry-run",)):
        printed = tiny.run(*options, fails=True, inside=inside)
        assert said(printed, "a checkout that is read only") == 1
        assert "Traceback" not in printed
    tiny.run()
    assert tiny.is_right()


def test_a_cache_that_is_read_only(tiny):
    printed = tiny.run(inside=partial(with_read_only, tiny.cache))
    assert said(printed, "a cache that is read only") == 2
    assert tiny.is_right()
    assert tiny.entries() == []


# While it runs, then when it begins; then there is room.
FILLED = """
cp "$0"/* . && "$@" && exit 1
"$@" && exit 1
rm fills && echo 0 > fill
"$@" && cp -rL results "$0"
"""


def test_a_disk_that_is_full(tmp_path):
    filling = "head -c $(cat fill) /dev/zero > fills; "
    source = Tiny.make(tmp_path / "source", tmp_path / "cache", slow=filling)
    (source.folder / "fill").write_text("100M")
    (tmp_path / "small").mkdir()
    steps = f"cd {tmp_path}/small && exec sh -c '{FILLED}' {source.folder} \"$@\""
    printed = source.run(
        inside=partial(with_small_disk, tmp_path / "small", "400k", "sh", "-c", steps, "sh")
    )
    assert said(printed, "a disk that is full") == 2
    assert source.is_right()


def test_each_fault_of_the_table_is_caused():
    text = Path(__file__).read_text()
    assert [fault for fault in rows() if f'"{fault}"' not in text] == []
    assert len(rows()) == 12
