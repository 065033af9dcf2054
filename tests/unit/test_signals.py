"""The sounds of other kinds that the encoder is held to."""

import numpy as np
import pytest

from sao.generate.signals import HIGHEST, LOWEST, PEAK, signals

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
