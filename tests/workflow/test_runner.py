"""The runner on this machine: against the Python side, number by number."""

import json
import os

import numpy as np
import pytest
import yaml
from transformers import AutoTokenizer

from sao.files import sha256
from sao.generate.audio import write_wav
from sao.generate.noise import Noise
from sao.generate.runtime import load_program
from sao.generate.sampler import schedule
from sao.generate.synthesis import Generator
from sao.model.tokenizer import Tokenizer
from sao.prompts import text_of
from sao.submodules import PARTS, PROGRAMS, SUBMODULES
from support.runner_tools import PROMPT, audiogen, dumped

SEED, SECONDS, STEPS = 7, 3.3, 4
ARGUMENTS = ("-p", PROMPT, "-t", 2, "-s", SEED, "-l", SECONDS, "-n", STEPS)

PROMPTS = [
    PROMPT,
    "",
    " ",
    "  two  spaces\tand a tab\n",
    "caf\u00e9 \u00fcber \u6f22\u5b57 \U0001f3b5 \ufb01ligree \u00bd \u200bzero width",
    "e\u0301 combining, \u202eright to left\u202c, \U0001f469\u200d\U0001f680",
    "quote \" back\\slash {brace} %s $HOME `x` 'y'",
    "-1 -p --help",
    "deep bass " * 100,
    "a" * 100_000,
]


@pytest.fixture(scope="module")
def generated(runner, bundle, tmp_path_factory):
    """A folder with sound.wav, sound.json and dump/ of one generation."""
    folder = tmp_path_factory.mktemp("generated")
    paths = ("-o", folder / "sound.wav", "--json", folder / "sound.json", "--dump", folder / "dump")
    done = audiogen(runner, "-m", bundle, *ARGUMENTS, *paths)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_sound_is_the_python_runtimes_byte_for_byte(generated, bundle, tmp_path):
    audio, _ = Generator(bundle).generate(PROMPT, SECONDS, SEED, STEPS)
    write_wav(tmp_path / "python.wav", audio, 44100)
    assert (generated / "sound.wav").read_bytes() == (tmp_path / "python.wav").read_bytes()


def test_each_step_is_the_python_samplers(generated):
    """Exactly: neither side multiplies and adds in one rounding."""
    noise, t = Noise(SEED), schedule(STEPS)
    expected = noise.normal((1, 64, 256))
    for step in range(STEPS):
        x, level, velocity = dumped(generated / "dump", "dit", step, "x", "t", "velocity")
        np.testing.assert_array_equal(x, expected)
        assert level.tolist() == [t[step]]
        fresh = noise.normal(x.shape)
        expected = (1 - t[step + 1]) * (x - t[step] * velocity) + t[step + 1] * fresh
    [latent] = dumped(generated / "dump", "autoencoder", 0, "latent")
    np.testing.assert_array_equal(latent, expected)


@pytest.mark.parametrize("submodule", SUBMODULES)
def test_each_submodule_gives_what_the_python_runtime_gives(generated, bundle, submodule):
    names = SUBMODULES[submodule]
    # A generation's decoder is the one in pieces.
    programs = PARTS["autoencoder_pieces"] if submodule == "autoencoder" else (submodule,)
    program = load_program([bundle / PROGRAMS[name].bundle_name for name in programs])
    outputs = program(*dumped(generated / "dump", submodule, 0, *names.inputs))
    for output, name in zip(outputs, names.outputs, strict=True):
        [theirs] = dumped(generated / "dump", submodule, 0, name)
        np.testing.assert_array_equal(theirs, output)


def test_recorded_calls_can_be_run_again(generated, runner, bundle, tmp_path):
    dump, again = generated / "dump", tmp_path / "again"
    done = audiogen(runner, "-m", bundle, "--replay", dump, "--dump", again)
    assert done.returncode == 0, done.stderr
    files = [path.relative_to(dump) for path in dump.rglob("*.npy")]
    assert len(files) == 6 + STEPS * 5 + 2
    for name in files:
        assert (again / name).read_bytes() == (dump / name).read_bytes(), name


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    runner, bundle, generated, tmp_path
):
    for seed in (SEED, SEED + 1):
        output = ("-s", seed, "-o", tmp_path / f"{seed}.wav")
        assert audiogen(runner, "-m", bundle, *ARGUMENTS, *output).returncode == 0
    expected = (generated / "sound.wav").read_bytes()
    assert (tmp_path / f"{SEED}.wav").read_bytes() == expected
    assert (tmp_path / f"{SEED + 1}.wav").read_bytes() != expected


