"""Each rewrite alone, and all of a submodule together, against the module as it was."""

import pytest
import torch
from torch import nn

from sao.errors import BuildError
from sao.export.exporting import rewrite
from sao.export.rewrites.dit import fold_pointwise_convolutions
from sao.export.rewrites.norms import fold_gain
from sao.generate.pieces import (
    ENCODER_OVERLAP,
    ENCODER_WINDOW,
    TAIL_OVERLAP,
    TAIL_WINDOW,
    PiecewiseDecoder,
    PiecewiseEncoder,
    windows,
)
from sao.model import autoencoder
from sao.model.autoencoder import load_decoder_head, load_decoder_tail, load_encoder, reach
from sao.model.checkpoint import save_weights
from sao.model.loading import random, read_weights
from sao.score.metrics import snr_db
from support.rewrites import REWRITES

CASES = [(submodule, change) for submodule, changes in REWRITES.items() for change in changes]


def agreement(module, example, change) -> float:
    """Return the worst SNR of the outputs after the change, dB."""
    with torch.no_grad():
        before = module(*example)
        after = change(module)(*example)
    before, after = (x if isinstance(x, tuple) else (x,) for x in (before, after))
    return min(snr_db(b.numpy(), a.numpy()) for b, a in zip(before, after, strict=True))


def in_place(change):
    def apply(module):
        change(module)
        return module

    return apply


@pytest.mark.parametrize(("submodule", "change"), CASES, ids=lambda v: getattr(v, "__name__", v))
def test_a_rewrite_alone_changes_no_number(load, submodule, change):
    module, example = load(submodule)
    names = {name for name, _ in module.named_modules()}
    weights = sum(float(p.double().abs().sum()) for p in module.parameters())
    assert agreement(module, example, in_place(change)) > 100
    # It did something: other modules, or other weights.
    changed = sum(float(p.double().abs().sum()) for p in module.parameters())
    assert names != {name for name, _ in module.named_modules()} or weights != changed


@pytest.mark.parametrize("submodule", REWRITES)
def test_all_rewrites_together_change_no_number(load, submodule):
    module, example = load(submodule)
    assert agreement(module, example, lambda module: rewrite(module, REWRITES[submodule])) > 100


def test_every_rewritten_attention_ignores_masked_tokens(load):
    module, (ids, mask, seconds) = load("conditioners")
    other = torch.where(mask == 1, ids, ids + 1)
    module = rewrite(module, REWRITES["conditioners"])
    with torch.no_grad():
        assert torch.equal(module(ids, mask, seconds)[0], module(other, mask, seconds)[0])


def test_the_pieces_are_the_whole_decoder(load, weights):
    whole, (latent,) = load("autoencoder")
    path = weights / "autoencoder.safetensors"
    pieces = [
        rewrite(module, REWRITES["autoencoder"])
        for module, _ in (load_decoder_head(path), load_decoder_tail(path))
    ]

    def call(module):
        return lambda x: [module(torch.from_numpy(x)).numpy()]

    with torch.no_grad():
        (audio,) = PiecewiseDecoder(*map(call, pieces))(latent.numpy())
        (part,) = PiecewiseDecoder(*map(call, pieces))(latent.numpy(), samples=100_000)
        assert snr_db(whole(latent).numpy(), audio) > 100
    assert part.shape == (2, 100_000)
    assert (part == audio[:, :100_000]).all()


