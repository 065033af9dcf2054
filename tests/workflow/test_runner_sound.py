"""The runner from a sound: what it reads, what it makes of it, and what it refuses."""

import json
from base64 import b64decode

import numpy as np
import pytest
import soundfile

from sao.generate.audio import read_sound, write_wav
from sao.generate.bottleneck import bottleneck_noise, sample_latent
from sao.generate.synthesis import Generator
from sao.score.metrics import snr_db
from support.runner_tools import PROMPT, audiogen, dumped

RATE, SAMPLES = 44100, 524288
SEED, SECONDS, STEPS = 7, 0.5, 2
USUAL = ("-p", PROMPT, "-t", 2, "-s", SEED, "-l", SECONDS, "-n", STEPS)
# Files of bits, and how near (dB) what is read of a sound is to it at least.
FORMATS = {
    "PCM_U8.wav": 30,
    "PCM_16.wav": 75,
    "PCM_24.wav": 120,
    "PCM_32.wav": 140,
    "FLOAT.wav": 140,
    "DOUBLE.wav": 140,
    "PCM_16.rf64": 75,
    "PCM_24.flac": 120,
    "PCM_16.aiff": 75,
}


def sine(rate, seconds=1.0, channels=2):
    """Return a sine of 440 Hz, whose channels have amplitudes of their own, (samples, channels)."""
    time = np.arange(round(rate * seconds)) / rate
    return np.sin(2 * np.pi * 440 * time)[:, None] * 0.3 / np.arange(1, channels + 1)


def read_by(runner, bundle, path, folder):
    """Return what the runner hands to the encoder of a file, float32 (2, 524288)."""
    options = ("-i", path, "-x", 0.5, "-n", 1, "--dump", folder / "dump", "-o", folder / "o.wav")
    done = audiogen(runner, "-m", bundle, *USUAL, *options)
    assert done.returncode == 0, done.stderr
    [audio] = dumped(folder / "dump", "autoencoder_encoder", 0, "audio")
    assert audio.shape == (2, SAMPLES)
    return audio


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_read(runner, bundle, tmp_path, name):
    subtype, _, kind = name.partition(".")
    path = tmp_path / name
    soundfile.write(path, sine(RATE), RATE, subtype=subtype, format=kind.upper())
    audio = read_by(runner, bundle, path, tmp_path)
    assert snr_db(sine(RATE).T, audio[:, :RATE]) > FORMATS[name]
    assert not audio[:, RATE:].any()


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000, 192000])
def test_another_rate_is_resampled(runner, bundle, tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(rate), rate, subtype="FLOAT")
    audio = read_by(runner, bundle, path, tmp_path)
    inner = slice(RATE // 10, RATE - RATE // 10)
    assert snr_db(sine(RATE)[inner].T, audio[:, inner]) > 110
    assert not audio[:, RATE:].any()


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_are_made_two(runner, bundle, tmp_path, channels):
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(RATE, channels=channels), RATE, subtype="FLOAT")
    left, right = read_by(runner, bundle, path, tmp_path)
    assert snr_db(left, right * (1 if channels == 1 else 2)) > 100


@pytest.mark.parametrize("seconds", [1 / RATE, 30.0])
def test_any_length_is_taken(runner, bundle, tmp_path, seconds):
    path = tmp_path / "a.wav"
    sound = sine(RATE, seconds) + 0.1
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    audio = read_by(runner, bundle, path, tmp_path)
    taken = sound[:SAMPLES].T.astype(np.float32)
    assert (audio[:, : taken.shape[1]] == taken).all()
    assert not audio[:, taken.shape[1] :].any()


