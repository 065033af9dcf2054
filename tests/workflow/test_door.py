"""How a build starts: without conda, without a lock, from files that are here already."""

import re
import shutil

import pytest

from sao.files import read_json
from support.checkout import DEMO, ROOT, Checkout, error_lines, jobs
from support.hashes import forget_decisions
from support.remote import REMOTE, VERIFIED

LOCK = "config/models/demo.json"


@pytest.fixture
def copy(built, tmp_path):
    """The finished build, copied."""
    return built.copy(tmp_path / "copy")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--dry-run", *DEMO, "--", "all"),
        ("--report", "report.html", *DEMO, "--", "all"),
        ("--lint", *DEMO),
        ("--unlock", *DEMO),
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_that_builds_nothing_needs_a_conda(copy, arguments):
    assert shutil.which("conda") is None, "this test is about machines without one"
    done = copy.run(*arguments)
    assert done.returncode == 0, done.stdout
    assert "conda environments: by py-rattler and uv (no conda on the PATH)" in done.stdout
    if arguments[0] == "--report":
        assert (copy.folder / "report.html").stat().st_size > 100_000


def test_the_line_about_conda_is_said_once(built):
    assert built.printed.count("conda environments: ") == 1


def test_the_first_run_makes_the_lock_and_goes_on(world):
    """As Cargo does: shown, written, used; and never made anew by itself."""
    committed = (world.folder / LOCK).read_bytes()
    (world.folder / LOCK).unlink()
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode == 0, done.stdout
    assert (world.folder / LOCK).read_bytes() == committed
    for source in read_json(world.folder / LOCK).values():
        for name, pin in source["files"].items():
            [line] = [line for line in done.stdout.splitlines() if line.startswith(f"  {name}: ")]
            assert (pin.get("sha256") or pin["git_blob"]) in line
    assert f"{LOCK} decides from now on" in done.stdout
    assert "commit it" in done.stdout
    asked = len(world.hub.requests)

    world.edit("workflow/scripts/lock.py", "# Not at all", "# Not  at all")
    world.edit("workflow/scripts/sao/hub/resolving.py", "import annotations", "import  annotations")
    world.edit("envs/lock.yaml", "channels:", "# x\nchannels:")
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode == 0, done.stdout
    assert jobs(done.stdout) == set()
    assert (world.folder / LOCK).read_bytes() == committed
    assert len(world.hub.requests) == asked


def test_a_dry_run_without_a_lock_says_that_it_would_be_made(world):
    (world.folder / LOCK).unlink()
    done = world.run("--dry-run", *REMOTE, "--", "all")
    assert done.returncode == 0, done.stdout
    assert f"Resolve the model's files and write {LOCK}" in jobs(done.stdout)
    assert not (world.folder / LOCK).exists()
    assert world.hub.requests == []


@pytest.mark.parametrize(
    ("config", "variables", "why"),
    [((), {"CI": "true"}, "CI is set"), (("locked=True",), {}, "`locked` is set")],
)
def test_where_nothing_may_be_trusted_unseen_a_missing_lock_stops_the_run(
    world, config, variables, why
):
    (world.folder / LOCK).unlink()
    done = world.run("--cores", "2", *REMOTE, *config, "--", VERIFIED, **variables)
    assert done.returncode != 0
    [line] = [line for line in done.stdout.splitlines() if "is missing" in line]
    assert f"{LOCK} is missing, and {why}" in line
    assert "snakemake --cores 2 lock --configfile config/demo.yaml" in line
    assert not (world.folder / LOCK).exists()
    assert world.hub.requests == []


def test_what_cannot_be_built_from_is_not_written_and_the_next_run_is_free(world):
    (world.folder / LOCK).unlink()
    checkpoint = world.repositories / "local/demo/model.ckpt"
    checkpoint.rename(checkpoint.with_suffix(".gone"))
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert f"{LOCK} was not written" in line
    assert "model.files has no model.ckpt" in line
    assert not (world.folder / LOCK).exists()


def test_a_lock_that_was_spoilt_is_never_used(world):
    world.edit(LOCK, '"size"', '"sise"')
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode != 0
    [line] = [line for line in done.stdout.splitlines() if LOCK in line]
    assert "snakemake --cores 2 lock --configfile config/demo.yaml" in line
    assert world.hub.requests == []


def from_folders(world):
    """Let both sources be folders of the user's, with nothing else to get at them by."""
    folders = {role: world.repositories / f"local/{name}" for role, name in ROLES.items()}
    for role, name in ROLES.items():
        world.edit(
            "config/demo.yaml",
            f"repository: local/{name}\n",
            f"repository: local/{name}\n    folder: {folders[role]}\n",
        )
    del world.variables["HF_TOKEN"]
    world.variables["HF_HUB_OFFLINE"] = "1"


ROLES = {"model": "demo", "text_encoder": "demo-t5"}


@pytest.mark.parametrize("pinned_by", ["the Hub", "the folder"])
def test_files_that_are_here_already_are_built_without_token_and_network(world, built, pinned_by):
    from_folders(world)
    if pinned_by == "the folder":
        (world.folder / LOCK).unlink()
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode == 0, done.stdout
    assert world.hub.requests == []
    [checkpoint] = (world.folder / "resources/demo").glob("*/model.ckpt")
    assert checkpoint.resolve() == world.repositories / "local/demo/model.ckpt"
    provenance = read_json(world.folder / VERIFIED)
    assert ("content" in provenance["model"]) == (pinned_by == "the folder")
    for submodule in ("conditioners", "dit", "autoencoder"):
        weights = f"results/demo/weights/{submodule}.safetensors"
        assert (world.folder / weights).read_bytes() == (built.folder / weights).read_bytes()


def test_a_folder_that_lacks_a_file_is_one_line(world):
    from_folders(world)
    (world.repositories / "local/demo/model.ckpt").unlink()
    done = world.run("--cores", "2", *REMOTE, "--", VERIFIED)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "local/demo/model.ckpt: not there; download model.ckpt of local/demo" in line


def test_the_rule_graph_of_the_readme_is_that_of_the_rules(tmp_path):
    """Of a model whose precision is not committed."""
    checkout = Checkout.make(tmp_path / "checkout", tmp_path / "caches")
    forget_decisions(checkout, "demo")
    done = checkout.run("--rulegraph", "mermaid-js", *DEMO, "--", "all")
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", done.stdout, re.MULTILINE))
    edges = re.findall(r"^\s*(id\d+) --> (id\d+)", done.stdout, re.MULTILINE)
    text = (ROOT / "README.md").read_text()
    drawn = re.findall(r"^\s*(\w+) --> (\w+)$", text, re.MULTILINE)
    assert {(names[a], names[b]) for a, b in edges} == set(drawn)
