"""What checkouts share."""

import shutil

import pytest

from support.checkout import Checkout
from support.hashes import of_artifacts


@pytest.fixture(scope="module")
def second(built, tmp_path_factory):
    """A second clone, built offline from the first one's caches."""
    checkout = Checkout.make(tmp_path_factory.mktemp("second"), built.caches)
    # huggingface_hub then refuses to ask any server, so what it needs must be in its cache.
    checkout.build(HF_HUB_OFFLINE="1")
    return checkout


def test_a_second_clone_builds_no_artifact_again(second, target):
    ran = {path.stem for path in (second.folder / "benchmarks/demo").iterdir()}
    pages = {"summary", "report", f"compare_sound.{target}"}
    assert ran == {"check_prompts", "bundle"} | pages


def test_a_second_clone_gets_the_same_artifacts(built, second):
    assert of_artifacts(second, "demo") == of_artifacts(built, "demo")


def test_a_lost_cache_entry_is_made_again(built, tmp_path):
    """One of verify's four cached outputs is gone: all are made anew, and none links to itself."""
    caches = tmp_path / "caches"
    shutil.copytree(built.caches, caches, symlinks=True)
    next((caches / "outputs").glob("*_dit.safetensors")).unlink()
    checkout = Checkout.make(tmp_path / "checkout", caches)
    checkout.build()
    weights = sorted((checkout.folder / "results/demo/weights").iterdir())
    assert [path.resolve().stat().st_size > 0 for path in weights] == [True] * 3
