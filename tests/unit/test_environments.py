"""The environment files against each other, the rules, and the tests' own packages."""

import re

import pytest
import yaml

from support.checkout import ROOT

PIN = re.compile(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+-]+( ; .+)?")
FILES = sorted((ROOT / "envs").glob("*.yaml"))
RULE = re.compile(
    r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^rule |^checkpoint |\Z)", re.MULTILINE | re.DOTALL
)


def pip_lines(path):
    entries = yaml.safe_load(path.read_text())["dependencies"]
    return [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]


def pins(lines):
    pairs = (line.partition(" ; ")[0].split("==") for line in lines if "==" in line)
    return {name.lower().replace("_", "-"): version for name, version in pairs}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_package_is_pinned_exactly(path):
    environment = yaml.safe_load(path.read_text())
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][:2] == ["python =3.11", "pip =26.3"]
    for line in pip_lines(path):
        assert PIN.fullmatch(line) or line.startswith("--extra-index-url "), line


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_torch_comes_with_the_index_of_cpu_wheels_and_no_cuda(path):
    lines = pip_lines(path)
    names = set(pins(lines))
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
    if "torch" in names:
        assert "--extra-index-url https://download.pytorch.org/whl/cpu" in lines


def test_environments_agree_with_each_other_and_with_the_tests():
    versions = pins((ROOT / "tests/requirements.txt").read_text().splitlines())
    for path in FILES:
        for name, version in pins(pip_lines(path)).items():
            assert versions.setdefault(name, version) == version, f"{path.name}: {name}"


def test_what_is_built_from_source_is_pinned_as_its_hash_is():
    lines = (ROOT / "workflow/bootstrap/sdists.txt").read_text().splitlines()
    hashed = [line.split(" --hash=sha256:") for line in lines if not line.startswith("#")]
    pinned = {line for path in FILES for line in pip_lines(path)}
    tests = (ROOT / "tests/requirements.txt").read_text().splitlines()
    for pin, digest in hashed:
        assert pin in pinned & set(tests)
        assert re.fullmatch("[0-9a-f]{64}", digest)


def test_environments_of_the_same_packages_are_the_same_bytes():
    """Snakemake tells environments by their text: a comment would make one of 1 GB twice."""
    texts: dict[str, str] = {}
    for path in FILES:
        packages = str(yaml.safe_load(path.read_text()))
        assert texts.setdefault(packages, path.read_text()) == path.read_text(), path.name


def test_each_rule_has_the_environment_of_its_name_a_log_and_a_message():
    rules: dict[str, str] = {}
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        rules.update(RULE.findall(path.read_text()))
    assert len(rules) >= 12
    for name, body in rules.items():
        assert f'"../../envs/{name}.yaml"' in body, name
        assert (ROOT / f"envs/{name}.yaml").exists()
        assert "\n    log:\n" in body
        assert "\n    message:\n" in body
        assert re.search(r"\n    resources:\n(        #.*\n)*        mem_mb=memory\(", body), name
        assert re.search(r"        runtime=minutes(_on_target)?\(\d+\),\n", body), name
        assert "modules=" in body, f"{name}: its script's modules are inputs"


CACHED = re.compile(r"\n    cache: (True|CACHED_ON_TARGET)\n")


def test_no_cached_result_of_one_architecture_serves_another():
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    cached = {name: body for name, body in RULE.findall(text) if CACHED.search(body)}
    without = {
        name
        for name, body in cached.items()
        if not re.search(r"=(ARCHITECTURE|MACHINE|target_machine\(\)),\n", body)
    }
    # Random numbers, hashes and a file that is split: no arithmetic.
    assert without == {"random_model", "verify"}


def test_what_derives_from_weights_is_cached():
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    cached = {name for name, body in RULE.findall(text) if CACHED.search(body)}
    expected = {"random_model", "verify", "export", "held_out", "quantize", "build"}
    expected |= {"precision"}
    expected |= {"compare", "smoke", "runner", "compare_on_target", "smoke_on_target"}
    assert cached == expected


def test_small_jobs_and_those_that_see_the_token_run_where_the_run_is_started():
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    here = {name for name, body in RULE.findall(text) if "\n    localrule: True\n" in body}
    expected = {"lock", "fetch", "check_prompts", "bundle", "summary", "report", "publish"}
    assert here == expected
    scripts = (ROOT / "workflow/scripts").glob("*.py")
    with_token = {path.stem for path in scripts if "with_token=True" in path.read_text()}
    assert with_token == {"lock", "fetch", "publish"}


def test_a_clusters_packages_are_pinned_and_leave_the_others_as_they_are():
    lines = (ROOT / "requirements-cluster.txt").read_text().splitlines()
    assert "-r requirements.txt" in lines
    own = [line for line in lines if not line.startswith(("#", "-r "))]
    assert own
    assert all(PIN.fullmatch(line) for line in own)
    assert not set(pins(own)) & set(pins((ROOT / "requirements.txt").read_text().splitlines()))
