"""A generation whose latent is not finite makes no sound, whatever the decoder makes of it."""

import json
import shutil
from collections.abc import Callable

import numpy as np
import pytest

from sao.errors import BuildError
from sao.generate import synthesis


def bundle(folder, spiece):
    """Write what a Generator reads of a bundle with a latent of (1, 4, 8) and a rate of 64."""
    latent = {"shape": [1, 4, 8]}
    parts = {
        "conditioners": {"file": "c", "inputs": [{"shape": [1, 16]}]},
        "dit": {"file": "dit", "inputs": [latent]},
        "autoencoder": {"file": "a", "inputs": [latent], "outputs": [{"shape": [2, 64]}]},
    }
    pieces = {"autoencoder_head": {"file": "head"}, "autoencoder_tail": {"file": "tail"}}
    manifest = {"sample_rate": 64, "submodules": parts, "pieces": pieces, "encoder": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    shutil.copy(spiece, folder / "spiece.model")
    return folder


def programs(number):
    """Return load_program for a DiT with one such number, and a decoder that hides it."""
    velocity = np.zeros((1, 4, 8), np.float32)
    velocity[0, 2, 5] = number
    calls: dict[str, Callable] = {
        "c": lambda *_: [np.ones((1, 17, 4)), np.ones((1, 17)), np.ones((1, 4))],
        "dit": lambda *_: [velocity],
        "head": lambda latent, samples: [np.ones((2, samples), np.float32)],
    }
    return lambda files: calls[files[0].name]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_latent_that_is_not_finite_is_named(tmp_path, repositories, monkeypatch, number):
    folder = bundle(tmp_path, repositories / "local/tiny-t5/spiece.model")
    generator = synthesis.Generator(folder)
    monkeypatch.setattr(synthesis, "load_program", programs(0.0))
    audio, _ = generator.generate("birds", 1.0, seed=0, steps=2)
    assert audio.shape == (2, 64)
    monkeypatch.setattr(synthesis, "load_program", programs(number))
    with pytest.raises(BuildError, match="latent has numbers that are not finite"):
        generator.generate("birds", 1.0, seed=0, steps=2)
