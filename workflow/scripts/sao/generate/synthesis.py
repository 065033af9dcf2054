"""Text to sound with a bundle's three programs. Needs numpy, torch, executorch, sentencepiece."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sao.errors import BuildError
from sao.files import read_json
from sao.generate.audio import normalize
from sao.generate.bottleneck import bottleneck_noise, sample_latent
from sao.generate.held_out import Call
from sao.generate.held_out import seconds as seconds_input
from sao.generate.noise import Noise
from sao.generate.runtime import load_program
from sao.generate.sampler import Start, sample_pingpong
from sao.model.tokenizer import Tokenizer
from sao.score.finite import require_finite


class Generator:
    """A bundle, ready to generate. Programs are loaded when used and freed after."""

    versions = {name: version(name) for name in ("executorch", "torch", "sentencepiece")}

    def __init__(self, bundle: Path) -> None:
        """Read the bundle's manifest and tokenizer."""
        manifest = read_json(bundle / "manifest.json")
        self._parts = manifest["submodules"]
        self._pieces = manifest["pieces"]
        self._encoder = manifest["encoder"]
        self._bundle = bundle
        self.sample_rate = manifest["sample_rate"]
        self._sound_shape = tuple(self._parts["autoencoder"]["outputs"][0]["shape"])
        ids = self._parts["conditioners"]["inputs"][0]
        self._tokenizer = Tokenizer(bundle / "spiece.model", ids["shape"][1])

    def generate(
        self,
        prompt: str,
        seconds: float,
        seed: int,
        steps: int,
        sound: np.ndarray | None = None,
        strength: float = 1.0,
    ) -> tuple[np.ndarray, dict[str, float]]:
        """Return (audio, float32 (2, seconds * rate), peak-normalised; wall seconds by part).

        `sound`, float32 (2, samples) at the model's rate, is what it starts from, of which noise
        replaces `strength`.

        Raises BuildError where the model cannot make a sound of that length, where the latent or
        the sound has a number that is not finite, and where the sound is silence.
        """
        longest = self._sound_shape[1] / self.sample_rate
        if not 0 < seconds <= longest:
            raise BuildError(f"seconds: {seconds} is not in 0 to {longest:.1f}, the model's length")
        timings: dict[str, float] = {}
        start = None
        if sound is not None and strength < 1:
            start = Start(self._encode(timings, sound, seed), strength)
        cross_attn_cond, _, global_cond = self._timed(
            timings,
            "conditioners",
            lambda run: run(*self._tokenizer(prompt), seconds_input(seconds)),
        )
        shape = tuple(self._parts["dit"]["inputs"][0]["shape"])

        def sample(run: Call) -> np.ndarray:
            def velocity(x: np.ndarray, t: np.ndarray) -> np.ndarray:
                return run(x, t, cross_attn_cond, global_cond)[0]

            return sample_pingpong(velocity, shape, steps, Noise(seed), start)

        latent = self._timed(timings, "dit", sample)
        # An int8 decoder would make a finite sound of it.
        require_finite(latent, "latent", str(self._bundle))
        samples = round(seconds * self.sample_rate)
        audio = self._timed(timings, "autoencoder", lambda run: run(latent, samples)[0])
        timings["total"] = sum(timings.values())
        return normalize(audio[:, :samples]), timings

    def _encode(self, timings: dict[str, float], sound: np.ndarray, seed: int) -> np.ndarray:
        """Return the latent of a sound, cut or followed by silence, float32 (1, 64, N)."""
        described = self._encoder["autoencoder_encoder"]
        whole = np.zeros(self._sound_shape, np.float32)
        samples = min(whole.shape[1], sound.shape[1])
        whole[:, :samples] = sound[:, :samples]
        mean, scale = self._timed(timings, "autoencoder_encoder", lambda run: run(whole))
        noise = bottleneck_noise(seed)
        latent = sample_latent(mean, scale, described["constants"]["latent_scale"], noise)
        require_finite(latent, "the sound's latent", str(self._bundle))
        return latent

    def _timed(self, timings: dict[str, float], part: str, use: Callable[[Call], object]):
        files = self._parts | self._encoder
        described = self._pieces.values() if part == "autoencoder" else [files[part]]
        program = load_program([self._bundle / piece["file"] for piece in described])
        start = time.perf_counter()
        result = use(program)
        timings[part] = round(time.perf_counter() - start, 4)
        return result
