"""The conda front, by the calls that Snakemake makes, and the choice between it and conda."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from sao.stage import TOKENS
from support.checkout import ROOT

FRONT = ROOT / "workflow/bootstrap"
PYTHON = ROOT / ".venv/bin/python"
# What this file tests lives in the virtual environment that runs Snakemake, not in the tests' own.
ALIAS = """
import sys; sys.path.insert(0, {workflow!r})
import os
from bootstrap.local_channel import channel_alias
print(channel_alias(), flush=True)
os._exit(0)  # py-rattler can crash an ordinary exit
"""
VARIABLES = """
import json, sys; sys.path.insert(0, {workflow!r})
from bootstrap.conda_choice import front_variables
print(json.dumps(front_variables()))
"""
PLATFORM = "import os, rattler; print(rattler.Subdir.current(), flush=True); os._exit(0)"


@pytest.fixture(scope="module")
def conda(tmp_path_factory):
    """Call `conda` as Snakemake does, with packages from a channel made here."""
    cache = {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    variables = json.loads(python(VARIABLES, **cache)) | cache
    variables["CONDA_CHANNEL_ALIAS"] = python(ALIAS, **cache).strip()

    def call(*arguments, **more):
        command = ["conda", *arguments]
        return subprocess.run(
            command, env=os.environ | variables | more, capture_output=True, text=True
        )

    return call


def python(code, **variables):
    """Return what code prints in the virtual environment that runs Snakemake."""
    command = [PYTHON, "-c", code.format(workflow=str(ROOT / "workflow"))]
    return subprocess.check_output(command, env=os.environ | variables, text=True)


def test_snakemakes_questions_are_answered(conda):
    assert conda("--version").stdout == "conda 24.7.1\n"
    info = json.loads(conda("info", "--json").stdout)
    assert Path(info["conda_prefix"], "bin/activate").exists()
    assert info["platform"] == python(PLATFORM).strip()
    priority = json.loads(conda("config", "--get", "channel_priority", "--json").stdout)
    assert priority["get"]["channel_priority"] == "strict"
    assert conda("clean", "-y", "--tarballs").returncode == 0


def test_other_calls_are_refused(conda):
    done = conda("install", "numpy")
    assert done.returncode != 0
    assert "no such call here: conda install numpy" in done.stderr


def create(conda, tmp_path, lines):
    file, prefix = tmp_path / "env.yaml", tmp_path / "env"
    text = "channels: [conda-forge]\ndependencies:\n  - python =3.11\n  - pip =26.3\n  - pip:\n"
    file.write_text(text + "".join(f"      - {line}\n" for line in lines))
    options = ("--quiet", "--no-default-packages", "--file", str(file), "--prefix", str(prefix))
    return conda("env", "create", *options), prefix


def test_an_environment_holds_what_its_file_says_and_nothing_of_the_base(conda, tmp_path):
    unreachable = "--extra-index-url http://127.0.0.1:9/simple"
    done, prefix = create(conda, tmp_path, [unreachable, "packaging==26.3"])
    assert done.returncode == 0, done.stderr
    script = "import sys, packaging; print(sys.prefix, packaging.__version__)"
    activated = f"source {FRONT}/bin/activate {prefix}; python -c '{script}'; python -m pip list"
    printed = subprocess.check_output(["bash", "-c", activated], text=True).splitlines()
    assert printed[0] == f"{prefix} 26.3"
    listed = {line.split()[0] for line in printed[3:]}
    assert listed == {"packaging", "pip"}


def test_a_package_that_does_not_exist_fails_with_its_name(conda, tmp_path):
    done, _ = create(conda, tmp_path, ["packaging==0.0.0.1"])
    assert done.returncode == 1
    assert "packaging" in done.stderr


def index_with(folder: Path, tag: str, module: str) -> str:
    """Make an index that holds `probe` 1.0 as one wheel with the given tag and module."""
    (folder / "probe").mkdir(parents=True)
    wheel = f"probe-1.0-py3-none-{tag}.whl"
    members = {
        f"{module}.py": "",
        "probe-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
        "probe-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nTag: py3-none-{tag}\n",
        "probe-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(folder / "probe" / wheel, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    (folder / "probe/index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    return folder.as_uri()


def test_an_extra_index_does_not_hide_the_main_ones_wheel(conda, tmp_path, monkeypatch):
    tag = sysconfig.get_platform().replace("-", "_")
    main = index_with(tmp_path / "main", tag, "with_library")
    monkeypatch.setenv("PIP_INDEX_URL", main)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index_with(tmp_path / "extra", "any", "pure"))
    done, prefix = create(conda, tmp_path, ["probe==1.0"])
    assert done.returncode == 0, done.stderr
    assert list(prefix.rglob("with_library.py")) and not list(prefix.rglob("pure.py"))


def test_a_source_package_of_another_hash_is_not_built(conda, tmp_path, monkeypatch):
    """Its build script would run, whatever an index has under the name and version."""
    name, ran = "antlr4-python3-runtime", tmp_path / "ran"
    (tmp_path / name).mkdir()
    script = tmp_path / "setup.py"
    script.write_text(f"open({str(ran)!r}, 'w'); import setuptools; setuptools.setup()")
    with tarfile.open(tmp_path / name / f"{name}-4.9.3.tar.gz", "w:gz") as archive:
        archive.add(script, f"{name}-4.9.3/setup.py")
    (tmp_path / name / "index.html").write_text(f'<a href="{name}-4.9.3.tar.gz">x</a>')
    monkeypatch.setenv("PIP_INDEX_URL", tmp_path.as_uri())
    for other in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(other, "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    done, _ = create(conda, tmp_path, [f"{name}==4.9.3"])
    assert done.returncode == 1
    assert f"Hash mismatch for `{name}==4.9.3`" in done.stderr
    assert not ran.exists()


def test_a_setting_that_pip_tolerates_does_not_stop_the_front(conda, tmp_path):
    """pip warns of a folder that is not there and goes on."""
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[global]\nfind-links = {tmp_path}/nowhere file://{tmp_path}/neither\n")
    done, prefix = create(
        lambda *arguments: conda(*arguments, PIP_CONFIG_FILE=str(settings)),
        tmp_path,
        ["packaging==26.3"],
    )
    assert done.returncode == 0, done.stderr
    assert list(prefix.rglob("packaging"))


def test_a_failure_is_explained_without_a_traceback(conda, tmp_path):
    done, _ = create(conda, tmp_path, ["packaging==0.0.0.1"])
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "uv failed (exit code 1)"


def test_without_its_packages_the_front_says_what_to_install(tmp_path):
    """An interpreter that has Snakemake but neither py-rattler nor uv."""
    command = [sys.executable, "-I", str(FRONT / "conda_front.py"), "env", "create"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "has no rattler" in line and "pip install -r requirements.txt" in line


def test_no_token_reaches_what_the_front_starts(conda, tmp_path):
    """Neither py-rattler and uv, nor a real conda: packages' own scripts run below them."""
    shown = tmp_path / "shown"
    shown.write_text("#!/bin/sh\nenv\n")
    shown.chmod(0o755)
    tokens = dict.fromkeys(TOKENS, "hf_Secret")
    for starts in ("CONDA_FRONT_PYTHON", "CONDA_FRONT_REAL"):
        done = conda("env", "create", **tokens, **{starts: str(shown)})
        assert "PATH=" in done.stdout
        assert "hf_Secret" not in done.stdout
    for path in (ROOT / "envs").glob("*.post-deploy.sh"):
        text = path.read_text()
        assert text.index(f"unset {' '.join(TOKENS)}") < text.index("python -m pip"), path


