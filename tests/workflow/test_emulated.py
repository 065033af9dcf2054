"""The demo on emulated cores of 64-bit Arm: the same sound, by KleidiAI's kernels.

Tolerances are per core, in dB of signal to noise between the two architectures' outputs for the
same inputs, some dB below what was measured (README: numbers).
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
import yaml

from sao.files import read_json
from sao.generate.noise import Noise
from sao.generate.sampler import schedule
from sao.score.metrics import snr_db
from sao.submodules import SUBMODULES
from sao.target.transport import run
from support.checkout import DEMO
from support.kernels import executed
from support.runner_tools import audiogen, dumped, need

# A core with the dot-product instructions, and one with those for int8 matrices too.
CORES = {"cortex-a76": "neon_dotprod", "max,sme=off": "neon_i8mm"}
# By the rules; with T5 and the DiT's attention in fp16, which these cores compute in fp16.
SCORED = ("conditioners.int8", "dit.int8", "dit.int8_fp16", "conditioners.reference")
LOWEST = {"conditioners": 36, "dit": 33, "autoencoder": 33}
# Of the whole sound: int8 rounds small differences to large ones, and eight steps carry them on.
LOWEST_SOUND = 19


@pytest.fixture(scope="module")
def emulated(built, tmp_path_factory):
    """A finished build whose target is emulated: the runner, and what is scored by it."""
    need("qemu-aarch64-static", "aarch64-linux-gnu-g++")
    checkout = built.copy(tmp_path_factory.mktemp("emulated") / "copy")
    checkout.edit("config/demo.yaml", "target: native", "target: emulated")
    wanted = [f"results/demo/smoke/aarch64-emulated/compare.{name}.json" for name in SCORED]
    done = checkout.run("--cores", "2", *DEMO, "--", *wanted)
    assert done.returncode == 0, done.stdout[-4000:]
    return checkout


@pytest.fixture(scope="module")
def prompt(built):
    return yaml.safe_load((built.folder / "config/prompts.yaml").read_text())["smoke"]["birds"]


@pytest.fixture(scope="module")
def generated(emulated, bundle, prompt, tmp_path_factory):
    """For each core a folder with sound.wav, sound.json and what --dump kept. Takes minutes."""
    runner = emulated.folder / "results/runner/aarch64"

    def generate(core):
        out = tmp_path_factory.mktemp("core")
        arguments = ["-m", "{bundle}", "-p", prompt["prompt"], "-s", prompt["seed"]]
        arguments += ["-l", prompt["seconds"], "-o", "{out}/sound.wav", "--dump", "{out}"]
        target = {"kind": "emulated", "core": core}
        run(target, runner, {"bundle": bundle}, list(map(str, arguments)), out, 1)
        return out

    with ThreadPoolExecutor() as pool:
        return dict(zip(CORES, pool.map(generate, CORES), strict=True))


@pytest.mark.parametrize("core", CORES)
def test_the_sound_is_that_of_this_machine(generated, built, target, core):
    expected, _ = soundfile.read(built.folder / f"results/demo/smoke/{target}/birds.wav")
    sound, rate = soundfile.read(generated[core] / "sound.wav")
    assert (rate, sound.shape) == (44100, (5 * 44100, 2))
    assert snr_db(expected, sound) > LOWEST_SOUND


@pytest.mark.parametrize("core", CORES)
def test_each_submodule_gives_what_it_gives_here(generated, runner, bundle, tmp_path, core):
    """Each call of the emulated generation, run here with the very same inputs."""
    there = generated[core]
    done = audiogen(runner, "-m", bundle, "--replay", there, "--dump", tmp_path)
    assert done.returncode == 0, done.stderr
    for name, submodule in SUBMODULES.items():
        calls = len(list((there / name).glob(f"*.{submodule.inputs[0]}.npy")))
        assert calls == (8 if name == "dit" else 1)
        for call in range(calls):
            pairs = (dumped(folder, name, call, *submodule.outputs) for folder in (tmp_path, there))
            for here, emulated in zip(*pairs, strict=True):
                assert snr_db(here, emulated) > LOWEST[name]


@pytest.mark.parametrize("core", CORES)
def test_noise_and_sampler_are_the_same_on_arm(generated, prompt, core):
    """To the last bit, given each step's velocity."""
    noise, t = Noise(prompt["seed"]), schedule(8)
    expected = noise.normal((1, 64, 256))
    for step in range(8):
        x, velocity = dumped(generated[core], "dit", step, "x", "velocity")
        np.testing.assert_array_equal(x, expected)
        fresh = noise.normal(x.shape)
        expected = (1 - t[step + 1]) * (x - t[step] * velocity) + t[step + 1] * fresh
    [latent] = dumped(generated[core], "autoencoder", 0, "latent")
    np.testing.assert_array_equal(latent, expected)


@pytest.mark.parametrize("core", ["cortex-a72", *CORES])
def test_int8_goes_through_kleidiai_where_the_core_can(emulated, generated, tmp_path, core):
    """One call of the DiT; a core without dot products is the counterexample."""
    (tmp_path / "dit").mkdir()
    for path in generated["cortex-a76"].glob("dit/000.*"):
        shutil.copy(path, tmp_path / "dit")
    bundle = emulated.folder / "results/demo/bundle"
    arguments = ["-m", bundle, "--replay", tmp_path, "--dump", tmp_path / "out", "-t", "1"]
    runner = emulated.folder / "results/runner/aarch64"
    ran = executed(core, runner, arguments, tmp_path / "log")
    products = {name for name in ran if name.startswith("kai_run_matmul_clamp_f32_qai8dxp")}
    assert any(name.endswith(CORES[core]) for name in products) if core in CORES else not products
    assert not [name for name in ran if "sme" in name and name.startswith("kai_run")]


def test_the_rules_score_on_the_emulated_core(emulated):
    results = emulated.folder / "results/demo/smoke/aarch64-emulated"
    for name in SCORED:
        report = json.loads((results / f"compare.{name}.json").read_text())
        assert report["machine"].startswith("aarch64, cortex-a76 emulated by qemu on ")
        assert report["snr_db"] >= report["gate_db"]


def test_all_calls_are_scored_but_for_the_decoders(emulated):
    smoke = emulated.folder / "results/demo/smoke/aarch64-emulated"
    calls = {
        part: read_json(smoke / f"compare.{part}.int8.json")["cases"]
        for part in ("conditioners", "dit")
    }
    # Two held-out prompts, of eight steps each.
    assert calls == {"conditioners": 2, "dit": 16}
