import numpy as np

from sao.generate.noise import Noise


def test_bits_are_those_of_the_cpp_standard_generator():
    # C++ [rand.predef]: the 10000th value of a default std::mt19937 (seed 5489) is 4123659995.
    noise = Noise(5489)
    draws = noise._bits.randint(0, 2**32, size=10000, dtype=np.uint32)
    assert draws[0] == 3499211612
    assert draws[-1] == 4123659995


def test_box_muller_by_hand():
    bits = np.random.RandomState(1).randint(0, 2**32, size=2, dtype=np.uint32).astype(float)
    radius = np.sqrt(-2 * np.log((bits[0] + 1) / 2**32))
    angle = 2 * np.pi * bits[1] / 2**32
    expected = np.array([radius * np.cos(angle), radius * np.sin(angle)], dtype=np.float32)
    np.testing.assert_array_equal(Noise(1).normal((2,)), expected)


def test_is_standard_normal_and_never_repeats():
    noise = Noise(7)
    first, second = noise.normal((1, 64, 256)), noise.normal((1, 64, 256))
    assert first.dtype == np.float32
    assert abs(first.mean()) < 0.03
    assert abs(first.std() - 1) < 0.03
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.03
    np.testing.assert_array_equal(first, Noise(7).normal((1, 64, 256)))
