"""How far a whole sound is from another, by what is heard of it. Needs numpy and scipy.

A sampler carries small roundings on, so waveforms part where the sounds are alike. Log-mel spectra
stay near; how near is near enough depends on the sound, so the gate is a share of how far a sound
is that has nothing of the reference but its spectrum, or is not there at all.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import ShortTimeFFT, get_window

from sao.errors import BuildError
from sao.score.finite import require_finite
from sao.score.metrics import snr_db

WINDOW = 2048
HOP = 1024
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 40.0, 16000.0
# Below the reference's loudest band: what is quieter is not heard beside it.
RANGE_DB = 60.0


def log_mel(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the power in dB, float64 (channels, BANDS, frames), of audio (channels, samples)."""
    transform = ShortTimeFFT(get_window("hann", WINDOW), HOP, sample_rate)
    power = np.abs(transform.stft(audio.astype(np.float64))) ** 2
    return 10 * np.log10(mel_bands(sample_rate) @ power + np.finfo(np.float64).tiny)


def mel_bands(sample_rate: int) -> np.ndarray:
    """Return triangular filters, float64 (BANDS, WINDOW / 2 + 1), evenly spaced in mel.

    mel = 2595 log10(1 + f / 700): O'Shaughnessy, Speech Communication, 1987.
    """
    highest = min(HIGHEST_HZ, sample_rate / 2)
    first, last = 2595 * np.log10(1 + np.array([LOWEST_HZ, highest]) / 700)
    edges = 700 * (10 ** (np.linspace(first, last, BANDS + 2) / 2595) - 1)
    low, middle, high = (edges[i : i + BANDS, None] for i in range(3))
    frequencies = np.fft.rfftfreq(WINDOW, 1 / sample_rate)
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    return np.clip(np.minimum(rising, falling), 0, None)


def difference(reference: np.ndarray, candidate: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return candidate less reference in dB, (channels, BANDS, frames), at the same energy.

    Both are (channels, samples). Sounds are scaled to their own peaks, so their gain tells nothing.
    """
    energies = [np.sum(audio.astype(np.float64) ** 2) for audio in (reference, candidate)]
    gain = np.sqrt(energies[0] / energies[1]) if energies[1] else 1.0
    levels = [log_mel(audio, sample_rate) for audio in (reference, gain * candidate)]
    floor = levels[0].max() - RANGE_DB
    return np.maximum(levels[1], floor) - np.maximum(levels[0], floor)


def distance_db(reference: np.ndarray, candidate: np.ndarray, sample_rate: int) -> float:
    """Return the root mean square of `difference`, in dB."""
    return float(np.sqrt(np.mean(difference(reference, candidate, sample_rate) ** 2)))


def unrelated_db(reference: np.ndarray, sample_rate: int) -> float:
    """Return how far (dB) from a sound one is that has nothing of it, the nearer of two.

    Noise of its very spectrum, by phases drawn anew (Theiler et al., Physica D, 1992), and silence.
    """
    spectrum = np.abs(np.fft.rfft(reference.astype(np.float64), axis=1))
    turns = np.random.default_rng(0).random(spectrum.shape)
    noise = np.fft.irfft(spectrum * np.exp(2j * np.pi * turns), reference.shape[1], axis=1)
    others = (noise, np.zeros_like(noise))
    return min(distance_db(reference, other, sample_rate) for other in others)


def scored_sound(
    reference: np.ndarray, candidate: np.ndarray, sample_rate: int, share: float, where: str
) -> dict:
    """Return distance, gate and margin (dB), and the SNR (dB) at the gain that suits best.

    Both are float32 (channels, samples); the gate is `share` of `unrelated_db`. Raises BuildError,
    beginning with `where`, beyond the gate, and where a shape differs or a number is not finite.
    """
    require_finite(reference, "the sound", "eager fp32")
    require_finite(candidate, "the sound", where)
    if reference.shape != candidate.shape:
        raise BuildError(
            f"{where}: the sound is {candidate.shape}, in eager fp32 {reference.shape} (channels, "
            "samples); generate it anew"
        )
    distance = distance_db(reference, candidate, sample_rate)
    gate = share * unrelated_db(reference, sample_rate)
    if not distance <= gate:
        raise BuildError(
            f"{where}: the sound is {distance:.2f} dB (log-mel) from that of eager fp32 for the "
            f"same prompt and seed, {distance - gate:.2f} dB beyond its gate of {gate:.2f} dB; "
            "choose other schemes, or raise sound_gate if this is good enough"
        )
    return {
        "distance_db": distance,
        "gate_db": gate,
        "margin_db": gate - distance,
        "snr_db": snr_db(reference, best_gain(reference, candidate) * candidate),
    }


def best_gain(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Return the factor of `candidate` that brings it nearest to `reference` (least squares)."""
    a, b = reference.astype(np.float64).ravel(), candidate.astype(np.float64).ravel()
    return float(a @ b / (b @ b)) if b.any() else 1.0
