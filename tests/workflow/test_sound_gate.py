"""The gate of the whole sound, on the demo: what passes it, and what does not.

On random weights a prompt changes little of a sound, its seed all of it: another prompt's sound
is one with its own seed, as the smoke prompts' are.
"""

import numpy as np
import pytest
import soundfile
import yaml

from sao.errors import BuildError
from sao.files import read_json
from sao.generate.audio import normalize
from sao.generate.cases import load_cases
from sao.generate.noise import Noise
from sao.generate.runtime import load_program
from sao.generate.sampler import sample_pingpong
from sao.score.sound import distance_db, scored_sound, unrelated_db
from sao.submodules import PIECES, PROGRAMS
from support.checkout import ROOT

RATE = 44100
SHARE = 0.5
PROMPTS = yaml.safe_load((ROOT / "config/prompts.yaml").read_text())["held_out"]


class ReusedNoise:
    """The same noise at each step."""

    def __init__(self, seed):
        self._seed = seed

    def normal(self, shape):
        return Noise(self._seed).normal(shape)


class Model:
    """The demo's artifacts, run wrongly on demand, and the fp32 sounds of the held-out prompts."""

    def __init__(self, results):
        bundle = results / "bundle"
        self._dit = load_program([bundle / "dit_model.pte"])
        self._decoder = load_program([bundle / PROGRAMS[name].bundle_name for name in PIECES])
        self._conditions = load_cases(results / "held_out/conditioners.safetensors")
        self._ends = load_cases(results / "held_out/autoencoder.safetensors")

    def reference(self, number):
        return normalize(self._cut(self._ends[number]["audio"], number))

    def generated(self, number, noise=None, scale=1.0):
        condition = self._conditions[number]

        def velocity(x, t):
            return self._dit(x, t, condition["cross_attn_cond"], condition["global_cond"])[0]

        noise = noise or Noise(PROMPTS[number]["seed"])
        latent = sample_pingpong(velocity, self._ends[number]["latent"].shape, 8, noise)
        return normalize(self._cut(self._decoder(latent * np.float32(scale))[0], number))

    def _cut(self, audio, number):
        return audio[:, : PROMPTS[number]["seconds"] * RATE]


@pytest.fixture(scope="module")
def model(built):
    return Model(built.folder / "results/demo")


def wrong(model, number):
    """Yield (name, sound) of what is not the sound of held-out prompt `number`."""
    reference = model.reference(number)
    generator = np.random.default_rng(1)
    yield "white noise", generator.normal(size=reference.shape).astype(np.float32) * 0.2
    yield "silence", np.zeros_like(reference)
    yield "reused noise", model.generated(number, ReusedNoise(PROMPTS[number]["seed"]))
    yield "another seed", model.generated(number, Noise(1))
    for scale in (0.5, 2.0):
        yield f"latent times {scale}", model.generated(number, scale=scale)
    yield "a later start", np.roll(reference, RATE // 10, axis=1)
    yield "half of the samples", np.repeat(reference[:, ::2], 2, axis=1)[:, : reference.shape[1]]


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_int8_passes_with_room(model, number):
    score = scored_sound(model.reference(number), model.generated(number), RATE, SHARE, "x.wav")
    assert score["distance_db"] < score["gate_db"] / 3
    assert score["snr_db"] > 20


def test_what_is_not_the_sound_fails(model):
    reference = model.reference(1)
    for name, sound in wrong(model, 1):
        with pytest.raises(BuildError, match=r"^x\.wav: the sound is .* beyond its gate"):
            scored_sound(reference, sound, RATE, SHARE, "x.wav")
            pytest.fail(name)


def test_another_prompts_sound_fails(model):
    shorter = model.reference(1)
    other = model.reference(0)[:, : shorter.shape[1]]
    assert distance_db(shorter, other, RATE) > SHARE * unrelated_db(shorter, RATE)


def test_the_build_holds_the_targets_own_sounds_to_it(built, target):
    folder = built.folder / f"results/demo/smoke/{target}"
    report = read_json(folder / "compare.sound.json")
    assert [sound["prompt"] for sound in report["sounds"]] == [p["prompt"] for p in PROMPTS]
    for number, sound in enumerate(report["sounds"], 1):
        assert 0 < sound["distance_db"] < sound["gate_db"] / 3
        audio, rate = soundfile.read(folder / f"held_out_{number}.wav")
        assert audio.shape == (PROMPTS[number - 1]["seconds"] * rate, 2)
        said = read_json(folder / f"held_out_{number}.json")
        assert said["seed"] == PROMPTS[number - 1]["seed"]
