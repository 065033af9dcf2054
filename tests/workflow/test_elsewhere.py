"""The workflow as a module of another one, and from another working directory."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading

import pytest
import yaml

from sao.caches import environments_folder
from support.checkout import DEMO, ROOT, jobs

HOST = """
import json
import os

rule first:
    output: "first.txt"
    shell: "touch {{output}}"


def settings():
    mask = os.umask(0o022)
    os.umask(mask)
    return {{
        "umask": mask,
        "environment": dict(os.environ),
        "conda_prefix": workflow.deployment_settings.conda_prefix,
        "default_target": workflow.default_target,
        "config": config["audio"],
        "cache": workflow.workflow_settings.cache,
    }}


config["audio"] = {config}
before = json.dumps(settings())


module audio:
    snakefile: {snakefile!r}
    prefix: "audio"
    config: config["audio"]


use rule * from audio as audio_*


with open("settings.json", "w") as file:
    json.dump([json.loads(before), settings()], file)
"""
PATHS = {
    "the one line at the root": ROOT / "Snakefile",
    "the workflow itself": ROOT / "workflow/Snakefile",
}


# Run by the Python that Snakemake has.
CHOSEN = """
import json, os, sys
sys.path.insert(0, "workflow")
from bootstrap.conda_choice import choose_conda
choose_conda()
print(json.dumps({k: v for k, v in os.environ.items() if k == "PATH" or k.startswith("CONDA_F")}))
"""


class Host:
    """Another workflow that has this one as its module `audio`, without a configuration file."""

    def __init__(self, folder, snakefile, **config):
        self.folder = folder
        demo = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
        text = HOST.format(snakefile=str(snakefile), config={**demo, "target": "python", **config})
        (folder / "Snakefile").write_text(text)

    def run(self, *arguments, **variables):
        """Run Snakemake as another workflow's user would: with no variable of ours."""
        left_out = ("HF_", "SNAKEMAKE_", "CONDA_FRONT_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        environment.pop("CI", None)
        return subprocess.run(
            [ROOT / ".venv/bin/snakemake", "--cores", "1", *arguments],
            cwd=self.folder,
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0o022,
        )


@pytest.fixture(params=PATHS)
def host(request, tmp_path):
    return Host(tmp_path, PATHS[request.param])


def test_a_module_builds_all_below_its_prefix(host):
    done = host.run("--dry-run", "audio_all")
    assert done.returncode == 0, done.stdout
    made = jobs(done.stdout)
    for kind in ("conditioners", "dit", "autoencoder"):
        assert f"Build audio/pte/{kind}.int8.pte" in made
    assert "Gather audio/bundle" in made
    # What the checkout has is taken from there.
    assert "Resolve the model's files" not in done.stdout


def test_a_module_changes_nothing_of_the_other_workflow(host):
    done = host.run("--dry-run")
    assert done.returncode == 0, done.stdout
    assert "rule first:" in done.stdout, "its own default target"
    before, after = json.loads((host.folder / "settings.json").read_text())
    # One variable of a name of ours, by which jobs know the target.
    after["environment"].pop("STABLE_AUDIO_TARGET")
    assert after == before
    assert before["umask"] == 0o022


def test_a_modules_rule_runs(host, built):
    for pattern in ("demo/*/model_config.json", "demo-t5/*/spiece.model"):
        [file] = (built.folder / "resources").glob(pattern)
        copy = host.folder / "audio" / file.relative_to(built.folder)
        copy.parent.mkdir(parents=True)
        shutil.copy(file.resolve(), copy)
    # The conda of that workflow's user: here, what stands in where there is none.
    chosen = json.loads(
        subprocess.check_output([ROOT / ".venv/bin/python", "-c", CHOSEN], cwd=ROOT)
    )
    conda = ("--software-deployment-method", "conda", "--conda-prefix", environments_folder())
    done = host.run(*conda, "--", "audio/results/demo/prompts.json", **chosen)
    assert done.returncode == 0, done.stdout
    checked = json.loads((host.folder / "audio/results/demo/prompts.json").read_text())
    assert checked == yaml.safe_load((ROOT / "config/prompts.yaml").read_text())
    record = host.folder / "audio/benchmarks/demo/check_prompts.json"
    assert json.loads(record.read_text())["made"] == ["audio/results/demo/prompts.json"]
    assert {path.name for path in host.folder.iterdir()} == {
        *("Snakefile", "settings.json", ".snakemake", "audio")
    }


def test_the_benchmark_of_a_module_finds_its_files(host):
    done = host.run("--dry-run", "audio_benchmark")
    assert done.returncode == 0, done.stdout
    assert "audio/results/demo/benchmark/summary.json" in done.stdout


def test_a_module_without_a_lock_would_make_it_in_the_host(tmp_path):
    host = Host(tmp_path, PATHS["the workflow itself"], lock="config/models/other.json")
    done = host.run("--dry-run", "audio_all")
    assert done.returncode == 0, done.stdout
    assert "Resolve the model's files and write config/models/other.json" in jobs(done.stdout)


def test_a_cache_of_the_host_that_others_can_enter_is_refused(host):
    shared = host.folder / "shared"
    shared.mkdir(mode=0o755)
    done = host.run("--dry-run", "audio_all", SNAKEMAKE_OUTPUT_CACHE=str(shared))
    assert done.returncode != 0
    assert f"{shared} is open to others" in done.stdout


def test_a_module_from_the_network_is_one_line(tmp_path):
    """As `github(...)` is: Snakemake reads the rules from there, and no module of a script."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/workflow/Snakefile"
        done = Host(tmp_path, address).run("--dry-run", "audio_all")
        server.shutdown()
    assert done.returncode != 0
    [line] = [line for line in done.stdout.splitlines() if "clone the repository" in line]
    assert "name the path of its workflow/Snakefile" in line


@pytest.mark.parametrize("chosen", ["--snakefile", "--directory"])
def test_another_working_directory_has_the_results(tmp_path, chosen):
    """With the configuration, the prompts and the lock that lie beside the workflow."""
    value, where = {
        "--snakefile": (ROOT / "Snakefile", tmp_path),
        "--directory": (tmp_path, ROOT),
    }[chosen]
    command = [ROOT / ".venv/bin/snakemake", "--dry-run", chosen, value]
    command += ["--configfile", ROOT / DEMO[1], "--", "all"]

    def dry_run():
        return subprocess.run(
            command, cwd=where, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    done = dry_run()
    assert done.returncode == 0, done.stdout
    made = jobs(done.stdout)
    assert "Build pte/dit.int8.pte" in made
    assert not any(message.startswith("Resolve") for message in made)
    # What lies in that folder goes before.
    (tmp_path / "config").mkdir()
    (tmp_path / "config/prompts.yaml").write_text("smoke: {}")
    done = dry_run()
    assert done.returncode != 0
    assert "\nconfig/prompts.yaml: $" in done.stdout
