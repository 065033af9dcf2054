"""The main job: one command from nothing to sound."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from sao.papers.archive import bundle_files, write_archive
from sao.submodules import PARTS, PIECES, PROGRAMS, RECORDED, SUBMODULES
from support.checkout import DEMO, error_lines, jobs
from support.upload_hub import UploadHub


def test_the_summary_has_each_stage_of_this_build(built):
    made = {path.stem for path in (built.folder / "benchmarks/demo").iterdir()} - {
        "summary",
        "report",
    }
    text = (built.folder / "results/demo/summary.md").read_text()
    assert made == set(re.findall(r"^\| (\S+) \| [\d.]+ \| [\d.]+ \| \d+ \|$", text, re.MULTILINE))


@pytest.fixture(scope="module")
def results(built):
    return built.folder / "results/demo"


def test_every_artifact_lies_where_the_design_says(results, target):
    names = {path.relative_to(results).as_posix() for path in results.rglob("*")}
    expected = {"provenance.json", "summary.md", "report.html", "report.json"}
    for submodule in SUBMODULES:
        expected |= {f"weights/{submodule}.safetensors"}
    expected |= {f"held_out/{name}.safetensors" for name in RECORDED}
    for program in PROGRAMS:
        expected |= {f"exported/{program}.pt2", f"exported/{program}.json"}
        expected |= {f"quantized/{program}.int8.pt2"}
        expected |= {f"pte/{program}.int8.pte", f"pte/{program}.int8.json"}
    expected |= {f"smoke/{target}/compare.{part}.int8.json" for part in PARTS}
    expected |= {f"smoke/{target}/compare.sound.json"}
    assert expected <= names
    assert not [name for name in names if "writing" in name]


def test_the_bundle_is_a_drop_in_with_hashes_that_hold(results):
    bundle = results / "bundle"
    files = {"conditioners_model.pte", "dit_model.pte", "autoencoder_model.pte"}
    files |= {"autoencoder_head.pte", "autoencoder_tail.pte", "autoencoder_encoder_model.pte"}
    files |= {"spiece.model", "manifest.json", "README.md", "LICENSE.md", "NOTICE"}
    files |= {"components.cdx.json", "SHA256SUMS"}
    named = {name for name in bundle_files(bundle) if not name.startswith("runner/")}
    assert named == files
    manifest = json.loads((bundle / "manifest.json").read_text())
    from sao.files import sha256

    programs = manifest["submodules"] | manifest["pieces"] | manifest["encoder"]
    for name, part in programs.items():
        assert sha256(bundle / part["file"]) == part["sha256"]
        assert not (bundle / part["file"]).is_symlink()
        assert [entry["name"] for entry in part["inputs"]] == list(PROGRAMS[name].inputs)
    assert set(manifest["files"]) == {*bundle_files(bundle)} - {"manifest.json", "SHA256SUMS"}
    for name, file in manifest["files"].items():
        assert sha256(bundle / name) == file["sha256"]


def test_the_bundle_has_the_runner_that_was_tried_and_its_licences(results, target):
    if target.endswith("-python"):
        assert not (results / "bundle/runner").exists()
        return
    runner = results / f"bundle/runner/{target}"
    done = subprocess.run([runner / "audiogen", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("audiogen ")
    licences = {path.stem for path in (runner / "licences").iterdir()}
    assert {"audiogen", "executorch", "sentencepiece", "pycryptodome", "libyaml"} <= licences
    assert {"miniaudio", "soxr", "soxr-LGPL"} <= licences


def test_the_archive_is_the_folder_the_same_each_time(results, tmp_path):
    write_archive(results / "bundle", "demo", str(tmp_path / "again.tar"))
    assert (results / "bundle.tar").read_bytes() == (tmp_path / "again.tar").read_bytes()


def test_the_model_card_has_metadata_that_the_hub_takes(results):
    from huggingface_hub import ModelCard

    card = ModelCard.load(results / "bundle/README.md")
    assert card.data.base_model == "local/demo"
    assert card.data.license == "cc0-1.0"
    assert card.data.pipeline_tag == "text-to-audio"
    manifest = json.loads((results / "bundle/manifest.json").read_text())
    assert manifest["made_by"]["command"].startswith("snakemake --cores 2 all")


def test_a_whole_build_fits_on_two_screens(built):
    """A line when a job starts and one when it ends, at most, and the summary at the end."""
    lines = built.printed.splitlines()
    ended = [line for line in lines if re.match(r"\S+ \[\d+/\d+\] ", line)]
    [total] = map(int, re.findall(r"^\S+ (\d+) jobs$", built.printed, re.MULTILINE))
    # The last one gathers what the others made.
    assert len(ended) == total - 1
    assert len(lines) < 2 * total + 50
    assert not [line for line in lines if "Reason:" in line or "Activating" in line]
    assert "| submodule | scheme | SNR dB |" in built.printed
    [log] = re.findall(r"^Complete log\(s\): (.*)$", built.printed, re.MULTILINE)
    assert "Reason: Missing output files" in Path(log).read_text()


def test_publish_uploads_the_bundle_when_it_is_asked_to(built, results, tmp_path):
    done = built.run("--cores", "1", *DEMO, "--", "publish")
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "no repository to publish to: set publish" in line
    (tmp_path / "served").mkdir()
    with UploadHub(tmp_path / "served", "hf_WriteWriteWrite") as hub:
        variables = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": hub.token}
        to = ("--config", "publish={repository: me/demo}")
        done = built.run("--cores", "1", *DEMO, *to, "--", "publish", **variables)
        assert done.returncode == 0, done.stdout
        assert f"{hub.endpoint}/me/demo/commit/{hub.sha}" in done.stdout
        assert set(hub.uploaded["me/demo"]) == {*bundle_files(results / "bundle")}
        assert hub.private["me/demo"]
        assert hub.token not in done.stdout


def test_programs_say_what_made_them_and_what_the_sound_is(results):
    """What loads them, the rate and length; and the mask is whole numbers, as in Arm's export."""
    from executorch.runtime import Runtime

    manifest = json.loads((results / "bundle/manifest.json").read_text())
    assert manifest["executorch"] == {"lowered_by": "1.5.1", "lowest": "1.1.0"}
    programs = manifest["submodules"] | manifest["pieces"] | manifest["encoder"]
    for part in programs.values():
        assert part["executorch"] == manifest["executorch"]
        program = Runtime.get().load_program(str(results / "bundle" / part["file"]))
        said = {
            name: program.load_method(name).execute([])[0]
            for name in program.method_names - {"forward"}
        }
        assert said == part["constants"]
        assert (said["sample_rate"], said["sample_size"]) == (44100, 524288)
    assert programs["autoencoder_tail"]["constants"]["overlap"] == 16
    dtypes = [output["dtype"] for output in programs["conditioners"]["outputs"]]
    assert dtypes == ["float32", "int64", "float32"]


