"""What a change to a finished build makes run again: those jobs, and no others."""

import json
import shutil

import pytest

from sao.submodules import whole
from support.checkout import ROOT, Checkout

LOCKED = json.loads((ROOT / "config/models/demo.json").read_text())["model"]
FETCH_MODEL = {
    f"Fetch {name} of demo" for name in ("model_config.json", "model.ckpt", "LICENSE.md")
}
CHECK = {"Check the prompts of config/prompts.yaml"}
VERIFY = {"Verify the files of demo and split its weights"}
COMPARE_SOUND = {"Compare the sounds of held-out prompts with eager fp32 on {target}"}
SMOKE_ALL = COMPARE_SOUND | {
    f"Generate smoke/{{target}}/{name}.wav"
    for name in ("house-arpeggios", "birds", "held_out_1", "held_out_2")
}
PAGES = {"Write summary.md", "Write report.html"}
END = {"Gather bundle"} | SMOKE_ALL | PAGES
DECODERS = ("autoencoder", "autoencoder_head", "autoencoder_tail")
PROGRAMS = ("conditioners", "dit", *DECODERS)


def quantize(*programs, scheme="int8"):
    return {f"Quantize {program} to {scheme}" for program in programs}


def build(*programs, scheme="int8"):
    return {f"Build pte/{program}.{scheme}.pte" for program in programs}


def compare(*programs, scheme="int8"):
    files = " ".join(f"pte/{program}.{scheme}.pte" for program in programs)
    return {f"Compare {files} with eager fp32 on {{target}}"}


def export(*programs):
    return {f"Export {program}" for program in programs}


def held_out(*submodules):
    return {f"Record held-out calls of {submodule} in fp32" for submodule in submodules}


def calibrate(*submodules):
    return {f"Record calibration calls of {submodule} in fp32" for submodule in submodules}


def decide(*programs):
    return {f"Decide the precision of {whole(program)} in int8" for program in programs}


def quantize_anew(*programs):
    """What a change to a program makes run up to its `.pte`: its precision is committed."""
    return quantize(*programs) | build(*programs)


COMPARE_WHOLE = compare("autoencoder")
COMPARE_PIECES = compare("autoencoder_head", "autoencoder_tail")
COMPARE_DECODERS = COMPARE_WHOLE | COMPARE_PIECES
COMPARE_ALL = compare("conditioners") | compare("dit") | COMPARE_DECODERS

FETCH_T5 = {f"Fetch {n} of demo-t5" for n in ("config.json", "model.safetensors", "spiece.model")}
HELD_OUT_ALL = held_out("conditioners", "dit", "autoencoder")
FROM_FETCH_ON = (
    FETCH_MODEL | FETCH_T5 | CHECK | VERIFY | export(*PROGRAMS) | HELD_OUT_ALL
    | quantize_anew(*PROGRAMS) | COMPARE_ALL | END
)  # fmt: skip

FROM_THE_DIT_ON = (
    export("dit") | held_out("dit", "autoencoder")
    | quantize_anew("dit") | compare("dit") | COMPARE_DECODERS | END
)  # fmt: skip


def commented(module):
    """Return the change that adds a comment to a module."""
    return f"workflow/scripts/sao/{module}", "import annotations", "import annotations  # x"


