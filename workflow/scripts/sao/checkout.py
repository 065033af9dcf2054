"""Which state of this repository makes a build. Needs git, if it is to be known."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit_of(folder: Path) -> str | None:
    """Return the commit of the checkout that holds `folder`, with `-dirty` where files changed.

    None where it is no checkout, or there is no git.
    """
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--dirty"]
    command += ["--match="]  # no tag: the commit itself
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None
