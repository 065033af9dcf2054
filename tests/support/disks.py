"""Commands in a mount namespace of their own, with disks that are small or read only."""

from __future__ import annotations

from pathlib import Path

NAMESPACE = ("unshare", "--map-root-user", "--mount", "sh", "-c")
SMALL = 'mount -t tmpfs -o "size=$1" none "$0" && shift && exec "$@"'
READ_ONLY = 'mount --bind -o ro "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


def with_small_disk(folder: Path, size: str, *command: str | Path) -> list[str | Path]:
    """Return a command with a real file system of so many bytes (`200k`, `1m`) as a folder."""
    return [*NAMESPACE, SMALL, folder, size, *command]


def with_read_only(folder: Path, *command: str | Path) -> list[str | Path]:
    """Return a command with a folder that is read only, which to root a mode is not."""
    return [*NAMESPACE, READ_ONLY, folder, *command]
