"""The sounds of other kinds that the encoder is held to."""

import subprocess
import sys

import numpy as np
import pytest

from sao.generate.signals import HIGHEST, LOWEST, PEAK, signals
from sao.generate.speech import RATE, speech

SAMPLES = 65536


@pytest.fixture(scope="module")
def made():
    return signals(7, SAMPLES)


def test_each_is_stereo_below_full_scale(made):
    for name, sound in made.items():
        assert (sound.shape, sound.dtype) == ((2, SAMPLES), np.float32)
        assert np.abs(sound).max() == pytest.approx(0 if name == "silence" else PEAK, abs=1e-3)


def test_a_seed_gives_the_same_and_another_does_not(made):
    again, other = signals(7, SAMPLES), signals(8, SAMPLES)
    for name in ("noise", "clicks", "sweep"):
        assert (again[name] == made[name]).all()
        assert (other[name] != made[name]).any()


def test_the_noise_is_white_and_clicks_are_few(made):
    power = np.abs(np.fft.rfft(made["noise"])) ** 2
    low, high = (part.mean() for part in np.array_split(power, 2, axis=1))
    assert low == pytest.approx(high, rel=0.1)
    assert 0 < (made["clicks"] != 0).sum() <= 200


def test_the_sweep_goes_from_the_lowest_to_the_highest_frequency(made):
    def frequency(part):
        return np.abs(np.fft.rfft(part * np.hanning(len(part)))).argmax() / len(part)

    sweep = made["sweep"][0]
    assert frequency(sweep[:8192]) < 4 * LOWEST
    middle = frequency(sweep[SAMPLES // 2 - 1024 : SAMPLES // 2 + 1024])
    assert middle == pytest.approx(np.sqrt(LOWEST * HIGHEST), rel=0.1)
    assert frequency(sweep[-512:]) == pytest.approx(HIGHEST, rel=0.1)


def test_speech_is_a_voice_with_pauses_as_long_as_asked_for():
    sound = speech(20 * RATE)
    assert (sound.shape, sound.dtype) == ((2, 20 * RATE), np.float32)
    assert (sound[0] == sound[1]).all()
    assert np.abs(sound).max() == pytest.approx(PEAK)
    # Consonants are noise, vowels are not, and between sentences is silence.
    loudness = np.sqrt((sound[0].reshape(-1, RATE // 10) ** 2).mean(axis=1))
    assert loudness.min() < loudness.max() / 1000
    power = np.abs(np.fft.rfft(sound[0])) ** 2
    # Of a voice most is below 4 kHz, and eSpeak NG has nothing above half its own rate.
    assert power[: 4000 * 20].sum() > 0.9 * power.sum()
    assert power[11025 * 20 :].sum() < 1e-3 * power.sum()


def test_speech_is_the_same_in_another_process(root):
    program = "from sao.generate.speech import speech; print(speech(99999).tobytes().hex())"
    command, path = [sys.executable, "-c", program], {"PYTHONPATH": str(root / "workflow/scripts")}
    printed = subprocess.run(command, env=path, capture_output=True, text=True, check=True).stdout
    assert bytes.fromhex(printed) == speech(99999).tobytes()
