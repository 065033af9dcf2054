"""The runner, built with the address and undefined behaviour sanitizers, and everything wrong.

Each error is one line and an exit code, and leaves no sound behind.
"""

import shutil
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sao.papers.archive import SUMS, bundle_files, write_sums
from sao.submodules import SUBMODULES
from support.runner_tools import audiogen, check_error, replace, run

NAMES = [submodule.bundle_name for submodule in SUBMODULES.values()]


@pytest.fixture
def whole(bundle, tmp_path):
    """A copy of the bundle, but for its runner, with hashes."""
    ignored = shutil.ignore_patterns("runner", ".*")
    folder = shutil.copytree(bundle, tmp_path / "whole", ignore=ignored)
    write_sums(folder)
    return folder


def test_nothing_is_wrong_with_what_is_right(sanitized, bundle, tmp_path):
    done = run(sanitized, bundle, tmp_path, "-n", 2, "--dump", tmp_path / "dump")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.wav").stat().st_size == 44 + 44100 * 4
    done = audiogen(
        sanitized, "-m", bundle, "--replay", tmp_path / "dump", "--dump", tmp_path / "2"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-t", "0"], "-t: '0' is not a whole number from 1"),
        (["-t", "two"], "-t: 'two'"),
        (["-t", "99999999999999999999"], "-t: "),
        (["-n", "0"], "-n: '0'"),
        (["-n", "-1"], "-n: '-1'"),
        (["-n", "1e9"], "-n: '1e9'"),
        (["-s", "-1"], "-s: '-1'"),
        (["-s", "4294967296"], "-s: '4294967296'"),
        (["-l", "0"], "-l: '0'"),
        (["-l", "-3"], "-l: '-3'"),
        (["-l", "nan"], "-l: 'nan'"),
        (["-l", "inf"], "-l: 'inf'"),
        (["-l", "1e300"], "this model makes sounds of up to 11.88"),
        (["-l", "12"], "this model makes sounds of up to 11.88"),
        (["-l", "0.000001"], "this model makes sounds of up to 11.88"),
        (["-l", "10s"], "-l: '10s'"),
        (["-l", ""], "-l: ''"),
        (["--loud"], "--loud: no such option"),
        (["-y"], "-y: no such option"),
        (["-o"], "-o: a value is missing"),
        (["words"], "words: not an option"),
        (["-o", "/nonexistent/x.wav"], "/nonexistent/x.wav: cannot be written"),
        (["-o", "/dev/full"], "/dev/full: cannot be written"),
        (["-o", "/proc/x.wav"], "/proc/x.wav: cannot be written"),
        (["--json", "/nonexistent/x.json"], "/nonexistent/x.json: cannot be written"),
        (["--json", "/dev/full"], "/dev/full: cannot be written"),
        (["--dump", "/proc/x"], "/proc/x: no folder can be made"),
        (["--prompts", "/nonexistent"], "-p or --prompts, not both"),
        (["-m", "/nonexistent"], "/nonexistent: no such folder"),
        (["--replay", "/nonexistent"], "--replay takes no prompt"),
    ],
    ids=str,
)
def test_a_wrong_option_is_one_line(sanitized, bundle, tmp_path, arguments, expected):
    check_error(run(sanitized, bundle, tmp_path, *arguments), tmp_path, expected)


def test_missing_options_are_one_line(sanitized, bundle, tmp_path):
    for arguments, expected in [
        ((), "with -m"),
        (("-m", bundle), "with -p"),
        (("-m", bundle, "--prompts", tmp_path / "none"), "none: no such file"),
        (("-m", bundle, "--prompts", tmp_path), "has no prompts"),
        (("-m", bundle, "--replay", tmp_path), "needs --dump"),
        (("-m", bundle, "--replay", tmp_path, "--dump", tmp_path), "holds no calls"),
    ]:
        check_error(audiogen(sanitized, *arguments), tmp_path, expected)


