#!/usr/bin/env python3
"""Give a userland the caller's settings of pip: callers_pip.py FILE. Standard library only.

Writes them to FILE and prints the folders and files of this machine that they name, one per line,
which the userland is to have at the same places. What environment variables set is among them, and
not in FILE: the userland gets the variables.
"""

import ast
import configparser
import os
import subprocess
import sys
from pathlib import Path

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def merged(listing: str) -> dict[str, dict[str, str]]:
    """Return what `pip config list` printed, by section and key."""
    settings: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        settings.setdefault(section, {})[key] = ast.literal_eval(value)
    return settings


def places(settings: dict[str, dict[str, str]]) -> list[str]:
    """Return the folders and files of this machine that settings name."""
    values = (value for keys in settings.values() for value in keys.values())
    words = (word for value in values for word in value.split())
    named = dict.fromkeys(word.removeprefix("file://").rstrip("/") for word in words)
    return [_with_files(place) for place in named if place.startswith("/") and Path(place).exists()]


def _with_files(place: str) -> str:
    """An index's pages, `<folder>/simple`, refer to files beside them."""
    return str(Path(place).parent) if Path(place).name == "simple" else place


def write(settings: dict[str, dict[str, str]], path: Path) -> None:
    """Write what files and not variables set as one configuration of pip."""
    parser = configparser.RawConfigParser()
    parser.read_dict({name: keys for name, keys in settings.items() if name != ":env:"})
    with open(path, "w") as file:
        parser.write(file)


if __name__ == "__main__":
    command = [sys.executable, "-m", "pip", "config", "list"]
    found = merged(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    write(found, Path(sys.argv[1]))
    certificates = {name: os.environ[name] for name in CERTIFICATES if name in os.environ}
    print(*dict.fromkeys(places(found | {"certificates": certificates})), sep="\n")
