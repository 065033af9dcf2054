"""What documents say, held to what the code says."""

import re

import yaml

from support.checkout import ROOT


def leaves(schema, path=""):
    """Return {key: default} of a schema's keys that are no tables themselves."""
    found: dict[str, object] = {}
    for name, node in schema.get("properties", {}).items():
        place = f"{path}.{name}" if path else name
        deeper = leaves(node, place)
        found |= deeper or {place: node.get("default")}
    return found


def documented():
    """Return {key: default as written} of the table in config/README.md."""
    rows: dict[str, str] = {}
    for line in (ROOT / "config/README.md").read_text().splitlines():
        if match := re.match(r"\| (`.+?`) \| (.*?) \|", line):
            first, *more = re.findall(r"`(.+?)`", match[1])
            names = [first, *(first.rpartition(".")[0] + name for name in more)]
            defaults = [text.strip("` ") for text in match[2].split(",")]
            rows |= dict(zip(names, defaults + [""] * len(names), strict=False))
    return rows


SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
# Written as one row each in the table.
PATTERNS = {
    r"schemes\.\w+": "schemes.<submodule>",
    r"gates\.\w+\.\w+": "gates.<submodule>.<scheme>",
    r"undelegated\.\w+": "undelegated.<submodule>",
    r"choose\.\w+": "choose.<submodule>",
    r"random_model\..+": "random_model",
}


def as_documented(key):
    for pattern, name in PATTERNS.items():
        if re.fullmatch(pattern, key):
            return name
    return key


def test_the_config_table_has_every_key_and_its_default():
    sources = {f"sources.<role>.{name}" for name in SCHEMA["$defs"]["source"]["properties"]}
    plain = leaves(SCHEMA)
    for role in ("model", "text_encoder"):
        del plain[f"sources.{role}"]
    table = documented()
    keys = {as_documented(key) for key in plain} | sources
    variables = {name for name in table if name.isupper()}
    schemes = {"fp32", "fp16", "int8", "int8_fp16", "small", "int4", "static", "reference"}
    assert keys <= set(table)
    assert set(table) - variables - schemes == keys
    for key, default in plain.items():
        if isinstance(default, bool):
            assert table[key] == str(default).lower(), key
        elif isinstance(default, (str, int)) and as_documented(key) == key:
            assert table[key] == str(default), key


def test_changelog_citation_and_runner_have_one_version():
    version = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    runner = (ROOT / "workflow/runner/CMakeLists.txt").read_text()
    assert f"project(audiogen VERSION {version} " in runner
    # Below what is not released yet.
    headings = re.findall(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == version


def test_every_file_that_documents_link_to_is_there():
    for path in (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / link).exists(), f"{path}: {link}"