@pytest.mark.parametrize("name", [*NAMES, "spiece.model"])
def test_a_missing_file_is_one_line(sanitized, copied, tmp_path, name):
    (copied / name).unlink()
    check_error(run(sanitized, copied, tmp_path), tmp_path, f"{name}: no such file")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_cut_off_is_one_line(sanitized, bundle, copied, tmp_path, name):
    content = (bundle / name).read_bytes()
    for length in (0, 1, 7, 40, 1000, len(content) // 2, len(content) - 1):
        replace(copied / name, content[:length])
        check_error(run(sanitized, copied, tmp_path), tmp_path, name)


@pytest.mark.parametrize("name", [*NAMES, "spiece.model"])
def test_a_file_of_something_else_is_one_line(sanitized, bundle, copied, tmp_path, name):
    for content in (b"not a program" * 1000, (bundle / "manifest.json").read_bytes()):
        replace(copied / name, content)
        check_error(run(sanitized, copied, tmp_path), tmp_path, name)


def test_a_program_that_is_damaged_within_is_one_line(sanitized, bundle, copied, tmp_path):
    """The size that its root table gives itself; the weights themselves are not looked at."""
    content = bytearray((bundle / "dit_model.pte").read_bytes())
    content[:4] = struct.pack("<I", 0x7FFFFFF0)
    replace(copied / "dit_model.pte", bytes(content))
    check_error(run(sanitized, copied, tmp_path), tmp_path, "dit_model.pte: cut off, damaged")


@pytest.mark.parametrize(
    ("base", "size"), [(2**64 - 16, 32), (2**64 - 1, 1), (0, 2**64 - 1)], ids=str
)
def test_a_header_whose_numbers_overflow_is_one_line(
    sanitized, bundle, copied, tmp_path, base, size
):
    """Where the weights begin and how many bytes they are: together more than a number holds."""
    content = bytearray((bundle / "dit_model.pte").read_bytes())
    content[24:40] = struct.pack("<QQ", base, size)
    replace(copied / "dit_model.pte", bytes(content))
    expected = f"dit_model.pte: {len(content)} bytes, its header says {2**64 - 1}"
    check_error(run(sanitized, copied, tmp_path), tmp_path, expected)


CRAFTED = {
    "one number too large": ("(99999999999999999999,)", "is not one that this program reads"),
    "a product too large": ("(4611686018427387904, 4)", "more than memory can hold"),
    "a product of nothing": ("(4294967296, 4294967296, 1, 256)", "more than memory can hold"),
    "bytes too many": ("(2305843009213693952,)", "more than memory can hold"),
    "more than the file": ("(1000000000000,)", "is shorter than its header says"),
    "less than nothing": ("(-1, 64)", "is not one that this program reads"),
    "no number": ("(1 2,)", "is not one that this program reads"),
    "another shape": ("(1,)", "input 0 is float32 (1, 64, 256), not float32 (1,)"),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_recorded_array_of_a_crafted_shape_is_one_line(sanitized, bundle, tmp_path, name):
    shape, expected = CRAFTED[name]
    (tmp_path / "calls/dit").mkdir(parents=True)
    for array in SUBMODULES["dit"].inputs:
        np.save(tmp_path / f"calls/dit/000.{array}.npy", np.zeros(1, np.float32))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    crafted = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(4)
    (tmp_path / "calls/dit/000.x.npy").write_bytes(crafted)
    calls = ("--replay", tmp_path / "calls", "--dump", tmp_path / "dump")
    check_error(audiogen(sanitized, "-m", bundle, *calls), tmp_path, expected)


def test_where_files_may_not_be_large_nothing_is_left(sanitized, bundle, tmp_path):
    """The limit's signal would end the program with its scratch file in place."""
    common = ("-m", bundle, "-p", "x", "-t", 1, "-n", 1, "-o", tmp_path / "x.wav")
    done = audiogen(sanitized, *common, "-l", 1, prefix=("prlimit", "--fsize=1000"))
    check_error(done, tmp_path, "x.wav: cannot be written; name a file in a folder that exists")


def test_a_report_that_cannot_be_written_leaves_the_one_before(sanitized, bundle, tmp_path):
    (tmp_path / "x.json").write_text("before")
    # A sound of 220 bytes fits, its report does not.
    short = ("-l", 0.001, "--json", tmp_path / "x.json")
    arguments = ("-m", bundle, "-p", "x", "-t", 1, "-n", 1, "-o", tmp_path / "x.wav", *short)
    done = audiogen(sanitized, *arguments, prefix=("prlimit", "--fsize=300"))
    assert done.returncode == 1
    assert "x.json: cannot be written" in done.stderr
    assert done.stderr.endswith("(--json)\n")
    assert (tmp_path / "x.json").read_text() == "before"
    assert not list(tmp_path.glob(".writing*"))


def test_two_runs_to_one_file_do_not_share_what_they_write(sanitized, bundle, tmp_path):
    """Another run's file of the same target, under the name that all once had, is let alone."""
    other = tmp_path / ".writing-x.wav"
    other.write_text("another run's")
    assert run(sanitized, bundle, tmp_path, "-l", 0.1).returncode == 0
    assert other.read_text() == "another run's"
    other.unlink()
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(run, sanitized, bundle, tmp_path, "-l", 0.1) for _ in range(4)]
    assert [done.result().returncode for done in runs] == [0] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]
    assert (tmp_path / "x.wav").stat().st_size == 44 + 4410 * 4


