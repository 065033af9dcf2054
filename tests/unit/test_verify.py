"""What verify refuses beside a bad pickle (test_checkpoint.py): configs, numbers, tokenizers."""

import copy

import pytest
import sentencepiece
import torch

from demo.random_model import model_config
from sao.errors import BuildError
from sao.model.checkpoint import check_finite
from sao.model.shapes import check_architecture
from sao.model.tokenizer import check_tokenizer


@pytest.fixture
def config(tiny_shape):
    return copy.deepcopy(model_config(tiny_shape))


def test_the_real_architecture_passes(config):
    check_architecture(config)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("model_type", "autoencoder"),
        ("model.diffusion.type", "adp_1d"),
        ("model.diffusion.diffusion_objective", "v"),
        ("model.pretransform.type", "wavelet"),
        ("model.pretransform.config.decoder.type", "dac"),
        ("model.pretransform.config.bottleneck.type", "rvq"),
        ("model.conditioning.configs", [{"id": "prompt", "type": "clap_text"}]),
        ("model.conditioning.configs", None),
        ("model.conditioning.configs", [{"type": "t5"}, {"id": "seconds_total"}]),
        ("model.conditioning.configs", [{"id": ["prompt"], "type": "t5"}]),
        ("model.conditioning.configs", ["prompt", "seconds_total"]),
        ("model.conditioning.configs", [{"id": "prompt", "type": "t5"}] * 2),
        ("audio_channels", 1),
        ("audio_channels", None),
        ("sample_rate", 0),
        ("sample_rate", 44100.0),
        ("sample_size", 524288 + 1),
        ("model.io_channels", "64"),
        ("model.io_channels", 32),
        ("model.conditioning.cond_dim", 512),
        ("model.conditioning.pre_encoded_keys", ["prompt"]),
        ("model.diffusion.cross_attention_cond_ids", ["seconds_total", "prompt"]),
        ("model.diffusion.cross_attention_cond_ids", ["prompt"]),
        ("model.diffusion.global_cond_ids", []),
        ("model.diffusion.input_concat_ids", ["seconds_total"]),
        ("model.diffusion.prepend_cond_ids", ["prompt"]),
        ("model.diffusion.config.patch_size", 2),
        ("model.diffusion.config.num_heads", 3),
        ("model.diffusion.config.embed_dim", -64),
        ("model.diffusion.config.depth", 0),
        ("model.diffusion.config.io_channels", 128),
        ("model.diffusion.config.global_cond_dim", 1536),
        ("model.pretransform.scale", "1"),
        ("model.pretransform.scale", float("nan")),
        ("model.pretransform.config.io_channels", 1),
        ("model.pretransform.config.out_channels", 1),
        ("model.pretransform.config.downsampling_ratio", 1024),
        ("model.pretransform.config.downsampling_ratio", 0),
        ("model.pretransform.config.latent_dim", 32),
        ("model.pretransform.config.encoder.config.latent_dim", 64),
        ("model.pretransform.config.decoder.config.latent_dim", 128),
        ("model.pretransform.config.decoder.config.out_channels", 1),
        ("model.pretransform.config.decoder.config.channels", 0),
        ("model.pretransform.config.decoder.config.strides", [2, 4, 4, 8, "8"]),
        ("model.pretransform.config.decoder.config.strides", []),
        ("model.pretransform.config.decoder.config.strides", [2, 4, 4, 8, 9]),
        ("model.pretransform.config.decoder.config.c_mults", [1, 2, 4]),
        ("model.conditioning.configs.prompt.config.max_length", None),
        ("model.conditioning.configs.seconds_total.config.min_val", "0"),
        ("model.conditioning.configs.seconds_total.config.max_val", 0),
    ],
)
def test_what_is_not_supported_is_named(config, place, value):
    put(config, place, value)
    with pytest.raises(BuildError) as error:
        check_architecture(config)
    line = str(error.value)
    assert "\n" not in line and " supports " in line
    # What contradicts another place is named there, or where it was put.
    blamed = BLAMED.get((place, str(value)), place)
    assert line.startswith(f"model_config.json: {blamed} is ")


# Of two places that contradict each other the one that follows from the other is named.
AUTOENCODER = "model.pretransform.config"
BLAMED = {
    ("model.io_channels", "32"): f"{AUTOENCODER}.latent_dim",
    ("model.conditioning.cond_dim", "512"): "model.diffusion.config.cond_token_dim",
    ("model.diffusion.config.num_heads", "3"): "model.diffusion.config.embed_dim",
}


def put(config, place, value):
    """Set a value in a config; of a list of conditions the key is the id."""
    *way, last = place.split(".")
    node = config
    for key in way:
        node = next(e for e in node if e["id"] == key) if isinstance(node, list) else node[key]
    node[last] = value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("sample_rate", 22050),
        ("sample_size", 2048 * 100),
        ("model.pretransform.scale", 0.5),
        ("model.diffusion.input_concat_ids", []),
        ("model.diffusion.config.patch_size", 1),
        ("model.conditioning.configs.seconds_total.config.max_val", 512.0),
    ],
)
def test_what_the_build_honours_passes(config, place, value):
    put(config, place, value)
    check_architecture(config)


def test_strides_that_do_not_multiply_to_the_ratio_are_refused(config):
    put(config, f"{AUTOENCODER}.decoder.config.strides", [2, 4, 4, 8, 4])
    with pytest.raises(BuildError, match=r"downsampling_ratio is 2048, .* supports 1024 only"):
        check_architecture(config)


@pytest.mark.parametrize("config", [[], "text", {"model": []}])
def test_what_is_no_config_is_refused(config):
    with pytest.raises(BuildError, match=r"model_config\.json"):
        check_architecture(config)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_numbers_that_are_not_finite_are_refused(number, dtype):
    tensor = torch.ones(10, 10, dtype=dtype)
    check_finite("dit", {"fine": tensor})
    tensor[3, 4] = number
    with pytest.raises(BuildError, match=r"weights of dit: a\.b has numbers that are not finite"):
        check_finite("dit", {"a.b": tensor})


def test_the_models_own_tokenizer_passes(repositories, tiny_shape):
    spiece = repositories / "local/tiny-t5/spiece.model"
    check_tokenizer(spiece, tiny_shape["t5"]["vocab_size"])
    # The real one: 32,000 pieces, 100 extra ids, an embedding of 32,128.


@pytest.mark.parametrize("vocab_size", [399, 528, 32128])
def test_too_few_or_too_many_pieces_are_refused(repositories, vocab_size):
    with pytest.raises(BuildError, match="300 pieces and 100 extra ids do not fill"):
        check_tokenizer(repositories / "local/tiny-t5/spiece.model", vocab_size)


def test_other_special_ids_are_refused(tmp_path):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["some words to train on"]),
        model_prefix=str(tmp_path / "spiece"),
        model_type="unigram",
        vocab_size=20,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    with pytest.raises(BuildError, match=r"padding, end and unknown are \(-1, 2, 0\)"):
        check_tokenizer(tmp_path / "spiece.model", 128)


@pytest.mark.parametrize("content", [b"", b"<html>"])
def test_what_is_no_tokenizer_is_refused(tmp_path, content):
    (tmp_path / "spiece.model").write_bytes(content)
    with pytest.raises(BuildError, match=r"spiece\.model: "):
        check_tokenizer(tmp_path / "spiece.model", 128)
