"""`make caches`: what the caches hold, and what is removed of it."""

import os
import subprocess
import sys
import time

import pytest

from sao.cached.records import record_of, write_record
from sao.caches import in_use
from sao.locks import locked
from support.checkout import DEMO, ROOT, Checkout
from support.patience import patience

DAY = 86400
NAMES = {"old": "a" * 64 + ".pte", "folder": "b" * 64, "new": "c" * 64 + "_dit.safetensors"}


@pytest.fixture
def caches(tmp_path):
    """Results of three ages, an environment, and what is of neither."""
    cache, environments = tmp_path / "outputs", tmp_path / "stable-audio-executorch/conda"
    cache.mkdir(mode=0o700)
    (cache / NAMES["folder"]).mkdir()
    (cache / NAMES["folder"] / "audiogen").write_bytes(bytes(40_000))
    (cache / NAMES["old"]).write_bytes(bytes(100_000))
    (cache / NAMES["new"]).write_bytes(bytes(20_000))
    for (what, name), days in zip(NAMES.items(), (40, 10, 0), strict=True):
        write_record(cache / name, f"results/demo/{what}")
        use(record_of(cache / name), days)
    prefix = environments / ("d" * 32 + "_")
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin/python").write_bytes(bytes(30_000))
    for ending, text in ((".yaml", "# Lowers programs.\n"), (".env_setup_done", ""), (".lock", "")):
        prefix.with_name(prefix.name + ending).write_text(text)
    use(prefix.with_name(prefix.name + ".env_setup_done"), 20)
    # Not ours, and a way out of the folder.
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    (cache / "precious").touch()
    (cache / ("e" * 64)).symlink_to(tmp_path / "precious")
    (environments / "precious").mkdir()
    return tmp_path


def use(path, days):
    os.utime(path, (time.time() - days * DAY,) * 2)


def command(caches, *arguments):
    variables = {"SNAKEMAKE_OUTPUT_CACHE": str(caches / "outputs"), "XDG_CACHE_HOME": str(caches)}
    return subprocess.run(
        [sys.executable, ROOT / "workflow/bootstrap/caches.py", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


def left(caches):
    """Return which of ours are left, by the first letters of their names."""
    names = (path.name for path in caches.glob("*/**/*") if path.parent.name in FOLDERS)
    return {name[0] for name in names if name != "precious" and not name.startswith((".", "e"))}


FOLDERS = ("outputs", "conda")


def test_it_shows_what_there_is_and_removes_nothing(caches):
    done = command(caches)
    assert done.returncode == 0, done.stderr
    assert "outputs: 3 results, 1" in done.stdout
    assert "conda: 1 environments, " in done.stdout
    for what in ("results/demo/old", "results/demo/folder", "results/demo/new", "Lowers programs."):
        assert what in done.stdout
    assert " 40.0 days  aaaaaaaaaaaa" in done.stdout
    assert left(caches) == set("abcd")
    done = command(caches, "--older-than", "15")
    assert "nothing is removed without --apply: 2 of 4" in done.stdout
    assert left(caches) == set("abcd")


@pytest.mark.parametrize(
    ("arguments", "stays"),
    [
        (["--older-than", "30"], "bcd"),
        (["--older-than", "15"], "bc"),
        (["--older-than", "15", "--only", "results"], "bcd"),
        (["--older-than", "5", "--only", "environments"], "abc"),
        # The longest unused goes first.
        (["--at-most", "100KB"], "bcd"),
        (["--at-most", "0"], ""),
        (["--at-most", "1 GB"], "abcd"),
    ],
)
def test_it_removes_what_is_old_or_too_much_and_nothing_else(caches, arguments, stays):
    (caches / "outputs/.writing-killed").mkdir()
    done = command(caches, *arguments, "--apply")
    assert done.returncode == 0, done.stderr
    assert left(caches) == set(stays)
    for path in ("precious/file", "outputs/precious", "stable-audio-executorch/conda/precious"):
        assert (caches / path).exists()
    assert (caches / "outputs" / ("e" * 64)).is_symlink()
    names = {path.name for path in (caches / "outputs").iterdir()}
    assert {f"{name}.record" for name in names if f"{name}.record" in names} == {
        name for name in names if name.endswith(".record")
    }
    assert (".writing-killed" in names) == ("environments" in arguments)


def test_nothing_is_removed_while_a_build_runs(caches):
    with locked(in_use(caches / "outputs"), shared=True):
        done = command(caches, "--older-than", "0", "--apply")
        assert done.returncode == 1
        assert done.stderr.strip() == (
            f"Error in caches: a build uses {caches}/outputs: try again when it has ended"
        )
        assert left(caches) == set("abcd")
        assert command(caches).returncode == 0
    assert command(caches, "--older-than", "0", "--apply").returncode == 0


@pytest.mark.parametrize("place", ["caches/outputs", "stable-audio-executorch/conda"])
def test_a_run_waits_until_it_has_removed(tmp_path, place):
    checkout = Checkout.make(tmp_path / "checkout", tmp_path / "caches")
    (tmp_path / place).mkdir(parents=True, mode=0o700)
    with locked(in_use(tmp_path / place)):
        run = checkout.start("--dry-run", *DEMO, "--", "all", XDG_CACHE_HOME=str(tmp_path))
        for line in run.stdout or []:
            if "waits for `make caches`" in line:
                break
        else:
            pytest.fail("it did not wait")
    run.communicate(timeout=patience(120))
    assert run.returncode == 0


@pytest.mark.parametrize("arguments", [["--at-most", "much"], ["--older-than", "-1"]])
def test_what_is_no_size_or_age_is_refused(caches, arguments):
    done = command(caches, *arguments, "--apply")
    assert done.returncode == 2
    assert left(caches) == set("abcd")