def influence(module, inputs, channels):
    """Return how far from its own place the first layers' input reaches an output, by trial."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.01)  # so that nothing cancels
        quiet = torch.zeros(1, channels, inputs)
        loud = quiet.clone()
        loud[..., inputs // 2] = 1.0
        changed = (module(loud) - module(quiet)).abs().sum(dim=0).nonzero()
    rate = module(quiet).shape[-1] // inputs
    first, last = changed.min().item() / rate, changed.max().item() / rate
    return inputs // 2 - first, last - inputs // 2


def test_the_tails_overlap_covers_what_it_reads(weights):
    tail, (window,) = load_decoder_tail(weights / "autoencoder.safetensors")
    assert reach(tail) <= TAIL_OVERLAP
    before, after = influence(tail.double(), window.shape[2], window.shape[1])
    assert max(before, after) > reach(tail) - 2
    assert before <= reach(tail) and after < reach(tail) + 1


def test_a_tail_that_reads_further_than_its_windows_overlap_is_refused(weights, monkeypatch):
    monkeypatch.setattr(autoencoder, "TAIL_OVERLAP", 14)
    with pytest.raises(BuildError, match=r"tail reads 16 samples to each side.*overlap by 14"):
        load_decoder_tail(weights / "autoencoder.safetensors")


def test_a_sound_shorter_than_a_window_is_refused(weights, tmp_path):
    config, tensors = read_weights(weights / "autoencoder.safetensors")
    config["shapes"]["latent_length"] = 8
    save_weights(tmp_path / "a.safetensors", config, tensors)
    with pytest.raises(BuildError, match="head gives 512 samples, less than a window"):
        load_decoder_tail(tmp_path / "a.safetensors")


def test_folds_are_those_of_fp64_rounded_once(load):
    module, _ = load("dit")
    dit = module.model
    one = torch.eye(64, dtype=torch.float64)
    before = dit.preprocess_conv.weight[:, :, 0].double() + one
    after = dit.postprocess_conv.weight[:, :, 0].double() + one
    first = dit.transformer.project_in.weight.double() @ before
    last = after @ dit.transformer.project_out.weight.double()
    fold_pointwise_convolutions(module)
    assert torch.equal(dit.transformer.project_in.weight, first.float())
    assert torch.equal(dit.transformer.project_out.weight, last.float())


def test_rotary_tables_are_those_of_fp64_rounded_once(load):
    """In fp32 those of Arm are others."""
    module, _ = load("dit")
    transformer = module.model.transformer
    rotary = transformer.rotary_pos_emb
    rewrite(module, REWRITES["dit"])
    attention = transformer.layers[0].self_attn
    angles, _ = rotary.forward_from_seq_len(attention.cos.shape[0])
    exact = angles[:, : attention.half].double()
    assert torch.equal(attention.cos.squeeze(1), exact.cos().float())
    assert torch.equal(attention.sin.squeeze(1), exact.sin().float())


def test_a_folded_gain_is_that_of_fp64_rounded_once():
    torch.manual_seed(0)
    layer, gain, shift = nn.Linear(500, 3), torch.rand(500), torch.rand(500)
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()
    fold_gain(gain, shift, layer)
    assert torch.equal(layer.weight, (weight * gain.double()).float())
    assert torch.equal(layer.bias, (weight @ shift.double() + bias).float())


@pytest.mark.parametrize("length", [TAIL_WINDOW, TAIL_WINDOW + 1, 5000, 16384])
def test_windows_lie_end_to_end_within_the_signal(length):
    end = 0
    for start, first, last in windows(length, TAIL_WINDOW, TAIL_OVERLAP):
        assert first == end
        assert start >= 0 and start + TAIL_WINDOW <= length
        assert start in (0, first - TAIL_OVERLAP, length - TAIL_WINDOW)
        end = last
    assert end == length


# The windows of a sound end where it does, or reach back.
@pytest.mark.parametrize("steps", [ENCODER_WINDOW, 256, 177])
def test_the_windows_of_the_encoder_are_the_whole(load, steps):
    encoder, (window,) = load("autoencoder_encoder")
    samples = window.shape[1]
    rate = samples // ENCODER_WINDOW

    def call(x):
        assert x.shape == window.shape
        return [y.numpy() for y in encoder(torch.from_numpy(x))]

    audio = random(2, steps * rate)
    with torch.no_grad():
        whole = encoder(audio)
        got = PiecewiseEncoder(call, samples, rate)(audio.numpy())
    for expected, output in zip(whole, got, strict=True):
        assert expected.shape == output.shape
        assert snr_db(expected.numpy(), output) > 100


def test_the_encoders_overlap_covers_what_it_reads(load):
    encoder, (window,) = load("autoencoder_encoder")
    rate, middle = window.shape[1] // ENCODER_WINDOW, ENCODER_WINDOW // 2
    for parameter in encoder.double().parameters():
        parameter.fill_(0.01)  # so that nothing cancels
    sound = torch.full(window.shape, 0.01, dtype=torch.float64, requires_grad=True)
    encoder(sound)[0][..., middle].sum().backward()
    read = sound.grad[0].nonzero()
    before = middle * rate - read.min().item()
    after = read.max().item() - (middle * rate + rate - 1)
    assert max(before, after) == reach(encoder)
    assert reach(encoder) <= ENCODER_OVERLAP * rate


def test_an_encoder_that_reads_further_than_its_windows_overlap_is_refused(weights, monkeypatch):
    monkeypatch.setattr(autoencoder, "ENCODER_OVERLAP", 3)
    with pytest.raises(BuildError, match=r"encoder reads \d+ samples to each side.*by 6144 only"):
        load_encoder(weights / "autoencoder.safetensors")


def test_of_a_sound_shorter_than_a_window_the_encoder_takes_all(weights, tmp_path):
    config, tensors = read_weights(weights / "autoencoder.safetensors")
    config["shapes"] |= {"latent_length": 8, "sample_size": 8 * 2048}
    save_weights(tmp_path / "a.safetensors", config, tensors)
    _, (audio,) = load_encoder(tmp_path / "a.safetensors")
    assert audio.shape == (2, 8 * 2048)
