"""Sounds of other kinds than a generation's, for the encoder to be held to. Needs numpy."""

from __future__ import annotations

import numpy as np

# Below full scale, as sounds are.
PEAK = 0.5
CLICKS = 100
# Of the sweep, in cycles a sample: from 22 Hz to nearly half the rate, where that is 44.1 kHz.
LOWEST, HIGHEST = 0.0005, 0.49


def signals(seed: int, samples: int) -> dict[str, np.ndarray]:
    """Return white noise, clicks, a sine sweep, and silence, by their names; float32 (2, samples).

    `seed` decides on the noise, the places of the clicks, and where in its turn each channel's
    sweep begins. It takes the same time for each octave (Farina, AES 108th Convention, 2000).
    """
    draw = np.random.default_rng(seed)
    noise = PEAK * draw.uniform(-1, 1, (2, samples))
    clicks = np.zeros((2, samples))
    for channel in clicks:
        channel[draw.integers(0, samples, CLICKS)] = PEAK * draw.choice((-1, 1), CLICKS)
    octaves = np.log(HIGHEST / LOWEST)
    turns = LOWEST * samples / octaves * np.expm1(octaves * np.arange(samples) / samples)
    sweep = PEAK * np.sin(2 * np.pi * (turns + draw.random((2, 1))))
    made = {"noise": noise, "clicks": clicks, "sweep": sweep, "silence": np.zeros((2, samples))}
    return {name: sound.astype(np.float32) for name, sound in made.items()}