def test_a_file_that_is_still_written_is_read_to_its_end(runner, bundle, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(RATE), RATE, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    for place in (4, content.index(b"data") + 4):
        content[place : place + 4] = b"\xff" * 4
    path.write_bytes(content)
    audio = read_by(runner, bundle, path, tmp_path)
    assert snr_db(sine(RATE).T, audio[:, :RATE]) > 75


# By the fuzzer.
ENDLESS = "UklGRnR1DfFXQVZFZm10IPj////8//7/AQAAAEEAAAD/DxD/Y2F0YVB1DQDKAAABAA=="


def broken(folder):
    """Return what is refused: a file's content by its name, and words of the line."""
    soundfile.write(folder / "whole.wav", sine(RATE), RATE, subtype="PCM_16")
    soundfile.write(folder / "whole.flac", sine(RATE), RATE, subtype="PCM_16")
    soundfile.write(folder / "none.wav", sine(RATE)[:0], RATE)
    nan = sine(RATE)
    nan[5] = np.nan
    soundfile.write(folder / "nan.wav", nan, RATE, subtype="FLOAT")
    whole, flac = ((folder / f"whole.{kind}").read_bytes() for kind in ("wav", "flac"))
    no_rate = bytearray(whole)
    no_rate[24:28] = bytes(4)
    return {
        "empty.wav": (b"", "is no WAV, AIFF or FLAC"),
        "text.wav": (b"this is no sound\n" * 100, "is no WAV, AIFF or FLAC"),
        "head.wav": (whole[:30], "is cut off"),
        "cut.wav": (whole[:5000], "is cut off: 5000 of"),
        "cut.flac": (flac[: len(flac) // 2], "is cut off or damaged"),
        "rate.wav": (bytes(no_rate), "a.wav: |samples a second|is no WAV"),
        # Its `fmt ` is of 2^32 - 8 bytes, which miniaudio takes for a step back, for ever.
        "endless.wav": (b64decode(ENDLESS), "is damaged: a part of 4294967288 bytes"),
        "none.wav": (None, "has no samples"),
        "nan.wav": (None, "has samples that are not finite"),
        "missing.wav": (None, "no such file"),
        "/dev/zero": (None, "no such file"),
        "/": (None, "no such file"),
    }


def test_what_is_no_sound_is_one_line_and_nothing_is_made(runner, bundle, tmp_path):
    for name, (content, expected) in broken(tmp_path).items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        done = audiogen(runner, "-m", bundle, *USUAL, "-i", path, "-o", tmp_path / "o.wav")
        assert done.returncode == 1, name
        [line] = done.stderr.splitlines()
        assert line.startswith(f"audiogen: {path}: "), line
        assert any(words in line for words in expected.split("|")), line
        assert not (tmp_path / "o.wav").exists()


@pytest.fixture(scope="module")
def loop(runner, bundle, tmp_path_factory):
    """A sound of the model's own, whole."""
    path = tmp_path_factory.mktemp("loop") / "loop.wav"
    done = audiogen(runner, "-m", bundle, *USUAL, "-l", 11, "-o", path)
    assert done.returncode == 0, done.stderr
    return path


def test_from_a_sound_is_the_python_runtimes_byte_for_byte(runner, bundle, loop, tmp_path):
    done = audiogen(
        runner, "-m", bundle, *USUAL, "-i", loop, "-x", 0.6, "-o", tmp_path / "o.wav",
        "--json", tmp_path / "o.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sound, _ = read_sound(loop)
    audio, timings = Generator(bundle).generate(PROMPT, SECONDS, SEED, STEPS, sound, 0.6)
    write_wav(tmp_path / "python.wav", audio, RATE)
    assert (tmp_path / "o.wav").read_bytes() == (tmp_path / "python.wav").read_bytes()
    report = json.loads((tmp_path / "o.json").read_text())
    assert set(report["stages"]) == set(timings) - {"total"}
    assert (report["prompts"][0]["input"], report["prompts"][0]["strength"]) == (str(loop), 0.6)


def test_at_strength_1_the_bytes_are_those_from_noise(runner, bundle, loop, tmp_path):
    for name, options in (("noise", ()), ("sound", ("-i", loop, "-x", 1))):
        done = audiogen(runner, "-m", bundle, *USUAL, *options, "-o", tmp_path / f"{name}.wav")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "noise.wav").read_bytes() == (tmp_path / "sound.wav").read_bytes()


def test_near_strength_0_the_sound_comes_back_through_the_autoencoder(
    runner, bundle, loop, tmp_path
):
    dump = tmp_path / "dump"
    options = ("-i", loop, "-x", 1e-4, "--dump", dump, "-o", tmp_path / "o.wav")
    done = audiogen(runner, "-m", bundle, *USUAL, *options)
    assert done.returncode == 0, done.stderr
    mean, scale = dumped(dump, "autoencoder_encoder", 0, "mean", "scale")
    [latent] = dumped(dump, "autoencoder", 0, "latent")
    expected = sample_latent(mean, scale, 1.0, bottleneck_noise(SEED))
    assert snr_db(expected, latent) > 40


def test_prompts_may_start_from_sounds_of_those_above(runner, bundle, tmp_path):
    entry = {"prompt": "rain", "seconds": SECONDS, "seed": 3, "steps": 1}
    again = entry | {"input": "first", "strength": 0.5, "seed": 4}
    smoke = {"first": entry, "third": again | {"input": "second"}, "second": again}
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps({"smoke": smoke}))
    out = ("--prompts", path, "-o", tmp_path / "all", "-t", 2)
    done = audiogen(runner, "-m", bundle, *out)
    [line] = done.stderr.splitlines()
    assert "smoke.third.input: second is no prompt above this one" in line
    path.write_text(json.dumps({"smoke": {k: smoke[k] for k in ("first", "second", "third")}}))
    assert audiogen(runner, "-m", bundle, *out).returncode == 0
    one = ("-p", "rain", "-s", 4, "-l", SECONDS, "-n", 1, "-t", 2, "-o", tmp_path / "one.wav")
    for above, name in (("first", "second"), ("second", "third")):
        start = tmp_path / f"all/{above}.wav"
        assert audiogen(runner, "-m", bundle, *one, "-i", start, "-x", 0.5).returncode == 0
        assert (tmp_path / f"all/{name}.wav").read_bytes() == (tmp_path / "one.wav").read_bytes()


def test_an_encoder_that_is_missing_or_of_another_model_is_named(runner, bundle, loop, tmp_path):
    copied = tmp_path / "bundle"
    copied.mkdir()
    for file in bundle.iterdir():
        if file.name not in ("SHA256SUMS", "autoencoder_encoder_model.pte"):
            (copied / file.name).symlink_to(file)
    encoder = copied / "autoencoder_encoder_model.pte"
    command = ("-m", copied, *USUAL, "-i", loop, "-o", tmp_path / "o.wav")
    [line] = audiogen(runner, *command).stderr.splitlines()
    assert f"{encoder}: this bundle has no encoder, which -i needs" in line
    encoder.symlink_to(bundle / "autoencoder_model.pte")
    [line] = audiogen(runner, *command).stderr.splitlines()
    assert f"{encoder}: does not give mean and scale of a stereo sound" in line


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-x", 0.5), "-x needs -i"),
        (("-i", "a.wav", "-x", 0), "-x: '0' is not a share of noise"),
        (("-i", "a.wav", "-x", 1.1), "-x: '1.1' is not a share of noise"),
        (("-i", "a.wav", "-x", "nan"), "-x: 'nan' is not a share of noise"),
        (("-i", "a.wav", "--strength", "much"), "-x: 'much' is not a share of noise"),
    ],
)
def test_a_strength_is_over_0_and_up_to_1(runner, bundle, options, expected):
    done = audiogen(runner, "-m", bundle, *USUAL, *options)
    assert done.returncode == 2
    assert expected in done.stderr