def test_stages_are_timed_and_each_is_freed_before_the_next(runner, bundle, tmp_path):
    """With the whole decoder, which takes many times what the others take."""
    paths = ("-o", tmp_path / "sound.wav", "--json", tmp_path / "sound.json")
    done = audiogen(runner, "-m", bundle, *ARGUMENTS, "--full-decoder", *paths)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "sound.json").read_text())
    calls = {name: stage["calls"] for name, stage in report["stages"].items()}
    assert calls == {"conditioners": 1, "dit": STEPS, "autoencoder": 1}
    entry = {"prompt": PROMPT, "seed": SEED, "seconds": SECONDS, "steps": STEPS}
    assert report["prompts"] == [entry]
    peaks = {name: stage["peak_bytes"] for name, stage in report["stages"].items()}
    assert report["peak_bytes"] == max(peaks.values())
    # A peak that was not reset would show.
    assert peaks["dit"] < peaks["autoencoder"] / 4
    took = sum(stage["load_s"] + stage["run_s"] for stage in report["stages"].values())
    assert report["total_s"] == pytest.approx(took, rel=1e-3)


@pytest.mark.parametrize("prompt", PROMPTS, ids=range(len(PROMPTS)))
def test_token_ids_are_those_of_hugging_face_and_of_the_python_side(runner, bundle, built, prompt):
    done = audiogen(runner, "-m", bundle, "--tokenize", "-p", prompt)
    assert done.returncode == 0, done.stderr
    ids = list(map(int, done.stdout.split()))
    theirs = AutoTokenizer.from_pretrained(built.folder / "resources/hub/demo/local/demo-t5")
    assert ids == theirs(prompt, truncation=True, max_length=64, padding="max_length")["input_ids"]
    assert ids == Tokenizer(bundle / "spiece.model", 64)(prompt)[0][0].tolist()


def test_a_long_prompt_is_cut_with_a_warning(runner, bundle, tmp_path):
    output = ("-o", tmp_path / "x.wav", "--dump", tmp_path / "dump")
    done = audiogen(runner, "-m", bundle, "-p", "deep bass " * 100, "-l", 1, "-n", 1, *output)
    assert done.returncode == 0
    assert "tokens, the model takes 64: its end is left out" in done.stderr
    ids, mask = dumped(tmp_path / "dump", "conditioners", 0, "input_ids", "attention_mask")
    assert ids.dtype == mask.dtype == np.int64
    assert (mask.sum(), ids[0, -1]) == (64, 1)


def test_a_file_of_prompts_gives_what_each_gives_alone(runner, bundle, tmp_path):
    (tmp_path / "prompts.txt").write_text("Rain on a roof\n\nbirds\n")
    (tmp_path / "alone").mkdir()
    common = ("-m", bundle, "-l", 1, "-n", 2, "-s", 5)
    done = audiogen(runner, *common, "--prompts", tmp_path / "prompts.txt", "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.glob("*.wav")} == {
        "1_rain_on_a_roof_5.wav",
        "2_birds_5.wav",
    }
    audiogen(runner, *common, "-p", "birds", "-o", tmp_path / "alone/birds.wav")
    assert (tmp_path / "2_birds_5.wav").read_bytes() == (tmp_path / "alone/birds.wav").read_bytes()


def test_a_file_of_prompts_in_yaml_is_that_of_the_workflow(runner, bundle, tmp_path):
    """Parts are put together alike, and seed, length and steps are each prompt's own."""
    parts = {
        "tempo": 120,
        "genre": "house",
        "subgenre": "deep house",
        "atmosphere": "caf\u00e9, uplifting",
        "elements": [
            {"name": "arpeggios", "articulation": "plucked", "rhythm": "slow", "texture": "warm"},
            {"name": "bass"},
        ],
    }
    smoke: dict[str, dict] = {
        "parts": parts | {"seconds": 0.5, "seed": 3, "steps": 2},
        "text": {"prompt": PROMPT, "seconds": 1, "seed": 4294967295},
        "no-more": {"prompt": 'rain: "heavy"'},
    }
    (tmp_path / "prompts.yaml").write_text(yaml.safe_dump({"smoke": smoke, "held_out": [1]}))
    (tmp_path / "prompts.json").write_text(json.dumps({"smoke": smoke}))
    for file in ("prompts.yaml", "prompts.json"):
        asked = ("--prompts", tmp_path / file, "-n", 1, "-l", 0.1, "-s", 9)
        out = ("-o", tmp_path / file[-4:], "--json", tmp_path / "report.json")
        done = audiogen(runner, "-m", bundle, *asked, *out)
        assert done.returncode == 0, done.stderr
        entries = json.loads((tmp_path / "report.json").read_text())["prompts"]
        # PyYAML sorts keys, JSON keeps their order.
        assert {entry["prompt"]: entry for entry in entries} == {
            text_of(entry): {
                "prompt": text_of(entry),
                "seconds": entry.get("seconds", 0.1),
                "seed": entry.get("seed", 9),
                "steps": entry.get("steps", 1),
            }
            for entry in smoke.values()
        }
        made = {path.name: path.stat().st_size for path in (tmp_path / file[-4:]).iterdir()}
        assert made == {
            "parts.wav": 44 + 22050 * 4,
            "text.wav": 44 + 44100 * 4,
            "no-more.wav": 44 + 4410 * 4,
        }