# What is changed (file, old text, new text) and the jobs that this makes run.
CHANGES = {
    "nothing": (None, set()),
    "a prompt": (
        ("config/prompts.yaml", "birds singing in the morning", "birds singing at dusk"),
        CHECK | {"Generate smoke/{target}/birds.wav"} | PAGES,
    ),
    "the whole decoder's export script": (
        ("workflow/scripts/export_autoencoder.py", "import load_decoder", "import  load_decoder"),
        export("autoencoder")
        | held_out("autoencoder")
        | quantize_anew("autoencoder")
        | COMPARE_DECODERS
        | END,
    ),
    "a calibration prompt": (
        ("config/prompts.yaml", "slow piano chords", "slow organ chords"),
        CHECK,
    ),
    "the conditioners' rewrites": (
        commented("export/rewrites/conditioners.py"),
        export("conditioners") | HELD_OUT_ALL | quantize_anew("conditioners") | COMPARE_ALL | END,
    ),
    "the DiT's rewrites": (commented("export/rewrites/dit.py"), FROM_THE_DIT_ON),
    "the DiT's eager module": (commented("model/dit.py"), FROM_THE_DIT_ON),
    "the decoder's rewrites": (
        commented("export/rewrites/autoencoder.py"),
        export(*DECODERS)
        | held_out("autoencoder")
        | quantize_anew(*DECODERS)
        | COMPARE_DECODERS
        | END,
    ),
    "the words of the summary": (
        ("workflow/report/summary.md.j2", "generated in", "made in"),
        {"Write summary.md"},
    ),
    "the words of all pages": (
        ("workflow/report/base.html.j2", "--page: #fbfbf9", "--page: #ffffff"),
        {"Write report.html"},
    ),
    "the measure of whole sounds": (commented("score/sound.py"), COMPARE_SOUND | PAGES),
    "the words of the model card": (
        ("workflow/report/model_card.md.j2", "is the tokenizer's", "is a tokenizer's"),
        END,
    ),
    "the words of the NOTICE": (
        ("workflow/report/NOTICE.j2", "Nothing was trained", "Nothing is trained"),
        END,
    ),
    "a helper module of one script": (
        commented("lower/lowering.py"),
        build(*PROGRAMS) | COMPARE_ALL | END,
    ),
    "a module that helpers import": (
        commented("generate/noise.py"),
        HELD_OUT_ALL | COMPARE_ALL | SMOKE_ALL | PAGES,
    ),
    "the runner's source": (
        ("workflow/runner/src/wav.cpp", "Just below", "A little below"),
        {"Build the runner for {target}"} | COMPARE_ALL | END,
    ),
    "one environment file": (
        ("envs/quantize.yaml", "channels:", "# x\nchannels:"),
        quantize_anew(*PROGRAMS) | COMPARE_ALL | END,
    ),
    "a post-deploy script": (
        ("envs/export.post-deploy.sh", "# Without", "# X\n# Without"),
        {"Make a random model in the real one's shape"} | FROM_FETCH_ON,
    ),
    # The lock is one file, so its other half is fetched again too: from the cache, by hash.
    "the lock's revision": (
        ("config/models/demo.json", LOCKED["commit"], "0123456789" * 4),
        FROM_FETCH_ON,
    ),
}


@pytest.fixture
def copy(built, tmp_path):
    """The finished build, copied with its links and times, to change."""
    shutil.copytree(built.folder, tmp_path / "copy", symlinks=True)
    return Checkout(tmp_path / "copy", built.caches)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_runs_what_follows_from_it(copy, target, change):
    edit, expected = CHANGES[change]
    if edit:
        copy.edit(*edit)
    assert copy.would_run() == {message.format(target=target) for message in expected}


def test_the_dits_scheme_rebuilds_the_dit_and_what_follows(copy, target):
    fp32 = ("--config", "schemes={dit: fp32}")
    expected = build("dit", scheme="fp32") | compare("dit", scheme="fp32") | END
    assert copy.would_run(*fp32) == {message.format(target=target) for message in expected}


def test_without_a_committed_decision_it_is_made(copy, target):
    (copy.folder / "config/precision/demo/dit.int8.json").unlink()
    # The DiT's calls are of generations, which begin with the conditioners'.
    recorded = calibrate("conditioners", "dit")
    expected = recorded | decide("dit") | quantize_anew("dit") | compare("dit") | END
    assert copy.would_run() == {message.format(target=target) for message in expected}


def test_a_decision_that_is_edited_runs_what_follows_from_it(copy, target):
    copy.edit("config/precision/demo/dit.int8.json", '"int8"', '"fp32"')
    expected = quantize_anew("dit") | compare("dit") | END
    assert copy.would_run() == {message.format(target=target) for message in expected}


def test_a_prompt_rebuilt_for_real_leaves_every_artifact_untouched(copy, target):
    before = {p: p.lstat().st_mtime_ns for p in (copy.folder / "results").rglob("*.pt[e2]")}
    copy.edit("config/prompts.yaml", "seed: 11", "seed: 12")
    sound = copy.folder / f"results/demo/smoke/{target}/birds.wav"
    old = sound.read_bytes()
    copy.build()
    assert sound.read_bytes() != old
    assert before == {p: p.lstat().st_mtime_ns for p in (copy.folder / "results").rglob("*.pt[e2]")}
    assert copy.would_run() == set()
