"""What checkouts share."""

import os

import pytest

from support.checkout import Checkout, jobs
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


@pytest.fixture(scope="module")
def mended(built, tmp_path_factory):
    """A clone of caches of its own, where one of verify's four outputs is gone."""
    folder = tmp_path_factory.mktemp("mended")
    outputs = built.copy_outputs(folder / "caches")
    next(outputs.glob("*_dit.safetensors")).unlink()
    checkout = Checkout.make(folder / "checkout", folder / "caches")
    checkout.build()
    return checkout


def test_a_lost_cache_entry_is_made_again(mended):
    """All that the job makes is made anew, and none links to itself."""
    weights = sorted((mended.folder / "results/demo/weights").iterdir())
    assert [path.resolve().stat().st_size > 0 for path in weights] == [True] * 3


def test_what_broke_is_made_anew_at_once_though_all_that_follows_is_there(mended, target):
    program = mended.folder / "results/demo/exported/dit.pt2"
    before, artifacts = program.read_bytes(), of_artifacts(mended, "demo")
    os.truncate(program.resolve(), 1000)
    printed = mended.build().replace("results/demo/", "")
    assert printed.count("exported/dit.pt2: in the cache it has 1000 bytes in place of") == 1
    # What follows is taken from the cache, or gathered again where it is never in it.
    made = {job for job in jobs(printed) if f"{job}: from the cache" not in printed}
    assert made == {
        *("Export dit", "Gather bundle", "Write summary.md", "Write report.html"),
        f"Compare the sounds of held-out prompts with eager fp32 on {target}",
    }
    assert program.read_bytes() == before
    assert of_artifacts(mended, "demo") == artifacts
    assert "Nothing to be done" in mended.build()
