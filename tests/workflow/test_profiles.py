"""What the profiles set, and that of CI at work."""

import json

import yaml

from support.checkout import ROOT, error_lines
from support.remote import REMOTE

LOCK = "config/models/demo.json"


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text())


def test_no_profile_sets_what_the_default_sets():
    """The default loads beside each, and would go before."""
    names = {path.name for path in (ROOT / "profiles").iterdir()}
    assert names == {"default", "slurm", "ci", "kubernetes"}
    for name in names - {"default"}:
        assert not set(profile(name)) & set(profile("default")), name


def test_the_catalogs_file_is_as_the_catalog_asks():
    content = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert set(content) == {"usage"}
    flags = content["usage"]["mandatory-flags"]
    assert isinstance(flags["flags"], str)
    assert "module" in flags["desc"]
    assert content["usage"]["software-stack-deployment"] == {"conda": True, "report": True}
    for path in ("workflow/Snakefile", "config/README.md"):
        assert (ROOT / path).exists(), "standardized usage"


def test_a_job_that_fails_on_a_runner_is_tried_twice_and_says_why(world):
    lock = json.loads((world.folder / LOCK).read_text())["model"]
    del world.variables["HF_TOKEN"]
    target = f"resources/demo/{lock['commit']}/model.ckpt"
    done = world.run("--cores", "1", "--profile", "profiles/ci", *REMOTE, "--", target)
    assert done.returncode != 0
    # One line each time, after what else its log has.
    assert done.stdout.count("gated and there is no token") == 2
    assert len(error_lines(done.stdout)) == 2
    assert done.stdout.count("Traceback") == 2
    assert done.stdout.count("Trying to restart") == 1


def test_on_a_runner_a_missing_lock_stops_the_run(world):
    (world.folder / LOCK).unlink()
    # What a command line says of the config takes the place of what a profile says.
    arguments = ("--profile", "profiles/ci", "--configfile", "config/demo.yaml")
    done = world.run("--cores", "1", *arguments, "--", "all")
    assert done.returncode != 0
    assert f"{LOCK} is missing, and `locked` is set" in done.stdout
    assert not (world.folder / LOCK).exists()
