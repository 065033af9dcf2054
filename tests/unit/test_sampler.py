import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sao.generate.bottleneck import bottleneck_noise, sample_latent
from sao.generate.noise import Noise
from sao.generate.sampler import Start, sample_pingpong, schedule
from sao.model import stable_audio
from sao.model.autoencoder import load_encoder
from sao.model.loading import read_weights
from sao.model.stable_audio import create_pretransform_from_config

# After sao.model.stable_audio, which makes it importable.
sampling = importlib.import_module("stable_audio_tools.inference.sampling")
SEED = 5


def velocity(x, t):
    return np.tanh(x) * (0.5 + t)


def test_schedule_is_that_of_stable_audio_tools(monkeypatch):
    seen = []
    monkeypatch.setattr(
        sampling, "sample_flow_pingpong", lambda *_, sigmas, **__: seen.append(sigmas)
    )
    sampling.sample_rf(None, torch.zeros(1), None, steps=8, sigma_max=1.0, sampler_type="pingpong")
    np.testing.assert_allclose(schedule(8), seen[0].numpy(), atol=1e-6)


def test_steps_are_those_of_stable_audio_tools(monkeypatch):
    shape = (1, 4, 16)
    noise = Noise(5)
    start = torch.from_numpy(noise.normal(shape))
    monkeypatch.setattr(torch, "randn_like", lambda x: torch.from_numpy(noise.normal(shape)))
    expected = sampling.sample_flow_pingpong(
        lambda x, t: torch.from_numpy(velocity(x.numpy(), t.numpy())),
        start,
        sigmas=torch.from_numpy(schedule(8)),
    )
    got = sample_pingpong(velocity, shape, 8, Noise(5))
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_no_noise_level_is_above_the_strength():
    """Under 0.12 stable-audio-tools' own would rise again, and a sound not be given back."""
    for strength in (1e-6, 0.01, 0.1):
        t = schedule(8, strength)
        assert t.max() == np.float32(strength)
        assert t[-1] == 0


@pytest.mark.parametrize("strength", [0.15, 0.5, 0.7, 0.99])
def test_the_schedule_from_a_sound_is_that_of_stable_audio_tools(monkeypatch, strength):
    seen = []
    monkeypatch.setattr(
        sampling, "sample_flow_pingpong", lambda *_, sigmas, **__: seen.append(sigmas)
    )
    zero = torch.zeros(1)
    sampling.sample_rf(None, zero, zero, steps=8, sigma_max=strength, sampler_type="pingpong")
    np.testing.assert_allclose(schedule(8, strength), seen[0].numpy(), atol=1e-6)


@pytest.fixture
def model(weights):
    """stable-audio-tools' model, with the tiny autoencoder and a velocity in place of a DiT."""
    config, tensors = read_weights(weights / "autoencoder.safetensors")
    pretransform = create_pretransform_from_config(
        config["pretransform"] | {"model_half": False}, 44100
    )
    own = {name.removeprefix("model."): tensor.float() for name, tensor in tensors.items()}
    pretransform.model.load_state_dict(own)
    inner = torch.nn.Linear(1, 1)
    inner.forward = lambda x, t, **_: torch.from_numpy(velocity(x.numpy(), t.numpy()))
    return SimpleNamespace(
        pretransform=pretransform.eval(),
        io_channels=64,
        sample_rate=44100,
        model=inner,
        conditioner=None,
        get_conditioning_inputs=lambda tensors, **_: {},
        diffusion_objective="rf_denoiser",
        dist_shift=None,
    )


@pytest.fixture
def generation(monkeypatch):
    """stable-audio-tools' module of that name, which imports torchaudio."""
    for name, absent in stable_audio._stand_ins.items():
        monkeypatch.setitem(sys.modules, name, absent)
    return importlib.import_module("stable_audio_tools.inference.generation")


def of_ours(monkeypatch, samples):
    """Have stable-audio-tools draw our noise: the sampler's, and in the bottleneck the other."""
    noise, inside = Noise(SEED), bottleneck_noise(SEED)
    shape = (1, 64, samples // 2048)
    draws = [inside, *[noise] * 100]
    monkeypatch.setattr(torch, "randn", lambda *_, **__: torch.from_numpy(noise.normal(shape)))
    monkeypatch.setattr(
        torch, "randn_like", lambda x: torch.from_numpy(draws.pop(0).normal(tuple(x.shape)))
    )


@pytest.mark.parametrize("strength", [0.3, 0.7])
def test_a_generation_from_a_sound_is_that_of_stable_audio_tools(
    model, weights, monkeypatch, generation, strength
):
    samples = 16 * 2048
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (2, samples)).astype(np.float32)
    seen: list = []
    of_ours(monkeypatch, samples)
    monkeypatch.setattr(generation, "prepare_audio", lambda audio, **_: audio[None])
    expected = generation.generate_diffusion_cond(
        model,
        steps=8,
        conditioning_tensors={},
        sample_size=samples,
        seed=SEED,
        device="cpu",
        init_audio=(44100, torch.from_numpy(sound)),
        init_noise_level=strength,
        return_latents=True,
        sampler_type="pingpong",
        callback=seen.append,
    )
    encoder, _ = load_encoder(weights / "autoencoder.safetensors")
    with torch.no_grad():
        mean, scale = (x.numpy() for x in encoder(torch.from_numpy(sound)))
    latent = sample_latent(mean, scale, 1.0, bottleneck_noise(SEED))
    steps = []

    def stepped(x, t):
        steps.append(x)
        return velocity(x, t)

    got = sample_pingpong(stepped, mean.shape, 8, Noise(SEED), Start(latent, strength))
    assert len(steps) == len(seen) == 8
    for ours, theirs in zip(steps, seen, strict=True):
        np.testing.assert_allclose(ours, theirs["x"].numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-4)


def test_at_strength_1_nothing_is_left_of_the_sound():
    shape = (1, 4, 16)
    start = Start(np.full(shape, np.nan, np.float32), 1.0)
    got = sample_pingpong(velocity, shape, 8, Noise(SEED), start)
    assert got.tobytes() == sample_pingpong(velocity, shape, 8, Noise(SEED)).tobytes()


def test_near_strength_0_the_latent_is_given_back():
    shape = (1, 4, 16)
    latent = Noise(1).normal(shape)
    got = sample_pingpong(velocity, shape, 8, Noise(SEED), Start(latent, 1e-4))
    np.testing.assert_allclose(got, latent, atol=1e-2)
