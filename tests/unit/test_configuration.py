"""The schemas, the configs that are shipped, and what the workflow reads of its own code."""

import ast

import jsonschema
import pytest
import yaml

from sao.imports import own_imports
from sao.lower.lowering import PARTITIONERS
from sao.quantize.quantizers import QUANTIZERS
from sao.schemes import SCHEMES
from sao.submodules import SUBMODULES
from support.checkout import ROOT

SCHEMAS = ROOT / "workflow/schemas"


def schema(name):
    return yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text())


def described(node, path):
    """Yield the keys without a description."""
    for name, value in node.get("properties", {}).items():
        if "$ref" not in value and "description" not in value and "default" not in value:
            yield f"{path}.{name}"
        yield from described(value, f"{path}.{name}")
    for name, value in node.get("$defs", {}).items():
        yield from described(value, f"{path}.{name}")


@pytest.mark.parametrize("name", ["config", "prompts", "lock"])
def test_schemas_are_valid_and_describe_each_key(name):
    content = schema(name)
    jsonschema.Draft202012Validator.check_schema(content)
    assert list(described(content, name)) == []


def test_shipped_configs_prompts_and_locks_are_valid():
    base = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for name in ("config", "demo", "full-random"):
        config = base | yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
        jsonschema.validate(config, schema("config"))
    prompts = yaml.safe_load((ROOT / "config/prompts.yaml").read_text())
    jsonschema.validate(prompts, schema("prompts"))
    for path in (ROOT / "config/models").glob("*.json"):
        jsonschema.validate(yaml.safe_load(path.read_text()), schema("lock"))


def test_no_prompt_or_seed_is_used_twice():
    prompts = yaml.safe_load((ROOT / "config/prompts.yaml").read_text())
    entries = [*prompts["smoke"].values(), *prompts["held_out"], *prompts["calibration"]]
    for key in ("prompt", "seed"):
        values = [entry[key] for entry in entries]
        assert len(set(values)) == len(values)


def test_config_offers_the_schemes_that_there_are():
    offered = schema("config")["properties"]
    assert set(SCHEMES) == set(SUBMODULES)
    for key in ("schemes", "gates", "undelegated"):
        assert set(offered[key]["properties"]) == set(SUBMODULES)
    for submodule, schemes in SCHEMES.items():
        assert set(offered["schemes"]["properties"][submodule]["enum"]) == set(schemes)
        assert set(offered["gates"]["properties"][submodule]["properties"]) == set(schemes)


def test_schemes_name_quantizers_and_partitioners_that_there_are():
    schemes = [scheme for schemes in SCHEMES.values() for scheme in schemes.values()]
    assert {scheme.quantizer for scheme in schemes} == {None, *QUANTIZERS}
    assert {name for scheme in schemes for name in scheme.partitioners} == set(PARTITIONERS)


def test_imports_are_followed_through_modules_and_functions():
    names = {path.name for path in own_imports(ROOT / "workflow/scripts/smoke.py")}
    assert {"stage.py", "files.py", "noise.py", "runtime.py"} <= names
    names = {path.name for path in own_imports(ROOT / "workflow/scripts/export_dit.py")}
    assert {"norms.py", "dit.py"} <= names
    assert "autoencoder.py" not in names
    names = {path.name for path in own_imports(ROOT / "workflow/scripts/fetch.py")}
    assert {"serving.py", "hub.py", "lock.py", "faults.py"} <= names


MODULES = sorted((ROOT / "workflow/scripts/sao").rglob("*.py"))


def test_every_module_of_the_package_is_used_by_a_script():
    used = set().union(*map(own_imports, (ROOT / "workflow/scripts").glob("*.py")))
    by_rules = (
        "artifacts",
        "caches",
        "console",
        "imports",
        "machine",
        "schemes",
        "benchmark/recipes",
        "cached/inventory",
        "cached/links",
        "cached/missing",
        "cached/store",
        "old_changes",
        "rule_edges",
        "run_faults",
        "target/toolchain",
        "working_folder",
    )
    used |= {ROOT / f"workflow/scripts/sao/{name}.py" for name in by_rules}
    assert {path.name for path in set(MODULES) - used} == {"__init__.py"}


def test_modules_name_what_they_need():
    for path in MODULES:
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring, path


def test_packages_are_docstrings_only():
    """So no rule depends on more than what its script's imports name."""
    for path in MODULES:
        if path.name == "__init__.py":
            assert len(ast.parse(path.read_text()).body) == 1, path


def test_no_two_modules_import_each_other():
    for path in MODULES:
        assert path not in own_imports(path), path
