"""The schemas, the configs that are shipped, and what the workflow reads of its own code."""

import ast

import jsonschema
import pytest
import yaml

from checkout import ROOT
from sao.imports import own_imports
from sao.schemes import SCHEMES
from sao.submodules import SUBMODULES

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


def test_smoke_prompts_are_not_those_that_score():
    prompts = yaml.safe_load((ROOT / "config/prompts.yaml").read_text())
    smoke = {entry["prompt"] for entry in prompts["smoke"].values()}
    assert smoke.isdisjoint(entry["prompt"] for entry in prompts["held_out"])


def test_config_offers_the_schemes_that_there_are():
    definitions = schema("config")["$defs"]
    assert set(definitions["scheme"]["enum"]) == {"fp32", *SCHEMES}
    assert set(definitions["gates"]["properties"]) == {"fp32", *SCHEMES}
    assert set(schema("config")["properties"]["schemes"]["properties"]) == set(SUBMODULES)


def test_imports_are_followed_through_modules_and_functions():
    names = {path.name for path in own_imports(ROOT / "workflow/scripts/smoke.py")}
    assert {"stage.py", "files.py", "noise.py", "runtime.py"} <= names
    names = {path.name for path in own_imports(ROOT / "workflow/scripts/fetch.py")}
    assert {"serving.py", "hub.py", "lock.py"} <= names


def test_every_module_of_the_package_is_used_by_a_script():
    used = set().union(*map(own_imports, (ROOT / "workflow/scripts").glob("*.py")))
    used |= {ROOT / f"workflow/scripts/sao/{name}.py" for name in ("imports", "machine")}
    used.add(ROOT / "workflow/scripts/sao/between_workflow_cache.py")  # read by common.smk
    package = set((ROOT / "workflow/scripts/sao").glob("*.py"))
    assert {path.name for path in package - used} == {"__init__.py"}


def test_modules_name_what_they_need():
    for path in (ROOT / "workflow/scripts/sao").glob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring, path
