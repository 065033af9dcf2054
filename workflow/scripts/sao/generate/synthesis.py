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
from sao.generate.held_out import Call
from sao.generate.held_out import seconds as seconds_input
from sao.generate.noise import Noise
from sao.generate.runtime import load_program
from sao.generate.sampler import sample_pingpong
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
        self._bundle = bundle
        self.sample_rate = manifest["sample_rate"]
        ids = self._parts["conditioners"]["inputs"][0]
        self._tokenizer = Tokenizer(bundle / "spiece.model", ids["shape"][1])

    def generate(
        self, prompt: str, seconds: float, seed: int, steps: int
    ) -> tuple[np.ndarray, dict[str, float]]:
        """Return (audio, float32 (2, seconds * rate), peak-normalised; wall seconds by part).

        Raises BuildError where the model cannot make a sound of that length, where the latent or
        the sound has a number that is not finite, and where the sound is silence.
        """
        longest = self._parts["autoencoder"]["outputs"][0]["shape"][1] / self.sample_rate
        if not 0 < seconds <= longest:
            raise BuildError(f"seconds: {seconds} is not in 0 to {longest:.1f}, the model's length")
        timings: dict[str, float] = {}
        cross_attn_cond, _, global_cond = self._timed(
            timings,
            "conditioners",
            lambda run: run(*self._tokenizer(prompt), seconds_input(seconds)),
        )
        shape = tuple(self._parts["dit"]["inputs"][0]["shape"])

        def sample(run: Call) -> np.ndarray:
            def velocity(x: np.ndarray, t: np.ndarray) -> np.ndarray:
                return run(x, t, cross_attn_cond, global_cond)[0]

            return sample_pingpong(velocity, shape, steps, Noise(seed))

        latent = self._timed(timings, "dit", sample)
        # An int8 decoder would make a finite sound of it.
        require_finite(latent, "latent", str(self._bundle))
        samples = round(seconds * self.sample_rate)
        audio = self._timed(timings, "autoencoder", lambda run: run(latent, samples)[0])
        timings["total"] = sum(timings.values())
        return normalize(audio[:, :samples]), timings

    def _timed(self, timings: dict[str, float], part: str, use: Callable[[Call], object]):
        described = self._pieces.values() if part == "autoencoder" else [self._parts[part]]
        program = load_program([self._bundle / piece["file"] for piece in described])
        start = time.perf_counter()
        result = use(program)
        timings[part] = round(time.perf_counter() - start, 4)
        return result
