"""How far sounds are apart, on made-up ones."""

import numpy as np
import pytest

from sao.errors import BuildError
from sao.score.sound import BANDS, distance_db, log_mel, mel_bands, scored_sound, unrelated_db

RATE = 44100


@pytest.fixture(scope="module")
def melody():
    """Two channels of 3 s: notes that decay, the second channel's others than the first's."""
    time = np.arange(3 * RATE) / RATE
    beat = time % 0.5
    notes = [220 * 2 ** (np.floor(time * 2) * step / 12) for step in (2, 3)]
    return np.stack([np.sin(2 * np.pi * note * time) * np.exp(-8 * beat) for note in notes]).astype(
        np.float32
    )


def test_a_sound_is_its_own_whatever_its_gain_and_sign(melody):
    assert distance_db(melody, melody, RATE) == 0
    assert distance_db(melody, np.float32(-0.3) * melody, RATE) < 0.01


def test_a_little_noise_is_near_and_more_of_it_is_farther(melody):
    noise = np.random.default_rng(0).normal(size=melody.shape).astype(np.float32)
    near, far = (distance_db(melody, melody + level * noise, RATE) for level in (1e-4, 1e-2))
    assert 0 < near < far < unrelated_db(melody, RATE)


def test_swapped_channels_and_noise_of_the_same_spectrum_are_another_sound(melody):
    assert distance_db(melody, melody[::-1], RATE) > 0.3 * unrelated_db(melody, RATE)
    spectrum = np.abs(np.fft.rfft(melody, axis=1))
    phases = np.exp(2j * np.pi * np.random.default_rng(5).random(spectrum.shape))
    noise = np.fft.irfft(spectrum * phases, melody.shape[1], axis=1).astype(np.float32)
    with pytest.raises(BuildError, match="beyond its gate"):
        scored_sound(melody, noise, RATE, 0.5, "x.wav")


def test_a_sound_that_is_mostly_silence_is_not_passed_by_silence():
    sound = np.zeros((2, 3 * RATE), np.float32)
    sound[:, :2000] = np.sin(np.arange(2000) / 20)
    with pytest.raises(BuildError, match="beyond its gate"):
        scored_sound(sound, np.zeros_like(sound), RATE, 0.5, "x.wav")


def test_a_tone_is_in_its_own_band(melody):
    time = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * time)[None]
    levels = log_mel(tone, RATE)[0].mean(axis=1)
    band = int(np.argmax(levels))
    filters = mel_bands(RATE)
    assert filters.shape == (BANDS, 1025)
    assert np.argmax(filters[:, round(1000 * 2048 / RATE)]) == band


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_and_other_lengths_are_refused(melody, number):
    broken = melody.copy()
    broken[1, 7] = number
    with pytest.raises(BuildError, match=r"^x\.wav: the sound has numbers that are not finite"):
        scored_sound(melody, broken, RATE, 0.5, "x.wav")
    with pytest.raises(BuildError, match="generate it anew"):
        scored_sound(melody, melody[:, 1:], RATE, 0.5, "x.wav")


def test_the_message_says_by_how_much_and_what_to_set(melody):
    with pytest.raises(BuildError) as error:
        scored_sound(melody, melody[::-1], RATE, 0.01, "x.wav")
    line = str(error.value)
    assert line.startswith("x.wav: the sound is ")
    assert "dB beyond its gate of" in line
    assert "sound_gate" in line
    assert "\n" not in line