CHOICE = """
import subprocess, sys; sys.path.insert(0, {workflow!r})
from bootstrap.conda_choice import choose_conda
print(choose_conda())
print(choose_conda())  # as a run inside a run would
print(subprocess.check_output(["conda", "--version"], text=True))
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [("24.7.1", "by {conda}"), ("25.11.0", "by {conda}"), ("4.12.0", "by py-rattler and uv")],
)
def test_a_usable_conda_is_used(tmp_path, version, expected):
    conda = tmp_path / "conda"
    conda.write_text(f"#!/bin/sh\necho conda {version}\n")
    conda.chmod(0o755)
    printed = python(CHOICE, PATH=f"{tmp_path}:{os.environ['PATH']}").splitlines()
    assert expected.format(conda=conda) in printed[0]
    assert printed[1] == printed[0]
    used = version if expected == "by {conda}" else "24.7.1"
    assert printed[2] == f"conda {used}"


@pytest.mark.parametrize("there", [True, False])
def test_jobs_are_submitted_without_a_token(tmp_path, there):
    """The real sbatch, wherever on the PATH, with the same PATH and arguments."""
    real = tmp_path / "sbatch"
    if there:
        real.write_text('#!/bin/sh\nenv\necho "args $*"\n')
        real.chmod(0o755)
    for name in ("dirname", "sed", "env"):
        (tmp_path / name).symlink_to(shutil.which(name))
    path = f"{FRONT}/bin:{tmp_path}:{FRONT}/bin"
    secrets = dict.fromkeys(TOKENS, "hf_Secret")
    done = subprocess.run(
        [FRONT / "bin/sbatch", "--wrap", "a b"],
        env={"PATH": path, "OTHER": "kept"} | secrets,
        capture_output=True,
        text=True,
    )
    assert "hf_Secret" not in done.stdout
    if there:
        assert done.returncode == 0, done.stderr
        assert {f"PATH={path}", "OTHER=kept", "args --wrap a b"} <= set(done.stdout.splitlines())
    else:
        assert done.returncode == 127
        assert done.stderr == (
            "sbatch is not on the PATH: is this a host that jobs are submitted from?\n"
        )