def test_a_folder_for_the_sounds_of_many_prompts_is_made(sanitized, bundle, tmp_path):
    (tmp_path / "prompts.txt").write_text("rain\nbirds\n")
    common = ("-m", bundle, "-t", 1, "-n", 1, "-l", 0.1, "--prompts", tmp_path / "prompts.txt")
    done = audiogen(sanitized, *common, "-o", f"{tmp_path}/new/sounds/")
    assert done.returncode == 0, done.stderr
    made = {path.name for path in (tmp_path / "new/sounds").iterdir()}
    assert made == {"1_rain_99.wav", "2_birds_99.wav"}
    (tmp_path / "file").write_text("")
    done = audiogen(sanitized, *common, "-o", tmp_path / "file")
    assert done.stderr.splitlines() == [
        f"audiogen: {tmp_path}/file: no folder can be made here (-o of --prompts)"
    ]


def test_files_that_do_not_fit_one_another_are_one_line(sanitized, bundle, copied, tmp_path):
    for wrong, right, expected in [
        ("dit_model.pte", "conditioners_model.pte", "does not take 4 inputs"),
        ("autoencoder_model.pte", "dit_model.pte", "as a decoder does"),
        ("conditioners_model.pte", "autoencoder_model.pte", "does not take 3 inputs"),
    ]:
        replace(copied / wrong, (bundle / right).read_bytes())
        check_error(run(sanitized, copied, tmp_path), tmp_path, expected)
        shutil.copy(bundle / wrong, copied / wrong)