def test_artifacts_have_the_shapes_that_arms_application_expects(results):
    from executorch.runtime import Runtime

    expected = {
        "conditioners": ([(1, 64), (1, 64), (1,)], [(1, 65, 768), (1, 65), (1, 768)]),
        "dit": ([(1, 64, 256), (1,), (1, 65, 768), (1, 768)], [(1, 64, 256)]),
        "autoencoder": ([(1, 64, 256)], [(2, 524288)]),
    }
    for submodule, (inputs, outputs) in expected.items():
        path = results / "bundle" / SUBMODULES[submodule].bundle_name
        metadata = Runtime.get().load_program(str(path)).metadata("forward")
        got = [tuple(metadata.input_tensor_meta(i).sizes()) for i in range(metadata.num_inputs())]
        assert got == inputs
        got = [tuple(metadata.output_tensor_meta(i).sizes()) for i in range(metadata.num_outputs())]
        assert got == outputs


def test_sounds_are_as_asked(built, results, target):
    prompts = yaml.safe_load((built.folder / "config/prompts.yaml").read_text())["smoke"]
    for name, entry in prompts.items():
        audio, rate = soundfile.read(results / f"smoke/{target}/{name}.wav", dtype="float32")
        assert rate == 44100
        assert audio.shape == (entry["seconds"] * 44100, 2)
        assert np.abs(audio).max() == pytest.approx(0.99, abs=1e-3)
        assert audio.std() > 0.01
        report = json.loads((results / f"smoke/{target}/{name}.json").read_text())
        assert report["prompt"] == entry["prompt"]
        assert report["seed"] == entry["seed"]
        assert report["machine"].startswith(target.removesuffix("-python"))
        ran = {*SUBMODULES, "total"} | ({"autoencoder_encoder"} if "input" in entry else set())
        assert set(report["timings_s"]) == ran
        for comparison in report["comparison"].values():
            assert comparison["snr_db"] >= comparison["gate_db"]


