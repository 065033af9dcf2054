"""The runner with an autoencoder in pieces: what it makes of them, and those that do not fit.

Pieces are small ones, whose results torch gives too.
"""

import struct

import executorch.exir
import numpy as np
import pytest
import soundfile
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

from sao.generate.runtime import load_program
from support.runner_tools import audiogen, check_error, dumped, run


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


def rate_of(path):
    return struct.unpack("<I", path.read_bytes()[24:28])[0]


@pytest.mark.parametrize(
    ("constants", "more", "rate"),
    [
        ({"sample_rate": 22050}, (), 22050),
        ({"sample_rate": 22050}, ("--sample-rate", 100), 100),
        ({}, (), 44100),  # as in Arm's own export
    ],
    ids=["the model's", "asked for", "none"],
)
def test_the_rate_is_that_of_the_model_unless_another_is_asked_for(
    sanitized, copied, tmp_path, constants, more, rate
):
    export(torch.nn.Conv1d(64, 4, 1), (1, 64, 256), copied / "autoencoder_head.pte", **constants)
    export(Tail(), (1, 4, 50), copied / "autoencoder_tail.pte", overlap=3)
    done = run(sanitized, copied, tmp_path, *more, "-l", 0.01)
    assert done.returncode == 0, done.stderr
    assert rate_of(tmp_path / "x.wav") == rate
    assert (tmp_path / "x.wav").stat().st_size == 44 + 4 * round(rate * 0.01)
    done = run(sanitized, copied, tmp_path, *more, "-l", 60)
    assert f"sounds of up to {512 / rate:.6f}" in done.stderr


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
        (4, 50, {"overlap": 2**62}, "overlap of half a window"),
        (4, 50, {"overlap": 1, "sample_rate": 2**40}, "a sample rate of 1099511627776"),
        (3, 50, {"overlap": 1}, "takes windows of (1, 4, 50)"),
        (4, 300, {"overlap": 1}, "takes windows of (1, 4, 300)"),
    ],
)
def test_parts_that_do_not_fit_are_one_line(
    sanitized, copied, tmp_path, channels, width, constants, expected
):
    rate = {name: value for name, value in constants.items() if name == "sample_rate"}
    head = torch.nn.Conv1d(64, channels, 1)
    export(head, (1, 64, 256), copied / "autoencoder_head.pte", **rate)
    export(Tail(), (1, 4, width), copied / "autoencoder_tail.pte", **constants)
    check_error(run(sanitized, copied, tmp_path), tmp_path, expected)


class Windowed(torch.nn.Module):
    """Audio (2, 4 W) to mean and scale (1, 64, W); each step sees one to each side."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv1d(2, 128, 4, stride=4)
        self.second = torch.nn.Conv1d(128, 128, 3, padding=1)

    def forward(self, audio):
        both = self.second(self.first(audio[None]))
        return both[:, :64], both[:, 64:]


ENCODER = "autoencoder_encoder_model.pte"


def exported_encoder(folder, width, module=None, **constants):
    """Put an encoder of windows of so many steps, a sound of 1024 samples, into a bundle."""
    constants = {"sample_size": 1024, "latent_scale": 1.0} | constants
    path = folder / ENCODER
    path.unlink()
    export(module or Windowed(), (2, 4 * width), path, **constants)


def encoded(runner, models, folder, *more):
    """Run from a sound of 1024 samples."""
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, (1024, 2))
    soundfile.write(folder / "in.flac", audio, 44100, subtype="PCM_16")
    return run(runner, models, folder, "-i", folder / "in.flac", "-x", 0.5, *more)


# The latent's 256 steps are one window, a whole number of steps of one, or are not.
@pytest.mark.parametrize(("width", "overlap"), [(256, 1), (66, 1), (50, 3), (100, 7), (7, 3)])
def test_an_encoder_of_windows_gives_what_one_of_the_whole_gives(
    sanitized, copied, tmp_path, width, overlap
):
    torch.manual_seed(0)
    module = Windowed()
    exported_encoder(copied, width, module, overlap=overlap)
    dump = tmp_path / "dump"
    done = encoded(sanitized, copied, tmp_path, "--dump", dump)
    assert done.returncode == 0, done.stderr
    audio, *got = dumped(dump, "autoencoder_encoder", 0, "audio", "mean", "scale")
    with torch.no_grad():
        expected = module(torch.from_numpy(audio))
    for mine, right in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, right.numpy(), atol=1e-5)
    # Replayed, and by the Python runtime, the same.
    again = tmp_path / "again"
    done = audiogen(sanitized, "-m", copied, "--replay", dump, "--dump", again, "-t", 1)
    assert done.returncode == 0, done.stderr
    replayed = dumped(again, "autoencoder_encoder", 0, "mean", "scale")
    by_python = load_program([copied / ENCODER])(audio)
    for mine, *others in zip(got, replayed, by_python, strict=True):
        for other in others:
            np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize(
    ("width", "constants", "expected"),
    [
        (50, {}, "has no integer 'overlap'"),
        (50, {"overlap": 25}, "overlap of half a window"),
        (50, {"overlap": -1}, "overlap of half a window"),
        (50, {"overlap": 2**62}, "overlap of half a window"),
        (257, {"overlap": 1}, "takes windows of 1028 samples, of which a sound of 1024 is not"),
        (50, {"overlap": 1, "sample_size": 1023}, "of which a sound of 1023 is not made"),
        (50, {"overlap": 1, "sample_size": -4}, "of which a sound of -4 is not made"),
        (50, {"overlap": 1, "sample_size": 2**60}, "the DiT's is (1, 64, 256)"),
        (50, {"overlap": 1, "sample_size": 1020}, "latent of (1, 64, 255), the DiT's is"),
    ],
)
def test_an_encoder_that_does_not_fit_is_one_line(
    sanitized, copied, tmp_path, width, constants, expected
):
    exported_encoder(copied, width, **constants)
    done = encoded(sanitized, copied, tmp_path)
    check_error(done, tmp_path, ENCODER)
    assert expected in done.stderr


def test_a_replayed_sound_of_another_length_is_one_line(sanitized, bundle, tmp_path):
    calls = tmp_path / "calls/autoencoder_encoder"
    calls.mkdir(parents=True)
    np.save(calls / "000.audio.npy", np.zeros((2, 2048), np.float32))
    common = ("--replay", calls.parent, "--dump", tmp_path / "dump")
    done = audiogen(sanitized, "-m", bundle, *common)
    check_error(done, tmp_path, "encodes a sound of (2, 524288), not (2, 2048)")
