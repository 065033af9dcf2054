"""The random model: the same bytes each time, in the real one's shape."""

import pytest
import torch
import yaml

from demo.random_model import model_config, write
from sao.files import read_json, sha256
from sao.model.shapes import model_shapes
from sao.model.stable_audio import DiTWrapper, create_pretransform_from_config


def test_the_same_shape_and_seed_give_the_same_bytes(repositories, tiny_shape, tmp_path):
    write(tmp_path, "tiny", tiny_shape)
    paths = [p for p in repositories.rglob("*") if p.is_file()]
    assert len(paths) == 8
    for path in paths:
        assert sha256(path) == sha256(tmp_path / path.relative_to(repositories)), path.name


def test_another_seed_gives_other_weights(repositories, tiny_shape, tmp_path):
    write(tmp_path, "tiny", tiny_shape | {"seed": 4})
    for name in ("tiny/model.ckpt", "tiny-t5/model.safetensors"):
        assert sha256(repositories / "local" / name) != sha256(tmp_path / "local" / name)


def test_the_full_size_model_has_the_real_ones_parameters(root):
    """Parameter counts as published for Stable Audio Open Small (shapes only, no weights)."""
    shape = yaml.safe_load((root / "config/full-random.yaml").read_text())["random_model"]
    model = model_config(shape)["model"]
    with torch.device("meta"):
        dit = DiTWrapper(diffusion_objective="rf_denoiser", **model["diffusion"]["config"])
        autoencoder = create_pretransform_from_config(
            model["pretransform"] | {"model_half": False}, 44100
        )
    millions = [sum(p.numel() for p in m.parameters()) / 1e6 for m in (dit, autoencoder)]
    assert millions == pytest.approx([340.9, 156.1], abs=0.05)


def test_shapes_are_the_real_ones(repositories):
    config = read_json(repositories / "local/tiny/model_config.json")
    assert model_shapes(config) == {
        "prompt_length": 64,
        "cond_dim": 768,
        "latent_channels": 64,
        "latent_length": 256,
        "sample_rate": 44100,
        "sample_size": 524288,
    }
