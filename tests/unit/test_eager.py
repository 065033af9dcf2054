"""The exported modules against stable-audio-tools' own use of the same classes."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import T5EncoderModel

from sao.errors import BuildError
from sao.export.exporting import export_program
from sao.generate.bottleneck import bottleneck_noise, sample_latent
from sao.model.autoencoder import downsampling, load_decoder, load_encoder
from sao.model.checkpoint import save_weights
from sao.model.conditioners import _t5_folder, load_conditioners
from sao.model.dit import load_dit
from sao.model.loading import load_strictly, read_weights
from sao.model.stable_audio import (
    ConditionedDiffusionModelWrapper,
    DiTWrapper,
    create_multi_conditioner_from_conditioning_config,
    create_pretransform_from_config,
)
from sao.model.tokenizer import Tokenizer
from sao.score.metrics import snr_db
from sao.submodules import SUBMODULES


@pytest.fixture(scope="module")
def spiece(repositories):
    return repositories / "local/tiny-t5/spiece.model"


def test_t5_is_in_fp32_from_the_fetched_weights(weights, spiece, repositories):
    conditioners, (ids, mask, seconds) = load_conditioners(
        weights / "conditioners.safetensors", spiece
    )
    assert {parameter.dtype for parameter in conditioners.parameters()} == {torch.float32}
    encoder = T5EncoderModel.from_pretrained(repositories / "local/tiny-t5").float().eval()
    with torch.no_grad():
        expected = encoder(input_ids=ids, attention_mask=mask)["last_hidden_state"]
        cross_attn_cond, cross_attn_mask, global_cond = conditioners(ids, mask, seconds)
    text = cross_attn_cond[:, :64]
    assert snr_db((expected * mask.unsqueeze(-1)).numpy(), text.numpy()) > 120
    assert cross_attn_mask.dtype == torch.int64  # as in Arm's export
    assert cross_attn_mask.tolist() == [[*mask[0].tolist(), 1]]
    assert torch.equal(cross_attn_cond[:, 64], global_cond)


@pytest.mark.parametrize("seconds", [0, 5, 11, 256, 300])
@pytest.mark.parametrize("prompt", ["warm arpeggios on house beats", ""])
def test_conditions_are_those_of_stable_audio_tools(weights, spiece, seconds, prompt):
    path = weights / "conditioners.safetensors"
    config, tensors = read_weights(path)
    t5 = {n.removeprefix("t5."): v for n, v in tensors.items() if n.startswith("t5.")}
    with _t5_folder(config["t5"], t5, spiece.resolve()):
        multi = create_multi_conditioner_from_conditioning_config(config["conditioning"])
    multi.conditioners["prompt"].model.float().load_state_dict(t5, strict=False)
    rest = {n: v for n, v in tensors.items() if not n.startswith("t5.")}
    multi.load_state_dict(rest)
    ids = {"input_concat_ids": [], "prepend_cond_ids": [], "global_cond_ids": ["seconds_total"]}
    model = SimpleNamespace(cross_attn_cond_ids=["prompt", "seconds_total"], **ids)
    conditioners, _ = load_conditioners(path, spiece)
    tokens = map(torch.from_numpy, Tokenizer(spiece, 64)(prompt))
    with torch.no_grad():
        conditions = multi([{"prompt": prompt, "seconds_total": seconds}], "cpu")
        expected = ConditionedDiffusionModelWrapper.get_conditioning_inputs(model, conditions)
        got = conditioners(*tokens, torch.tensor([float(seconds)]))
    for name, output in zip(SUBMODULES["conditioners"].outputs, got, strict=True):
        wanted = expected[name].float()
        assert wanted.shape == output.shape
        assert snr_db(wanted.numpy(), output.numpy()) > 120, name
    assert torch.equal(got[2], expected["global_cond"])


def test_dit_is_that_of_stable_audio_tools(weights):
    dit, example = load_dit(weights / "dit.safetensors")
    config, tensors = read_weights(weights / "dit.safetensors")
    wrapper = DiTWrapper(diffusion_objective="rf_denoiser", **config["diffusion"]["config"])
    load_strictly(wrapper, tensors, "test")
    x, t, cross_attn_cond, global_cond = example
    with torch.no_grad():
        expected = wrapper.eval()(x, t, cross_attn_cond=cross_attn_cond, global_cond=global_cond)
        assert torch.equal(expected, dit(*example))


def test_decoder_is_that_of_stable_audio_tools(weights):
    decoder, (latent,) = load_decoder(weights / "autoencoder.safetensors")
    config, tensors = read_weights(weights / "autoencoder.safetensors")
    pretransform = create_pretransform_from_config(
        config["pretransform"] | {"model_half": False}, 44100
    )
    load_strictly(pretransform.model, {n[len("model.") :]: v for n, v in tensors.items()}, "test")
    with torch.no_grad():
        expected = pretransform.eval().decode(latent)[0]
        assert snr_db(expected.numpy(), decoder(latent).numpy()) > 110


@pytest.mark.parametrize("latent_scale", [1.0, 2.5])
def test_encoder_is_that_of_stable_audio_tools(weights, tmp_path, monkeypatch, latent_scale):
    """With the bottleneck, whose noise is ours, and the pretransform's scale."""
    config, tensors = read_weights(weights / "autoencoder.safetensors")
    config["pretransform"]["scale"] = latent_scale
    path = tmp_path / "autoencoder.safetensors"
    save_weights(path, config, tensors)
    encoder, (audio,) = load_encoder(path)
    audio = audio[:, : 8 * 2048]
    assert downsampling(encoder) == 2048
    pretransform = create_pretransform_from_config(
        config["pretransform"] | {"model_half": False}, 44100
    )
    load_strictly(pretransform.model, {n[len("model.") :]: v for n, v in tensors.items()}, "test")
    noise = torch.from_numpy(bottleneck_noise(3).normal((1, 64, 8)))
    monkeypatch.setattr(torch, "randn_like", lambda _: noise)
    with torch.no_grad():
        expected = pretransform.eval().encode(audio[None]).numpy()
        mean, scale = (x.numpy() for x in encoder(audio))
    got = sample_latent(mean, scale, encoder.latent_scale, bottleneck_noise(3))
    assert snr_db(expected, got) > 110


