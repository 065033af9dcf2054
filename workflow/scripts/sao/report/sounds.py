"""Sounds in a page: to play, and drawn. Needs numpy, scipy, soundfile and matplotlib."""

from __future__ import annotations

import base64
import io

import matplotlib.image
import numpy as np
import soundfile
from markupsafe import Markup
from matplotlib.figure import Figure

from sao.report.svg import FIRST, SECOND, THIRD, inline_svg, style
from sao.score.sound import RANGE_DB, best_gain, difference, log_mel

COLUMNS = 480
# Where the picture of a difference is brightest: what is heard at once.
LARGE_DB = 6.0


def flac(audio: np.ndarray, sample_rate: int) -> str:
    """Return audio, float32 (channels, samples) in -1 to 1, as a data URI: FLAC of 16 bits."""
    buffer = io.BytesIO()
    soundfile.write(buffer, audio.T, sample_rate, format="FLAC", subtype="PCM_16")
    return data_uri("audio/flac", buffer.getvalue())


def data_uri(kind: str, content: bytes) -> str:
    """Return bytes as a data URI of a MIME type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def drawn(audio: np.ndarray, sample_rate: int, name: str) -> dict[str, Markup | str]:
    """Return {waveform, spectrogram, words} of audio (channels, samples), called `name`."""
    levels = log_mel(audio, sample_rate).mean(axis=0)
    words = _words(audio, sample_rate)
    return {
        "waveform": waveform(audio, f"Waveform of {name}: {words}", FIRST),
        "spectrogram": picture(levels, levels.max() - RANGE_DB, levels.max()),
        "words": f"Spectrogram of {name}, 40 Hz at the bottom to 16 kHz at the top: {words}",
    }


def drawn_difference(
    reference: np.ndarray, candidate: np.ndarray, sample_rate: int, name: str
) -> dict[str, Markup | str]:
    """Return {waveform, spectrogram, words} of what two sounds (channels, samples) differ in."""
    rest = best_gain(reference, candidate) * candidate - reference
    apart = np.abs(difference(reference, candidate, sample_rate)).mean(axis=0)
    share = np.mean(apart > LARGE_DB)
    words = f"{np.sqrt(np.mean(apart**2)):.1f} dB as a whole, over 6 dB in {share:.1%} of it"
    text = f"Waveform of the difference of {name}: peak {np.abs(rest).max():.2f} of full scale"
    return {
        "waveform": waveform(rest, text, THIRD),
        "spectrogram": picture(apart, 0, LARGE_DB),
        "words": f"Difference of the spectrograms of {name}: {words}",
    }


def waveform(audio: np.ndarray, text: str, colour: str = SECOND) -> Markup:
    """Return the envelope of audio (channels, samples), lowest to highest sample, as SVG."""
    pieces = np.array_split(audio, min(COLUMNS, audio.shape[1]), axis=1)
    low, high = ([float(pick(piece)) for piece in pieces] for pick in (np.min, np.max))
    with style():
        figure = Figure(figsize=(6, 0.8))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.fill_between(range(len(low)), low, high, color=colour, linewidth=0.4)
        axes.set_xlim(0, len(low) - 1)
        axes.set_ylim(-1, 1)
        axes.set_axis_off()
    return inline_svg(figure, text, stretched=True)


def picture(values: np.ndarray, lowest: float, highest: float) -> str:
    """Return values (rows from the bottom up, columns) as a PNG's data URI, brighter for more.

    Of each of at most COLUMNS columns it is the mean; lightness alone tells the values.
    """
    parts = np.array_split(values, min(COLUMNS, values.shape[1]), axis=1)
    columns = np.stack([part.mean(axis=1) for part in parts], axis=1)
    buffer = io.BytesIO()
    matplotlib.image.imsave(
        buffer, columns, vmin=lowest, vmax=highest, cmap="magma", origin="lower", format="png"
    )
    return data_uri("image/png", buffer.getvalue())


def _words(audio: np.ndarray, sample_rate: int) -> str:
    power = np.mean(np.abs(np.fft.rfft(audio.astype(np.float64), axis=1)) ** 2, axis=0)
    shares = np.cumsum(power) / power.sum()
    middle = np.searchsorted(shares, 0.5) * sample_rate / 2 / (len(power) - 1)
    level = 20 * np.log10(np.sqrt(np.mean(audio.astype(np.float64) ** 2)))
    seconds = audio.shape[1] / sample_rate
    return f"{seconds:g} s, {level:.0f} dB RMS, half of its power below {middle:.0f} Hz"
