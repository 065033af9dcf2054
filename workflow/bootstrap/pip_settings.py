"""uv, looking for packages where the user's pip is set to look. Needs uv."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from uv import find_uv_bin

SDISTS = Path(__file__).with_name("sdists.txt")
OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
}


def uv_pip(command: str) -> list[str]:
    """Return the start of a `uv pip` command that looks where pip is set to look."""
    settings = [word for setting in _settings() for word in setting]
    return [find_uv_bin(), "pip", command, "--index-strategy", "unsafe-best-match", *settings]


def reachable(url: str, timeout: float = 4.0) -> bool:
    """Tell whether a server answers at `url`, whatever it answers."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=timeout)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def reachable_lines(lines: list[str]) -> list[str]:
    """Leave out extra indexes that cannot be reached: uv gives up on one, pip goes on without."""
    return [
        line
        for line in lines
        if not line.startswith("--extra-index-url") or reachable(line.split()[1])
    ]


def with_hashes(lines: list[str]) -> list[str]:
    """Add to pins of what is built from source the hashes that it is to have; uv checks them."""
    hashed = [line for line in SDISTS.read_text().splitlines() if not line.startswith("#")]
    by_pin = {line.partition(" ")[0]: line for line in hashed}
    return [by_pin.get(line, line) for line in lines]


def _settings() -> list[tuple[str, str]]:
    """Translate the user's pip configuration, which uv does not read, into uv's options.

    Where two indexes hold the same version, pip takes the wheel that suits the machine best and uv
    the one of the first index, the default index being its last. An extra index with a pure wheel
    would so hide the wheel with the library in it; hence the main index is named first too.
    """
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    settings = []
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        option = OPTIONS.get(key.rpartition(".")[2])
        if option:
            settings += [(option, item) for item in value.strip("'\"").replace("\\n", " ").split()]
    main_index = dict(settings).get("--default-index", "https://pypi.org/simple")
    every = dict.fromkeys([("--index", main_index), *settings])
    return [setting for setting in every if not _is_missing_folder(*setting)]


def _is_missing_folder(option: str, value: str) -> bool:
    """Tell what pip warns of and goes on without, and uv gives up on."""
    local = Path(value.removeprefix("file://")).expanduser()
    return option == "--find-links" and "://" not in str(local) and not local.exists()