@pytest.mark.parametrize("load", [load_dit, load_decoder, load_encoder])
@pytest.mark.parametrize("fault", ["missing", "left over", "misshapen"])
def test_weights_must_fit_exactly(weights, tmp_path, load, fault):
    name = "dit" if load is load_dit else "autoencoder"
    config, tensors = read_weights(weights / f"{name}.safetensors")
    victim = sorted(tensors)[-1]
    if fault == "missing":
        del tensors[victim]
    elif fault == "left over":
        victim = "model.more"
        tensors[victim] = torch.zeros(1)
    else:
        tensors[victim] = torch.zeros(*tensors[victim].shape, 2)
    path = tmp_path / "weights.safetensors"
    save_weights(path, config, tensors)
    with pytest.raises(BuildError, match="do not fit the config") as error:
        load(path)
    assert victim.removeprefix("model.") in str(error.value)


def test_t5_weights_must_fit_exactly(weights, tmp_path, spiece):
    config, tensors = read_weights(weights / "conditioners.safetensors")
    del tensors["t5.encoder.final_layer_norm.weight"]
    path = tmp_path / "weights.safetensors"
    save_weights(path, config, tensors)
    with pytest.raises(BuildError, match="final_layer_norm"):
        load_conditioners(path, spiece)


def test_every_tensor_of_the_random_model_counts(weights):
    """Zeroing any tensor changes the output, so no branch of the demo model is idle."""
    dit, example = load_dit(weights / "dit.safetensors")
    with torch.no_grad():
        expected = dit(*example)
        for name, parameter in dit.named_parameters():
            # The same bias on all keys without rotary embedding: softmax does not see it.
            if name.endswith("cross_attn.k_norm.bias"):
                continue
            kept = parameter.clone()
            parameter.zero_()
            assert snr_db(expected.numpy(), dit(*example).numpy()) < 80, name
            parameter.copy_(kept)


def test_an_export_that_changes_what_is_computed_fails(tmp_path):
    class Fickle(nn.Module):
        def forward(self, x):
            return x if torch.compiler.is_compiling() else x * 1.5

    with pytest.raises(BuildError, match="changed what it computes"):
        export_program(Fickle(), (torch.ones(3),), {}, "eager", tmp_path / "a.pt2")
    assert not list(tmp_path.iterdir())
