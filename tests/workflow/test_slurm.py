"""The demo on a real Slurm of one node, through profiles/slurm."""

import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from sao.files import sha256
from sao.target.targets import CROSS_COMPILER, EMULATORS, HANDED
from support.checkout import DEMO, NATIVE, Checkout
from support.remote import TOKEN
from support.slurm import FEATURE, slurm

ARGUMENTS = (
    *("--profile", "profiles/slurm"),
    # There is no accounting here, and no time to lose.
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--latency-wait", "5"),
    *("--set-resources", f"smoke_on_target:constraint={FEATURE}"),
    *DEMO,
)
HERE = {"fetch", "check_prompts", "bundle", "report", "summary"}


@pytest.fixture(scope="module")
def cluster():
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    with slurm(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def path_without_an_emulator(tmp_path_factory):
    """A PATH for the head node: a node that looks for tools itself would take another target."""
    folder = tmp_path_factory.mktemp("head")
    hidden = {CROSS_COMPILER, *EMULATORS}
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            if program.name not in hidden and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return str(folder)


@pytest.fixture(scope="module")
def ran(built, cluster, path_without_an_emulator, tmp_path_factory):
    """The demo on the cluster. What takes long is in the cache; the sounds are made, twice."""
    checkout = Checkout.make(tmp_path_factory.mktemp("ran"), built.caches, target="auto")
    # As a job that needs more than it asks for at first.
    checkout.edit(
        "workflow/scripts/smoke_on_target.py",
        "    prompt = snakemake.params.prompt\n",
        "    prompt = snakemake.params.prompt\n    assert snakemake.resources.mem_mb >= 2000\n",
    )
    checkout.variables = {
        **cluster.variables,
        "PATH": f"{cluster.folder}/bin:{path_without_an_emulator}",
        "HF_TOKEN": TOKEN,
    }
    planned = checkout.run("--dry-run", *DEMO, "--", "all")
    done = checkout.run(*ARGUMENTS, "--", "all")
    logs = [path.read_text() for path in checkout.folder.glob(".snakemake/slurm_logs/**/*.log")]
    assert done.returncode == 0, done.stdout[-6000:] + "".join(logs)[-6000:]
    checkout.printed = planned.stdout + done.stdout
    return checkout


def planned(ran):
    """Return how many jobs of each rule there were to run."""
    listed = re.findall(r"^(\w+) +(\d+)$", ran.printed, re.MULTILINE)
    return {rule: int(number) for rule, number in listed if rule != "total"}


def of(cluster, rule):
    return [job for job in cluster.jobs() if job.rule == rule]


def test_each_job_but_the_small_ones_is_a_job_of_slurms(ran, cluster):
    assert set(planned(ran)) > HERE
    done = [job.rule for job in cluster.jobs() if job.state == "COMPLETED"]
    assert {rule: done.count(rule) for rule in set(done)} == {
        rule: number for rule, number in planned(ran).items() if rule not in HERE | {"all"}
    }


def test_the_artifacts_are_those_of_one_machine(ran, built):
    def programs(checkout):
        found = (checkout.folder / "results/demo/bundle").glob("*.pte")
        return {path.name: sha256(path) for path in found}

    assert programs(ran) == programs(built)
    assert len(programs(ran)) == 6


def test_nodes_take_from_the_cache_what_is_there(ran, built):
    for name in ("exported/dit.pt2", "pte/dit.int8.pte"):
        path = Path("results/demo", name)
        assert (ran.folder / path).resolve() == (built.folder / path).resolve()


def test_a_job_that_fails_is_tried_again_with_more(ran, cluster):
    # By what it reads: a sound to start from adds some MB.
    tries = [
        (job.state, round(job.memory_mb, -2), job.minutes) for job in of(cluster, "smoke_on_target")
    ]
    sounds = planned(ran)["smoke_on_target"]
    assert sorted(tries) == [("COMPLETED", 2000, 40)] * sounds + [("FAILED", 1000, 20)] * sounds
    made = {path.name for path in (ran.folder / "results/demo/smoke").rglob("*.wav")}
    assert len(made) == sounds
    assert {"birds.wav", "house-arpeggios.wav"} < made


def test_jobs_ask_for_what_was_measured(cluster, ran):
    for job in cluster.jobs():
        assert 500 <= job.memory_mb <= 3000, job
        assert 10 <= job.minutes <= 40, job
    assert {job.minutes for job in of(cluster, "build")} == {30}


def test_a_constraint_chooses_the_nodes_that_make_the_sounds(ran, cluster):
    asked = {job.rule for job in cluster.jobs() if job.feature == FEATURE}
    assert asked == {"smoke_on_target"}


def test_the_target_is_the_head_nodes(ran, cluster):
    assert NATIVE == "native", "Debian's packages of the tests have a C++ compiler"
    assert f"target {platform.machine()}: this machine itself" in ran.printed
    assert [path.name for path in (ran.folder / "results/demo/smoke").iterdir()] == [
        platform.machine()
    ]
    assert all(f"{HANDED}=" in environment for environment in cluster.seen())


def test_the_token_stays_on_the_head_node(ran, cluster):
    assert cluster.seen()
    written = [path for path in cluster.folder.rglob("*") if path.is_file()]
    written += (ran.folder / ".snakemake").rglob("*.log")
    for path in written:
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_finished_build_has_nothing_to_do(ran):
    done = ran.run(*ARGUMENTS, "--", "all")
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout
