"""Speech, by eSpeak NG, for the encoder to be held to. Needs numpy and espeakng-loader."""

from __future__ import annotations

import ctypes
import functools
import tempfile
from pathlib import Path

import numpy as np

from sao.generate.signals import PEAK

# Samples a second, Stable Audio Open's. The voice of a model of another rate is higher or lower.
RATE = 44100
VOICE = b"en"
# The first of the lists of sentences that telephones are tried with (IEEE Recommended Practice for
# Speech Quality Measurements, 1969).
SENTENCES = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It is easy to tell the depth of a well. These days a chicken leg is a rare dish. "
    "Rice is often served in round bowls. The juice of lemons makes fine punch. "
    "The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage."
)
# Of espeak-ng/speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
CHARS_UTF8 = 1


def speech(samples: int) -> np.ndarray:
    """Return sentences read aloud, the same in both channels; float32 (2, samples).

    They start again where that is longer than all of them. RuntimeError where eSpeak NG does not
    speak.
    """
    spoken, rate = _spoken()
    # As many seconds, by a Fourier series of more terms.
    terms, length = np.fft.rfft(spoken), round(len(spoken) * RATE / rate)
    resampled = np.fft.irfft(terms, length)
    resampled *= PEAK / np.abs(resampled).max()
    return np.tile(np.resize(resampled, samples), (2, 1)).astype(np.float32)


@functools.cache  # a second time in a process it speaks with other noise
def _spoken() -> tuple[np.ndarray, int]:
    """Return the sentences, float64 between -1 and 1, and their samples a second."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    pieces: list[np.ndarray] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def keep(samples: ctypes._Pointer, count: int, _events: int | None) -> int:
        if count:
            pieces.append(np.ctypeslib.as_array(samples, (count,)) / 32768)
        return 0  # go on

    with tempfile.TemporaryDirectory() as folder:
        # eSpeak NG looks elsewhere where the path of its data has 160 characters or more.
        data = Path(folder, "espeak-ng-data")
        data.symlink_to(espeakng_loader.get_data_path())
        rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, bytes(data), 0)
        library.espeak_SetSynthCallback(keep)
        library.espeak_SetVoiceByName(VOICE)
        text = SENTENCES.encode()
        library.espeak_Synth(text, len(text) + 1, 0, 0, 0, CHARS_UTF8, None, None)
        library.espeak_Terminate()
    if not pieces:
        raise RuntimeError("eSpeak NG did not speak")
    return np.concatenate(pieces), rate
