"""Which locks can be built from. Needs jsonschema and PyYAML."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import yaml

from sao.errors import BuildError
from sao.hub.lock import source_name


def read_lock(path: str | os.PathLike, schema: str | os.PathLike) -> dict:
    """Return a lock; raise BuildError where it is none, or cannot be built from."""
    try:
        lock = json.loads(Path(path).read_text())
    except ValueError as error:
        raise BuildError(f"{path}: not JSON ({error}); restore it, or make it anew") from None
    check_lock(lock, schema, str(path))
    return lock


def check_lock(lock: dict, schema: str | os.PathLike, where: str) -> None:
    """Raise BuildError with one line where a lock does not follow the schema, or names collide."""
    validator = jsonschema.Draft202012Validator(yaml.safe_load(Path(schema).read_text()))
    fault = jsonschema.exceptions.best_match(validator.iter_errors(lock))
    if fault:
        raise BuildError(f"{where}: {fault.json_path.removeprefix('$.')} {_in_words(fault)}")
    names = [source_name(source) for source in lock.values()]
    if len(set(names)) < len(names):
        raise BuildError(
            f"{where}: two repositories are named {names[0]}, and resources/ has one folder for a "
            "name; give one of them another name"
        )


def _in_words(fault: jsonschema.ValidationError) -> str:
    if fault.validator == "required":
        missing = [name for name in fault.validator_value if name not in fault.instance]
        return f"has no {', '.join(missing)}"
    return f"is wrong: {fault.message}"
