"""The table of what rebuilds: it names all that there is, and the documentation is made from it."""

import ast
from collections import Counter

import pytest
import yaml

from sao.target.targets import resolve
from support.checkout import ROOT, committed
from support.rebuilds import ROWS, TABLE
from support.rebuilds_page import PAGE, page


def schema(name):
    return yaml.safe_load((ROOT / f"workflow/schemas/{name}.schema.yaml").read_text())


def keys_of(node, definitions, path=""):
    """Return the keys of a schema that are no tables themselves."""
    node = definitions.get(node.get("$ref", "").rpartition("/")[2], node)
    if not (below := node.get("properties")):
        return {path}
    return set().union(*(keys_of(n, definitions, f"{path}.{k}") for k, n in below.items()))


def test_each_key_of_the_configuration_has_a_row():
    whole = schema("config")
    keys = {key.lstrip(".") for key in keys_of(whole, whole["$defs"])}
    named = {key for row in ROWS for key in row.config}
    # Of sizes below random_model, which the schema leaves open, one stands for all.
    assert {key for key in keys if not any(f"{n}.".startswith(f"{key}.") for n in named)} == set()
    assert {n for n in named if not any(f"{n}.".startswith(f"{key}.") for key in keys)} == set()


def test_each_field_of_a_prompt_has_a_row():
    prompt = schema("prompts")["$defs"]["prompt"]["properties"]
    tried: dict[str, set[str]] = {}
    for row in ROWS:
        for place, value in row.prompts.items():
            kind, _, field = place.split(".") if place.count(".") > 1 else (place, "", "")
            fields = {field} if field else set(value)
            tried.setdefault(kind.partition(".")[0], set()).update(fields)
            if "elements" in fields:
                assert set(value["elements"][0]) == set(prompt["elements"]["items"]["properties"])
    assert tried["smoke"] == set(prompt)
    # Whose text may be in parts, which are put together before any job sees it.
    assert tried["held_out"] == tried["calibration"] == {"prompt", "seconds", "seed"}


def test_each_file_has_one_row():
    rows = Counter(name for row in ROWS for name in [*row.names, *row.remove] if not row.decided)
    files = [name for name in committed() if name.startswith(("workflow/", "envs/"))]
    assert len(files) > 150
    assert [name for name in files if rows[name] != 1] == []


def test_a_marker_of_a_package_has_no_code():
    """No job reads it: sao's own is the one that a script imports names from."""
    for path in (ROOT / "workflow/scripts/sao").glob("*/**/__init__.py"):
        body = ast.parse(path.read_text()).body
        assert all(isinstance(node, ast.Expr) for node in body), path


CHOSEN = {"ssh": {"host": "a"}, "adb": {"executorch": "/a"}}


@pytest.mark.parametrize("key", [key for entry in TABLE["targets"] for key in entry["keys"]])
def test_what_a_target_is_set_to_is_in_the_key_of_its_jobs(key):
    (target,) = [entry["target"] for entry in TABLE["targets"] if key in entry["keys"]]
    config = {"target": target, "emulated_core": "b"}
    for kind in ("ssh", "adb"):
        properties = schema("config")["properties"][kind]["properties"]
        defaults = {name: node.get("default", "b") for name, node in properties.items()}
        config[kind] = defaults | CHOSEN[kind]
    before = resolve(config, "x86_64", lambda name: name).settings
    table, _, name = key.rpartition(".")
    (config[table] if table else config)[name] = "x86_64"
    assert resolve(config, "x86_64", lambda name: name).settings != before


def test_the_page_is_made_from_the_table():
    assert PAGE.read_text() == page()
