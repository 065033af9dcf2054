"""The demo with its results and the cache in S3, by Snakemake's storage plugin on a real server."""

import platform

import pytest

from sao.files import read_json, sha256
from support.checkout import DEMO, Checkout
from support.s3 import SECRET, s3


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="module")
def filled(built, tmp_path_factory):
    """The cache that another runner has filled."""
    return built.copy_outputs(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="module")
def runner_host(filled, server, tmp_path_factory):
    """A CI runner that has nothing, and that cache; other sounds."""
    server.put("shared", "cache", filled)
    checkout = Checkout.make(tmp_path_factory.mktemp("runner"), tmp_path_factory.mktemp("none"))
    checkout.edit("config/prompts.yaml", "seed: 11\n", "seed: 1001\n")
    checkout.variables = {**server.variables, "SNAKEMAKE_OUTPUT_CACHE": "s3://shared/cache"}
    done = checkout.run(
        *("--cores", "4", "--profile", "profiles/ci", "--keep-storage-local-copies", *DEMO),
        *("--default-storage-provider", "s3", "--default-storage-prefix", "s3://shared/run"),
        *("--", "all"),
    )
    assert done.returncode == 0, done.stdout[-6000:]
    checkout.printed = done.stdout
    return checkout


def local(checkout, path):
    return checkout.folder / ".snakemake/storage/s3/shared/run" / path


def test_what_one_runner_built_another_takes_from_the_bucket(runner_host):
    ran = {path.stem for path in local(runner_host, "benchmarks/demo").iterdir()}
    other_prompt = f"smoke.{platform.machine()}.birds"
    # These are never in the cache.
    cheap = {"check_prompts", "bundle", "summary", "report", f"compare_sound.{platform.machine()}"}
    assert ran == {*cheap, other_prompt}


def test_results_are_in_the_bucket_and_the_same(runner_host, server, built, tmp_path):
    names = server.list("shared", "run/results/demo/bundle/")
    programs = [name for name in names if name.endswith(".pte")]
    assert len(programs) == 6
    for name in programs:
        theirs = sha256(server.get("shared", name, tmp_path / "program"))
        assert theirs == sha256(built.folder / name.removeprefix("run/"))
    assert not (runner_host.folder / "results").exists()


def test_the_new_sound_is_made_by_what_came_from_the_bucket(runner_host, server, tmp_path):
    sounds = f"run/results/demo/smoke/{platform.machine()}/"
    names = [name for name in server.list("shared", sounds) if "compare" not in name]
    reports = [name for name in names if name.endswith(".json")]
    seeds = [read_json(server.get("shared", name, tmp_path / "report"))["seed"] for name in reports]
    assert 1001 in seeds
    assert len(names) == 2 * len(seeds)


def test_what_was_made_on_the_way_is_in_the_cache_for_the_next(runner_host, server, filled):
    before = {path.name for path in filled.iterdir()}
    now = {name.split("/")[1] for name in server.list("shared", "cache/")}
    # The sound, its report, and nothing twice.
    assert before < now
    assert {name.rpartition(".")[2] for name in now - before} == {"wav", "json"}


def test_the_keys_to_the_bucket_are_in_nothing_that_the_run_writes(runner_host):
    assert SECRET not in runner_host.printed
    for path in runner_host.folder.rglob("*"):
        if path.is_file() and not path.is_relative_to(runner_host.folder / "tests"):
            assert SECRET.encode() not in path.read_bytes(), path


def test_the_log_of_a_runner_is_calm(runner_host):
    assert "\x1b[" not in runner_host.printed
    assert "Reason:" not in runner_host.printed
    assert "Command: " not in runner_host.printed
    assert "Gather " in runner_host.printed
