import numpy as np
import torch
from stable_audio_tools.inference import sampling

import sao.model.stable_audio  # noqa: F401  (makes stable_audio_tools importable)
from sao.generate.noise import Noise
from sao.generate.sampler import sample_pingpong, schedule


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
