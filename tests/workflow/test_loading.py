"""What loading takes: memory, and what --cache keeps for the next run."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys

import pytest

from sao.papers.archive import write_sums
from support.large import write_large_dit, write_twins
from support.runner_tools import audiogen

ARGUMENTS = ("-p", "rain", "-t", 2, "-s", 7, "-l", 1, "-n", 2)
LAYERS = 6  # 107 MB


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A large DiT, and one that ExecuTorch's cache of packed weights gets wrong."""
    folder = tmp_path_factory.mktemp("programs")
    write_large_dit(folder / "large.pte", LAYERS)
    write_twins(folder / "twins.pte")
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


def generate(runner, models, out, *more, prefix=()):
    """Make a sound; return what was printed, and the report."""
    paths = ("-o", out.with_suffix(".wav"), "--json", out.with_suffix(".json"))
    done = audiogen(runner, "-m", models, *ARGUMENTS, *paths, *more, prefix=prefix)
    assert done.returncode == 0, done.stderr
    return done.stderr, json.loads(out.with_suffix(".json").read_text())


def limited(letter, kibibytes):
    """Start a program with one of the shell's limits."""
    return ("sh", "-c", f'ulimit -{letter} {kibibytes} && exec "$@"', "sh")


def kept(folder):
    """Return the names and contents that a folder of packed weights has."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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


def test_a_second_run_takes_the_weights_as_they_were_packed(runner, large, tmp_path):
    plain, cache = tmp_path / "plain.wav", tmp_path / "cache"
    generate(runner, large, plain)
    _, first = generate(runner, large, tmp_path / "first", "--cache", cache)
    packed = kept(cache)
    assert len(packed) == 4  # conditioners, DiT, head and tail of the decoder
    assert (cache.stat().st_mode & 0o777) == 0o700
    assert first["stages"]["cache"]["calls"] == 4
    # Less than what it packs: a run that packed anew would not get it.
    size = (large / "dit_model.pte").stat().st_size
    prefix = limited("d", size * 9 // 10 // 1024)
    paths = ("-o", tmp_path / "x.wav")
    assert audiogen(runner, "-m", large, *ARGUMENTS, *paths, prefix=prefix).returncode == 1
    printed, second = generate(runner, large, tmp_path / "second", "--cache", cache, prefix=prefix)
    assert len(printed.splitlines()) == 1, printed
    assert "cache" not in second["stages"]
    for name in ("first", "second"):
        assert (tmp_path / f"{name}.wav").read_bytes() == plain.read_bytes()
    assert kept(cache) == packed


def test_what_would_give_another_sound_is_not_kept(runner, models, programs, tmp_path):
    """ExecuTorch's cache takes two layers for one whose weights differ in their scales only."""
    shutil.copy(programs / "twins.pte", models / "dit_model.pte")
    generate(runner, models, tmp_path / "plain")
    cache = ("--cache", tmp_path / "cache")
    printed, _ = generate(runner, models, tmp_path / "first", *cache)
    assert "dit_model.pte gives something else with them" in printed
    printed, report = generate(runner, models, tmp_path / "second", *cache)
    assert "something else" not in printed
    assert "cache" not in report["stages"]
    for name in ("first", "second"):
        assert (tmp_path / f"{name}.wav").read_bytes() == (tmp_path / "plain.wav").read_bytes()


def test_a_flipped_bit_in_what_is_kept_is_found_and_it_is_made_anew(runner, models, tmp_path):
    cache = tmp_path / "cache"
    generate(runner, models, tmp_path / "first", "--cache", cache)
    packed = kept(cache)
    for path in cache.iterdir():
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(content)
    printed, report = generate(runner, models, tmp_path / "second", "--cache", cache)
    assert printed.count("is damaged; removed, and made anew") == len(packed) == 4
    assert report["stages"]["cache"]["calls"] == 4
    assert (tmp_path / "first.wav").read_bytes() == (tmp_path / "second.wav").read_bytes()
    assert kept(cache) == packed


def test_another_program_of_the_same_name_is_packed_for_itself(runner, models, programs, tmp_path):
    cache = ("--cache", tmp_path / "cache")
    generate(runner, models, tmp_path / "first", *cache)
    shutil.copy(programs / "large.pte", models / "dit_model.pte")
    generate(runner, models, tmp_path / "plain")
    _, report = generate(runner, models, tmp_path / "other", *cache)
    assert report["stages"]["cache"]["calls"] == 1
    _, report = generate(runner, models, tmp_path / "again", *cache)
    for name in ("other", "again"):
        assert (tmp_path / f"{name}.wav").read_bytes() == (tmp_path / "plain.wav").read_bytes()


def test_where_it_cannot_be_kept_the_sound_is_there_all_the_same(runner, large, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    # What a killed run left goes, what another run is writing stays.
    (cache / ".packing-1-left").write_bytes(b"")
    with (cache / ".packing-2-held").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        prefix = limited("f", 50_000)
        printed, _ = generate(runner, large, tmp_path / "x", "--cache", cache, prefix=prefix)
    assert f"{large / 'dit_model.pte'}: ExecuTorch could not write them" in printed
    names = sorted(kept(cache))
    assert names[0] == ".packing-2-held"
    assert all(name.endswith(".packed") for name in names[1:])
    assert len(names) == 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [("/proc/cache", "none can be made here (--cache)"), ("/tmp/" + 200 * "c", "too long a name")],
)
def test_a_folder_that_cannot_be_used_is_one_line(runner, models, tmp_path, name, expected):
    paths = ("-o", tmp_path / "x.wav", "--cache", name)
    done = audiogen(runner, "-m", models, *ARGUMENTS, *paths)
    assert done.returncode == 1
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1
