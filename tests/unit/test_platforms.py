"""What is pinned can be installed on each platform, and nothing else would be.

By the metadata of the index that pip is set to use, through uv; nothing is installed.
"""

import json
import os
import re
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
import yaml

from sao.target.native_build import WHEELS
from support.checkout import ROOT

# uv's names. On x86_64 the tests themselves install what is pinned.
PLATFORMS = ["aarch64-manylinux_2_28", "aarch64-apple-darwin"]
# The oldest one that ExecuTorch has a wheel for.
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
# Of these the index has sources only, of Python alone: any platform makes its wheel.
SOURCES = ["antlr4-python3-runtime", "connection-pool"]
ENVIRONMENTS = sorted(path for path in (ROOT / "envs").glob("*.yaml") if not path.is_symlink())
REQUIREMENTS = [ROOT / f"{name}.txt" for name in ("requirements", "requirements-cluster")]
FILES = [*ENVIRONMENTS, *REQUIREMENTS, ROOT / "tests/requirements.txt"]
CPU_INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"
# uv is in the virtual environment that runs Snakemake.
ASK = """
import json, sys; sys.path.insert(0, "workflow")
from bootstrap.pip_settings import reachable_lines, uv_pip
print(json.dumps([uv_pip("compile"), reachable_lines(sys.argv[1:])]))
"""


CONDITIONS = """
import json, sys; sys.path.insert(0, "workflow")
from bootstrap.pin_environments import CONDITIONS
print(json.dumps(CONDITIONS))
"""


@cache
def uv():
    """Return the command, and the lines of extra indexes that can be reached."""
    command = [str(ROOT / ".venv/bin/python"), "-c", ASK, CPU_INDEX]
    return json.loads(subprocess.check_output(command, cwd=ROOT, text=True))


def compiled(lines, platform, *options):
    """Return what uv says for a platform, or raise AssertionError with why it cannot."""
    command = [*uv()[0], "--quiet", "--no-header", "--no-annotate", "--python-version", "3.11"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--python-platform", platform]
    command += ["--only-binary", ":all:", *(f"--no-binary={name}" for name in SOURCES)]
    done = subprocess.run(
        [*command, *options, "-"],
        input="\n".join(lines),
        env=os.environ | MACOS,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{platform}: {done.stderr}"
    return done.stdout


def lines_of(path):
    if path.suffix != ".yaml":
        return [line for line in path.read_text().splitlines() if not line.startswith("#")]
    entries = yaml.safe_load(path.read_text())["dependencies"]
    return [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]


def names(lines):
    found = (re.match(r"([A-Za-z0-9_.-]+)==", line) for line in lines)
    return {match[1].lower().replace("_", "-") for match in found if match}


def unpinned(path, platform):
    """Return what would be installed beside what a file pins, itself or by `-r`."""
    lines = lines_of(path)
    included = [ROOT / line.split()[1] for line in lines if line.startswith("-r ")]
    pinned = names([*lines, *(line for file in included for line in lines_of(file))])
    asked = [line for line in lines if not line.startswith("--") or line in uv()[1]]
    return names(compiled(asked, platform).splitlines()) - pinned


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_is_pinned_and_has_wheels(platform):
    with ThreadPoolExecutor(4) as pool:
        more = dict(zip(FILES, pool.map(lambda path: unpinned(path, platform), FILES), strict=True))
    if platform.startswith("aarch64-manylinux") and CPU_INDEX not in uv()[1]:
        # Then PyPI's torch stands in, which is for CUDA there, and runs on the CPU too.
        cuda = re.compile(r"nvidia-|cuda-|triton$")
        for found in more.values():
            found -= {name for name in found if cuda.match(name)}
    assert {path.name: found for path, found in more.items() if found} == {}


def test_conditions_are_those_that_make_pins_writes():
    command = [str(ROOT / ".venv/bin/python"), "-c", CONDITIONS]
    known = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))
    written = [line.split(" ; ") for path in FILES for line in lines_of(path) if " ; " in line]
    assert {(pin.partition("==")[0], condition) for pin, condition in written} == set(known.items())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_installed_without_its_dependencies_is_of_any_platform(platform):
    scripts = (ROOT / "envs").glob("*.post-deploy.sh")
    pins = {pin for path in scripts for pin in re.findall(r"\S+==\S+", path.read_text())}
    assert pins
    compiled(sorted(pins), platform, "--no-deps")


@pytest.mark.parametrize("architecture", WHEELS)
def test_the_runners_wheel_is_the_index_s_by_its_hash(architecture):
    pins = ROOT / "workflow/runner/packages/executorch.txt"
    [pin] = re.findall(r"^executorch==\S+", pins.read_text(), re.MULTILINE)
    linux = f"{architecture}-manylinux_2_28"
    platform = "aarch64-apple-darwin" if architecture == "arm64" else linux
    lock = tomllib.loads(compiled([pin], platform, "--no-deps", "--format", "pylock.toml"))
    [wheel] = lock["packages"][0]["wheels"]
    assert wheel["url"].endswith(f"{WHEELS[architecture]}.whl")
    assert f"sha256:{wheel['hashes']['sha256']}" in pins.read_text()
