"""Which state of this repository makes a build. Needs git, if it is to be known."""

from __future__ import annotations

import subprocess


def commit() -> str | None:
    """Return the commit of the folder that this runs in, `-dirty` where files differ from it.

    None where there is no git, or no commit.
    """
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
