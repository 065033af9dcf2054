"""The random model: the same bytes each time, in the real one's shape."""

import pytest
import torch
import yaml

from demo.random_model import checkpoint, model_config, t5_config, t5_tensors, write
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
        "audio_channels": 2,
    }


@pytest.fixture
def harder(tiny_shape):
    """Tensors of the tiny model by name, tame and hard."""
    difficulty = {"snakes": 1.5, "attention": 8, "outliers": 20, "tails": 7, "dead": 0.25}
    models = []
    for shape in (tiny_shape, tiny_shape | {"difficulty": difficulty}):
        text = t5_tensors(t5_config(shape), shape)
        models.append(checkpoint(model_config(shape), shape) | text)
    return models


def test_difficulty_bends_snakes_and_sharpens_attention(harder):
    tame, hard = harder
    snake = "pretransform.model.decoder.layers.1.layers.0.alpha"
    assert float(tame[snake].abs().max()) <= 0.5 < float(hard[snake].abs().max()) <= 1.5
    query = "encoder.block.0.layer.0.SelfAttention.q.weight"
    assert float(hard[query].std() / tame[query].std()) == pytest.approx(8, rel=0.05)


def test_difficulty_makes_tails_heavy_and_channels_outlying(harder):
    tame, hard = harder
    # The kurtosis of a power k of a uniform number is (2k + 1)^2 / (4k + 1); that of k = 1 is 1.8.
    name = "encoder.block.0.layer.1.DenseReluDense.wi.weight"
    for weights, expected in ((tame[name], 1.8), (hard[name], 15**2 / 29)):
        assert float((weights**4).mean() / (weights**2).mean() ** 2) == pytest.approx(
            expected, rel=0.1
        )
    rows = hard["model.model.transformer.project_in.weight"].square().mean(1).sqrt()
    largest = rows.sort(descending=True).values
    assert float(largest[2] / largest[3]) > 10
    columns = hard["model.model.transformer.project_out.weight"].square().mean(0).sqrt()
    assert set(columns.argsort()[:3].tolist()) == set(rows.argsort(descending=True)[:3].tolist())


def test_difficulty_silences_channels_of_the_autoencoder(harder):
    _, hard = harder
    lengths = hard["pretransform.model.decoder.layers.1.layers.1.weight_g"].flatten()
    assert float((lengths == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
