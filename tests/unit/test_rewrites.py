"""Each rewrite alone, and all of a submodule together, against the module as it was."""

import pytest
import torch

from sao.export.exporting import rewrite
from sao.generate.pieces import TAIL_WINDOW, PiecewiseDecoder, windows
from sao.model.autoencoder import load_decoder_head, load_decoder_tail
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


@pytest.mark.parametrize("length", [TAIL_WINDOW, TAIL_WINDOW + 1, 5000, 16384])
def test_windows_lie_end_to_end_within_the_signal(length):
    end = 0
    for start, first, last in windows(length, TAIL_WINDOW):
        assert first == end
        assert start >= 0 and start + TAIL_WINDOW <= length
        end = last
    assert end == length