def test_a_bundle_is_verified(runner, bundle):
    done = audiogen(runner, "--verify", "-m", bundle)
    assert (done.returncode, done.stderr) == (0, "")
    count = len((bundle / "SHA256SUMS").read_text().splitlines())
    assert done.stdout == f"{bundle}: all {count} files are as SHA256SUMS says\n"


# Capacities of the cores as Linux has them, and how many of them are to compute.
CORES = {
    "all alike": ([1024] * 4, 4),
    "one prime, three large, four small": ([280] * 4 + [800] * 3 + [1024], 4),
    "two large and six small": ([400] * 6 + [1024] * 2, 2),
    "capacities unknown": ([0] * 3, 3),  # no file says
}


@pytest.mark.parametrize("name", CORES)
def test_the_performance_cores_compute_by_default(runner, bundle, tmp_path, monkeypatch, name):
    capacities, expected = CORES[name]
    for number, capacity in enumerate(capacities):
        (tmp_path / f"cpu/cpu{number}").mkdir(parents=True)
        if capacity:
            (tmp_path / f"cpu/cpu{number}/cpu_capacity").write_text(f"{capacity}\n")
    monkeypatch.setenv("AUDIOGEN_CPUS", str(tmp_path / "cpu"))
    paths = ("-o", tmp_path / "x.wav", "--json", tmp_path / "x.json")
    done = audiogen(runner, "-m", bundle, "-p", "x", "-n", 1, "-l", 0.1, *paths)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "x.json").read_text())["threads"] == expected


def test_only_cores_that_this_process_may_use_compute(runner, bundle, tmp_path):
    paths = ("-o", tmp_path / "x.wav", "--json", tmp_path / "x.json")
    common = ("-m", bundle, "-p", "x", "-n", 1, "-l", 0.1, *paths)
    core = min(os.sched_getaffinity(0))
    done = audiogen(runner, *common, prefix=("taskset", "--cpu-list", str(core)))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "x.json").read_text())["threads"] == 1


def test_it_is_the_same_bytes_wherever_it_is_built(runner, elsewhere):
    """From other sources' folder, in another folder: no path of either is in the program."""
    built = elsewhere / "native"
    names = {path.relative_to(runner) for path in runner.rglob("*") if path.is_file()}
    assert names == {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    assert {"executorch.txt", "sentencepiece.txt", "pycryptodome.txt", "libyaml.txt"} <= {
        name.name for name in names if name.parent.name == "licences"
    }
    for name in names:
        assert sha256(built / name) == sha256(runner / name), name


def test_help_and_version(runner):
    for option in ("--help", "-h"):
        done = audiogen(runner, option)
        assert (done.returncode, done.stderr) == (0, "")
        for letter in "mptslnoh":
            assert f"\n  -{letter}, --" in done.stdout
    assert audiogen(runner, "--version").stdout.startswith("audiogen ")


def test_the_decoder_in_pieces_takes_a_part_of_the_memory(runner, bundle, generated, tmp_path):
    whole = tmp_path / "sound.json"
    output = ("-o", tmp_path / "sound.wav", "--json", whole)
    assert audiogen(runner, "-m", bundle, *ARGUMENTS, *output, "--full-decoder").returncode == 0
    pieces = tmp_path / "pieces.json"
    output = ("-o", tmp_path / "pieces.wav", "--json", pieces)
    assert audiogen(runner, "-m", bundle, *ARGUMENTS, *output).returncode == 0
    peak = {
        path: json.loads(path.read_text())["stages"]["autoencoder"]["peak_bytes"]
        for path in (whole, pieces)
    }
    assert peak[pieces] < peak[whole] / 2