def flipped(path, place):
    """Flip a bit of a file, and give a function that flips it back."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[place] ^= 1
    path.write_bytes(changed)
    return lambda: path.write_bytes(content)


def test_a_flipped_bit_anywhere_is_found_by_verify(sanitized, whole, tmp_path):
    names = bundle_files(whole)
    assert audiogen(sanitized, "--verify", "-m", whole).returncode == 0
    for name in names:
        size = (whole / name).stat().st_size
        for place in (0, size // 2, size - 1):
            undo = flipped(whole / name, place)
            done = audiogen(sanitized, "--verify", "-m", whole)
            check_error(done, tmp_path, name if name != SUMS else str(whole))
            undo()


@pytest.mark.parametrize("name", ["dit_model.pte", "autoencoder_tail.pte", "spiece.model"])
def test_a_flipped_bit_is_said_before_anything_runs(sanitized, whole, tmp_path, name):
    """One that no other check finds: the middle of the weights."""
    flipped(whole / name, (whole / name).stat().st_size // 2)
    expected = f"{name} is damaged: its SHA-256 is not that in SHA256SUMS; copy the bundle again"
    check_error(run(sanitized, whole, tmp_path), tmp_path, expected)
    done = audiogen(sanitized, "-m", whole, "--replay", tmp_path, "--dump", tmp_path / "dump")
    check_error(done, tmp_path, expected)
    # What is not used is not hashed; and who does not want it hashed at all says so.
    flipped(whole / "README.md", 0)
    assert "README" not in run(sanitized, whole, tmp_path).stderr
    if name == "dit_model.pte":
        assert "SHA-256" not in run(sanitized, whole, tmp_path, "--unchecked").stderr


def test_what_is_missing_or_was_added_is_found_by_verify(sanitized, whole, tmp_path):
    (whole / "extra.pte").write_text("x")
    done = audiogen(sanitized, "--verify", "-m", whole)
    check_error(done, tmp_path, "extra.pte is not in SHA256SUMS; copy the bundle again")
    (whole / "extra.pte").unlink()
    (whole / "NOTICE").unlink()
    done = audiogen(sanitized, "--verify", "-m", whole)
    check_error(done, tmp_path, "NOTICE is missing; copy the bundle again")
    (whole / SUMS).unlink()
    done = audiogen(sanitized, "--verify", "-m", whole)
    check_error(done, tmp_path, "has no SHA256SUMS")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "line 1 is not a SHA-256"),
        (f"{'0' * 64} one-space", "line 1 is not a SHA-256"),
        (f"{'g' * 64}  x", "line 1 is not a SHA-256"),
        (f"{'0' * 64}  /etc/passwd", "line 1 is not a SHA-256"),
        (f"{'0' * 64}  a/../../x", "line 1 is not a SHA-256"),
        (f"{'0' * 64}  x\n{'0' * 64}  x", "line 2 is not a SHA-256"),
    ],
)
def test_hashes_that_are_none_are_one_line(sanitized, whole, tmp_path, line, expected):
    (whole / SUMS).write_text(f"{line}\n")
    check_error(run(sanitized, whole, tmp_path), tmp_path, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file: is no table of keys and values"),
        ("smoke: {}", "smoke: has no prompts"),
        ("smoke: {a: {prompt: x, tempos: 1}}", "smoke.a.tempos: no such key"),
        ("smoke: {a: {prompt: x, tempo: 90}}", "smoke.a: give either `prompt` or parts"),
        ("smoke: {a: {seed: 1}}", "smoke.a: give either `prompt` or parts"),
        ("smoke: {a: {prompt: [x]}}", "smoke.a.prompt: is no text"),
        ("smoke: {a: {elements: [{texture: x}]}}", "smoke.a.elements: has no name"),
        ("smoke: {a: {tempo: 1000}}", "smoke.a.tempo: '1000' is not a whole number from 20 to 400"),
        ("smoke: {a: {prompt: x, seed: -1}}", "smoke.a.seed: '-1' is not a whole number"),
        ("smoke: {a: {prompt: x, seconds: .nan}}", "smoke.a.seconds: '.nan' is not a length"),
        ("smoke: {a: {prompt: x, seconds: 60}}", "a: 60.000000 seconds; this model makes"),
        ("smoke: {a: {prompt: x}, a: {prompt: y}}", "smoke: has a twice"),
        ("smoke: {a/b: {prompt: x}}", "smoke.a/b: a name has small letters"),
        ("smoke: {a: {prompt: x}", "did not find expected ',' or '}'"),
        ("smoke: &a {a: *a}", "smoke.a.a: no such key"),
    ],
)
def test_a_wrong_file_of_prompts_is_one_line(sanitized, bundle, tmp_path, text, expected):
    (tmp_path / "x.yaml").write_text(text)
    asked = ("-m", bundle, "-n", 1, "--prompts", tmp_path / "x.yaml", "-o", tmp_path / "sounds")
    check_error(audiogen(sanitized, *asked), tmp_path, expected)
