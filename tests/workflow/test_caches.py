"""What checkouts share, and what two separate builds have in common."""

import shutil
from platform import machine

import pytest

from sao.files import read_json, sha256
from sao.submodules import SUBMODULES
from support.checkout import Checkout


@pytest.fixture(scope="module")
def second(built, tmp_path_factory):
    """A second clone, built offline from the first one's caches."""
    checkout = Checkout.make(tmp_path_factory.mktemp("second"), built.caches)
    # huggingface_hub then refuses to ask any server, so what it needs must be in its cache.
    checkout.build(HF_HUB_OFFLINE="1")
    return checkout


def artifacts(checkout):
    return {
        path.name: sha256(path) for path in sorted((checkout.folder / "results").rglob("*.pte"))
    }


def test_a_second_clone_builds_no_artifact_again(second, target):
    ran = {path.stem for path in (second.folder / "benchmarks/demo").iterdir()}
    pages = {"summary", "report", f"compare_sound.{target}"}
    assert ran == {"check_prompts", "bundle"} | pages


def test_a_second_clone_gets_the_same_artifacts(built, second):
    assert artifacts(second) == artifacts(built)


def test_separate_builds_give_the_same_bytes(built, tmp_path):
    """Another folder, other caches, in another order: the .pte files are identical.

    Without the runner, as on a machine without a C++ compiler.
    """
    other = Checkout.make(tmp_path / "another/folder", tmp_path / "caches", target="python")
    other.build("--cores", "1")
    ran = {path.stem for path in (other.folder / "benchmarks/demo").iterdir()}
    assert {f"build.{submodule}.int8" for submodule in SUBMODULES} <= ran
    assert artifacts(other) == artifacts(built)
    for path in (built.folder / "results/demo/held_out").iterdir():
        assert sha256(other.folder / "results/demo/held_out" / path.name) == sha256(path)
    assert not {"runner"} & {path.name for path in (other.folder / "results").iterdir()}
    report = read_json(other.folder / f"results/demo/smoke/{machine()}-python/birds.json")
    assert "torch" in report["versions"]
    assert report["threads"] == 1
    assert "-python, as the config says" in (other.folder / "results/demo/summary.md").read_text()


def test_a_lost_cache_entry_is_made_again(built, tmp_path):
    """One of verify's four cached outputs is gone: all are made anew, and none links to itself."""
    caches = tmp_path / "caches"
    shutil.copytree(built.caches, caches, symlinks=True)
    next((caches / "outputs").glob("*_dit.safetensors")).unlink()
    checkout = Checkout.make(tmp_path / "checkout", caches)
    checkout.build()
    weights = sorted((checkout.folder / "results/demo/weights").iterdir())
    assert [path.resolve().stat().st_size > 0 for path in weights] == [True] * 3
