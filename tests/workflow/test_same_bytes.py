"""Every machine makes the same artifacts, with whatever kernels, in whatever folder and order."""

from platform import machine

import pytest

from sao.files import read_json, sha256
from sao.papers.archive import bundle_files
from sao.submodules import SUBMODULES
from support.checkout import DEMO, ROOT, Checkout
from support.hashes import WITHOUT, decisions, forget_decisions, of_artifacts, recorded


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The demo's bundle, made in another folder, of other caches, one job at a time, without AVX.

    Its precision is decided there. Without the runner, as on a machine without a C++ compiler.
    """
    folder = tmp_path_factory.mktemp("other")
    checkout = Checkout.make(folder / "another/folder", folder / "caches", target="python")
    forget_decisions(checkout, "demo")
    done = checkout.run("--cores", "1", *DEMO, "--", "results/demo/bundle", **WITHOUT["avx"])
    assert done.returncode == 0, done.stdout[-6000:]
    return checkout


def test_the_artifacts_are_those_that_are_recorded(built):
    """From the committed precision; on this machine as on any."""
    assert of_artifacts(built, "demo/pte") == recorded("demo")
    assert not (built.folder / "results/demo/precision").exists()


def test_without_the_committed_precision_the_same_is_decided(other):
    committed = decisions(ROOT / "config/precision/demo")
    assert decisions(other.folder / "results/demo/precision") == committed
    assert len(committed) == 4
    calls = {path.name for path in (other.folder / "results/demo/calibration").iterdir()}
    assert calls == {"conditioners.safetensors", "dit.safetensors"}


def test_other_kernels_make_the_same_artifacts(other):
    ran = {path.stem for path in (other.folder / "benchmarks/demo").iterdir()}
    assert {f"build.{submodule}.int8" for submodule in SUBMODULES} <= ran
    assert of_artifacts(other, "demo/pte") == recorded("demo")


def test_bundles_differ_in_the_runner_and_in_what_names_it(built, other):
    here, there = (checkout.folder / "results/demo/bundle" for checkout in (built, other))
    same = {
        name
        for name in bundle_files(there)
        if (here / name).exists() and sha256(here / name) == sha256(there / name)
    }
    names_the_runner = {"README.md", "NOTICE", "manifest.json", "components.cdx.json", "SHA256SUMS"}
    assert {*bundle_files(there)} - same <= names_the_runner
    assert {name for name in same if name.endswith(".pte")} == {
        path.name for path in here.glob("*.pte")
    }


def test_without_a_compiler_the_smoke_generation_runs_in_python(built, other, tmp_path):
    assert not (other.folder / "results/runner").exists()
    copy = built.copy(tmp_path / "copy")
    made = f"results/demo/smoke/{machine()}-python/birds.json"
    done = copy.run("--cores", "1", *DEMO, "--config", "target=python", "--", made)
    assert done.returncode == 0, done.stdout[-6000:]
    report = read_json(copy.folder / made)
    assert "torch" in report["versions"]
    assert report["threads"] == 1
