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
    ],
)
def test_a_type_that_is_not_supported_is_named(config, place, value):
    *way, last = place.split(".")
    node = config
    for key in way:
        node = node[key]
    node[last] = value
    with pytest.raises(BuildError, match=rf"model_config\.json: {place} is .* supports"):
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