def test_each_program_is_one_delegate_with_nothing_that_computes_outside(results):
    for program in PROGRAMS:
        summary = json.loads((results / f"pte/{program}.int8.json").read_text())
        assert summary["delegates"] == 1
        outside = set(summary["undelegated"])
        # Copies of the mask and of the table's rows; the mask that is given out is whole numbers.
        of_text = {"aten::cat", "aten::embedding", "dim_order_ops::_to_dim_order_copy"}
        assert outside == (of_text if program == "conditioners" else set())


def test_the_pieces_decode_what_the_whole_decoder_does(results):
    """Both in int8, each with ranges of its own: as near to each other as to fp32."""
    from sao.generate.cases import load_cases
    from sao.generate.runtime import load_program
    from sao.score.metrics import snr_db

    bundle = results / "bundle"
    latent = load_cases(results / "held_out/autoencoder.safetensors")[1]["latent"]
    (whole,) = load_program([bundle / "autoencoder_model.pte"])(latent)
    (pieces,) = load_program([bundle / PROGRAMS[name].bundle_name for name in PIECES])(latent)
    assert whole.shape == pieces.shape
    assert snr_db(whole, pieces) > 20


def test_the_summary_names_what_was_made(built, results, target):
    text = (results / "summary.md").read_text()
    for name in ("dit.int8.pte", "bundle", f"smoke/{target}/birds.wav", "export.dit"):
        assert name in text
    assert re.search(r"\| dit \| int8 \| \d+\.\d \| 21\.0 \|", text)
    assert "| autoencoder_pieces | int8 |" in text
    assert f"Scored and generated on {target}, as the config says, target: " in text
    assert re.search(r"\| funky bass guitar loop 100BPM \| 0\.\d\d \| 1\.\d\d \|", text)


def test_provenance_records_the_lock(built, results):
    provenance = json.loads((results / "provenance.json").read_text())
    lock = json.loads((built.folder / "config/models/demo.json").read_text())
    assert provenance["model"] == lock["model"]
    assert provenance["text_encoder"] == lock["text_encoder"]
    assert provenance["submodules"]["dit"]["parameters"] > 1e6


def test_fetched_files_are_the_owners_alone(built, caches):
    for folder in (built.folder / "resources", built.folder / "results", caches / "outputs"):
        assert folder.stat().st_mode & 0o077 == 0
    fetched = [p for p in (built.folder / "resources").rglob("*") if p.is_file()]
    fetched = [p for p in fetched if "hub" not in p.parts]
    assert len(fetched) == 6
    found = (caches / "huggingface").rglob("blobs/*")
    blobs = [p for p in found if p.is_file() and p.suffix != ".incomplete"]
    # Those of other models too, where their tests have run.
    assert len(blobs) >= 6
    for path in fetched + blobs:
        assert path.stat().st_mode & 0o077 == 0, path


def test_one_line_says_where_environments_come_from(built):
    assert len(re.findall(r"^conda environments: .*$", built.printed, re.MULTILINE)) == 1


def test_a_second_run_does_nothing(built):
    assert "Nothing to be done" in built.build()


def test_the_lock_in_git_is_what_the_generator_makes(built):
    done = built.run("--cores", "1", *DEMO, "--", "lock")
    assert done.returncode == 0, done.stdout
    assert "config/models/demo.json: nothing changed" in done.stdout
    assert jobs(done.stdout) == {"Resolve the model's files and write config/models/demo.json"}
