"""The frame around the scripts, in a process of its own, as Snakemake runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sao.stage import TOKENS, record_file

SCRIPT = """
import os, sys
from types import SimpleNamespace
sys.path.insert(0, {scripts!r})
from sao.errors import BuildError
from sao.offline import forbid_network
from sao.stage import stage
snakemake = SimpleNamespace(log=["logs/demo/x.log"], rule="x", input=[], output=["made"])
with stage(snakemake, {options}) as terminal:
    print("to the log"); os.write(1, b"from a library\\n")
    {body}
    open("made", "w").close()
"""


@pytest.fixture
def run(tmp_path, root):
    (tmp_path / "logs/demo").mkdir(parents=True)

    def run(body: str, options: str = "") -> subprocess.CompletedProcess:
        scripts = str(root / "workflow/scripts")
        script = SCRIPT.format(scripts=scripts, body=body, options=options)
        command = [sys.executable, "-c", script]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_output_goes_to_the_log_and_files_are_the_owners(run, tmp_path):
    done = run("print('to a person', file=terminal)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "to a person\n")
    log = (tmp_path / "logs/demo/x.log").read_text()
    assert "to the log" in log
    assert "from a library" in log
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
    measured = json.loads((tmp_path / "benchmarks/demo/x.json").read_text())
    assert measured["peak_mb"] > 1
    assert measured["made"] == ["made"]


@pytest.mark.parametrize(
    ("log", "record"),
    [
        ("logs/demo/x.int8.log", "benchmarks/demo/x.int8.json"),
        ("module/logs/demo/x.log", "module/benchmarks/demo/x.json"),
        (".snakemake/storage/s3/b/logs/x.log", ".snakemake/storage/s3/b/benchmarks/x.json"),
    ],
)
def test_what_a_job_took_lies_beside_the_logs(log, record):
    assert record_file(log) == Path(record)


CHILD = """
import subprocess, sys
code = "import time; a = bytearray(200_000_000)\\nwhile time.process_time() < 1: pass"
subprocess.run([sys.executable, "-c", code], check=True)
"""


def test_what_children_took_counts(run, tmp_path):
    run(f"exec({CHILD!r})")
    measured = json.loads((tmp_path / "benchmarks/demo/x.json").read_text())
    assert measured["cpu_s"] >= 1
    assert 200 <= measured["peak_mb"] < 300


def test_what_started_the_job_does_not_count(run, tmp_path):
    """On Linux a process inherits the peak of the one that it was forked from."""
    large = bytearray(300_000_000)
    run("pass")
    del large
    measured = json.loads((tmp_path / "benchmarks/demo/x.json").read_text())
    assert 1 < measured["peak_mb"] < 100


def test_the_token_is_for_stages_that_ask_for_it(run, tmp_path, monkeypatch):
    for name in TOKENS:
        monkeypatch.setenv(name, "hf_Secret")
    body = "import subprocess; subprocess.run('env'); print(os.environ)"
    run(body)
    log = (tmp_path / "logs/demo/x.log").read_text()
    assert "PATH=" in log
    assert "hf_Secret" not in log
    run(body, "with_token=True")
    assert "HF_TOKEN=hf_Secret" in (tmp_path / "logs/demo/x.log").read_text()


def test_only_what_talks_to_the_hub_asks_for_the_token(root):
    scripts = (root / "workflow/scripts").glob("*.py")
    asking = {path.stem for path in scripts if "with_token=True" in path.read_text()}
    assert asking == {"lock", "fetch", "publish"}


def test_a_build_error_is_one_line(run, tmp_path):
    done = run("raise BuildError('a.pte: too small; make it larger')")
    assert done.returncode == 1
    assert done.stderr == "Error in x: a.pte: too small; make it larger (log: logs/demo/x.log)\n"
    assert "Traceback" in (tmp_path / "logs/demo/x.log").read_text()
    assert not (tmp_path / "benchmarks").exists()


def test_any_other_error_is_one_line_that_names_the_log(run):
    done = run("raise ValueError('first\\nsecond')")
    assert done.stderr == "Error in x: ValueError: first (log: logs/demo/x.log)\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "raise OSError(28, 'No space left on device', 'a.pte')",
            "the disk is full; make room, and",
        ),
        (
            "raise RuntimeError('I/O error: No space left on device (os error 28)')",
            "the disk is full",
        ),
        (
            "bytearray(10**14)",
            "memory ran out; fewer jobs at once (--cores, or --resources mem_mb=",
        ),
        ("raise RuntimeError('x: can\\'t allocate memory: 4 bytes')", "memory ran out; fewer jobs"),
    ],
)
def test_where_disk_or_memory_ran_out_it_says_what_to_do(run, body, said):
    done = run(body)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error in x: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_memory_that_is_limited_for_real(run):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (400_000_000,) * 2)"
    done = run(f"{limit}; held = [bytes(50_000_000) for _ in range(20)]")
    assert done.stderr.startswith("Error in x: memory ran out; fewer jobs at once")


def test_a_stage_that_may_not_use_the_network_fails_when_it_does(run):
    body = "forbid_network(); import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/x')"
    done = run(body)
    assert done.returncode == 1
    assert "may not use the network" in done.stderr
    assert "127.0.0.1" in done.stderr


def test_a_run_that_shows_errors_itself_finds_them_in_the_log(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SAO_CONSOLE", "plain")
    done = run("raise BuildError('a.pte: too small; make it larger')")
    assert (done.returncode, done.stderr) == (1, "")
    log = (tmp_path / "logs/demo/x.log").read_text()
    assert log.splitlines()[-1] == (
        "Error in x: a.pte: too small; make it larger (log: logs/demo/x.log)"
    )


def test_lines_for_a_person_replace_the_line_of_running_jobs(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SAO_CONSOLE", "terminal")
    done = run("from sao.progress import show; show('step 1/2'); print('so', file=terminal)")
    assert done.stderr == "\n\033[Kso\n"  # universal newlines take \r for one
    assert (tmp_path / "logs/demo/x.log.progress").read_text() == "step 1/2"
