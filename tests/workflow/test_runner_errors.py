"""The runner, built with the address and undefined behaviour sanitizers, and everything wrong.

Each error is one line and an exit code, and leaves no sound behind.
"""

import shutil
import struct

import executorch.exir
import numpy as np
import pytest
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

from sao.submodules import PIECES, SUBMODULES
from sao.target.native_build import build, fetch
from support.checkout import ROOT
from support.runner_tools import audiogen, dumped, need

NAMES = [submodule.bundle_name for submodule in SUBMODULES.values()]


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory):
    """The folder of a runner with sanitizers, which end it with a report of many lines."""
    need("c++")
    work = tmp_path_factory.mktemp("sanitized")
    packages = fetch(ROOT / "workflow/runner", "x86_64", None, work)
    build(ROOT / "workflow/runner", "sanitize", packages, work, work / "out")
    return work / "out"


@pytest.fixture
def copied(bundle, tmp_path):
    """A bundle of links, whose files a test replaces or adds the decoder's pieces to."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    pieces = {piece.bundle_name for piece in PIECES.values()}
    for path in bundle.iterdir():
        if path.name not in pieces:
            (folder / path.name).symlink_to(path)
    return folder


def replace(path, content):
    path.unlink()
    path.write_bytes(content)


def check_error(done, folder, expected):
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("audiogen: ")
    assert expected in lines[0]
    assert done.returncode in (1, 2)
    assert not list(folder.rglob("*.wav"))
    assert not list(folder.rglob(".writing*"))


def run(sanitized, models, folder, *more):
    """Run with options that work, but for those in `more`, which come last and count."""
    common = ("-p", "x", "-t", 1, "-n", 1, "-l", 1, "-o", folder / "x.wav")
    return audiogen(sanitized, "-m", models, *common, *more)


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
        (["-x"], "-x: no such option"),
        (["-o"], "-o: a value is missing"),
        (["words"], "words: not an option"),
        (["-o", "/nonexistent/x.wav"], "/nonexistent/x.wav: cannot be written"),
        (["-o", "/dev/full"], "/dev/full: cannot be written"),
        (["-o", "/proc/x.wav"], "/proc/x.wav: cannot be written"),
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


def test_files_that_do_not_fit_one_another_are_one_line(sanitized, bundle, copied, tmp_path):
    for wrong, right, expected in [
        ("dit_model.pte", "conditioners_model.pte", "does not take 4 inputs"),
        ("autoencoder_model.pte", "dit_model.pte", "as a decoder does"),
        ("conditioners_model.pte", "autoencoder_model.pte", "does not take 3 inputs"),
    ]:
        replace(copied / wrong, (bundle / right).read_bytes())
        check_error(run(sanitized, copied, tmp_path), tmp_path, expected)
        shutil.copy(bundle / wrong, copied / wrong)


def export(module, shape, path, **constants):
    program = torch.export.export(module.eval(), (torch.randn(shape),))
    lowered = executorch.exir.to_edge_transform_and_lower(
        program, partitioner=[XnnpackPartitioner()], constant_methods=constants
    )
    path.write_bytes(lowered.to_executorch().buffer)


class Tail(torch.nn.Module):
    """Hidden (1, 4, W) to audio (2, 2 W); each sample sees one hidden step to each side."""

    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv1d(4, 2, 3, padding=1)

    def forward(self, hidden):
        return self.convolution(hidden)[0].repeat_interleave(2, dim=1)


# The hidden length 256 is one window, a whole number of steps of one, or is not.
@pytest.mark.parametrize(("width", "overlap"), [(256, 1), (66, 1), (50, 3), (100, 7), (7, 3)])
def test_a_decoder_in_two_parts_gives_what_the_whole_gives(
    sanitized, bundle, copied, tmp_path, width, overlap
):
    torch.manual_seed(0)
    head, tail = torch.nn.Conv1d(64, 4, 1), Tail()
    export(head, (1, 64, 256), copied / "autoencoder_head.pte")
    export(tail, (1, 4, width), copied / "autoencoder_tail.pte", overlap=overlap)
    more = ("--sample-rate", 100, "--dump", tmp_path / "dump")
    done = run(sanitized, copied, tmp_path, *more)
    assert done.returncode == 0, done.stderr
    latent, audio = dumped(tmp_path / "dump", "autoencoder", 0, "latent", "audio")
    with torch.no_grad():
        expected = tail(head(torch.from_numpy(latent))).numpy()
    np.testing.assert_allclose(audio, expected, atol=1e-5)
    # Without --dump only the windows that the sound needs are computed: the same sound.
    short = ("--sample-rate", 100, "-o", tmp_path / "short.wav")
    assert run(sanitized, copied, tmp_path, *short).returncode == 0
    assert (tmp_path / "short.wav").read_bytes() == (tmp_path / "x.wav").read_bytes()


def test_the_whole_decoder_can_be_chosen(sanitized, copied, tmp_path):
    assert run(sanitized, copied, tmp_path).returncode == 0
    (tmp_path / "x.wav").rename(tmp_path / "whole.wav")
    export(torch.nn.Conv1d(64, 4, 1), (1, 64, 256), copied / "autoencoder_head.pte")
    export(Tail(), (1, 4, 50), copied / "autoencoder_tail.pte", overlap=3)
    assert run(sanitized, copied, tmp_path, "--full-decoder").returncode == 0
    assert (tmp_path / "x.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()


@pytest.mark.parametrize(
    ("channels", "width", "constants", "expected"),
    [
        (4, 50, {}, "has no integer 'overlap'"),
        (4, 50, {"overlap": 25}, "overlap of half a window"),
        (4, 50, {"overlap": -1}, "overlap of half a window"),
        (3, 50, {"overlap": 1}, "takes windows of (1, 4, 50)"),
        (4, 300, {"overlap": 1}, "takes windows of (1, 4, 300)"),
    ],
)
def test_parts_that_do_not_fit_are_one_line(
    sanitized, copied, tmp_path, channels, width, constants, expected
):
    export(torch.nn.Conv1d(64, channels, 1), (1, 64, 256), copied / "autoencoder_head.pte")
    export(Tail(), (1, 4, width), copied / "autoencoder_tail.pte", **constants)
    check_error(run(sanitized, copied, tmp_path), tmp_path, expected)
