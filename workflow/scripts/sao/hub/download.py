"""Getting one pinned file, whatever the server, the network or the disk do.

Needs huggingface_hub (by the connection), tenacity and tqdm.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from sao.errors import BuildError
from sao.files import atomic
from sao.hub.connection import Connection
from sao.hub.faults import not_a_hub, patiently
from sao.hub.lock import digest, mismatch
from sao.hub.progress import progress_class


def fetch(
    hub: Connection, source: dict, name: str, target: str | os.PathLike, terminal: TextIO
) -> None:
    """Put file `name` of a lock's `source` at `target`, from the cache or the Hub, checked.

    A cached file that matches the pin is used without asking any server. Raises BuildError with
    one line for what a person can mend.
    """
    if "commit" not in source:
        raise BuildError(
            f"{source['repository']}/{name}: the lock pins files of a folder and no commit of the "
            "Hub; name the folder in the config's `sources`, or make a new lock (README)"
        )
    pin = source["files"][name]
    blob = _blob(hub, source, pin)
    with _told_of_the_cache(name):
        if blob.exists() and mismatch(blob, pin):
            # Not what its name says, so it may not stay where other programs look for it.
            blob.unlink()
    if not blob.exists():
        _check_offer(hub, source, name)
        _check_space(blob, name, pin["size"])
        _download_checked(hub, source, name, blob, terminal)
    if source["gated"]:
        _make_private(blob)
    _place(blob, Path(target))


@contextmanager
def _told_of_the_cache(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BuildError(
            f"{name}: {error.filename} in the Hugging Face cache: {error.strerror}; set HF_HOME to "
            "a folder that you may write to"
        ) from error


def _blob(hub: Connection, source: dict, pin: dict) -> Path:
    """Return where the Hugging Face cache keeps the content that a pin names."""
    folder = hub.library.file_download.repo_folder_name(
        repo_id=source["repository"], repo_type="model"
    )
    return Path(hub.library.constants.HF_HUB_CACHE, folder, "blobs", digest(pin))


def _check_offer(hub: Connection, source: dict, name: str) -> None:
    """Refuse what the server offers where it is not what the lock pins, before downloading it."""
    repository, commit, pin = source["repository"], source["commit"], source["files"][name]
    url = hub.library.hf_hub_url(repository, name, revision=commit, endpoint=hub.endpoint)
    label = f"{repository}/{name}"

    def ask():
        return hub.library.get_hf_file_metadata(
            url, token=hub.token_for(source["gated"]), endpoint=hub.endpoint
        )

    offer = patiently(hub, ask, label, commit)
    if offer.commit_hash is None or offer.etag is None:
        raise BuildError(not_a_hub(hub, label))
    if offer.commit_hash != commit:
        raise BuildError(
            f"{label}: asked for commit {commit}, the server answers with {offer.commit_hash}; "
            "do not use this server, or make a new lock (README)"
        )
    if offer.etag != digest(pin) or offer.size not in (None, pin["size"]):
        raise BuildError(
            f"{label} at {commit}: expected {digest(pin)} ({pin['size']} bytes), the server has "
            f"{offer.etag} ({offer.size} bytes); the server and the lock disagree"
        )


def _check_space(blob: Path, name: str, size: int) -> None:
    with _told_of_the_cache(name):
        blob.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(blob.parent).free
    if free < size:
        raise BuildError(
            f"{name} needs {size / 1e6:.0f} MB, the disk of {blob.parent} has {free / 1e6:.0f} MB "
            "free: free some, or set HF_HOME to another disk"
        )


def _download_checked(
    hub: Connection, source: dict, name: str, blob: Path, terminal: TextIO
) -> None:
    """Download to the cache; wrong bytes are thrown away and asked for once more."""
    pin = source["files"][name]
    difference: str | None = None
    for _ in range(2):
        _remove_orphans(hub, blob)
        _download(hub, source, name, terminal)
        difference = mismatch(blob, pin)
        if not difference:
            return
        blob.unlink()
    raise BuildError(
        f"{source['repository']}/{name} at {source['commit']}: {difference}, twice; something "
        "between here and the Hub changes the file, do not use it"
    )


def _download(hub: Connection, source: dict, name: str, terminal: TextIO) -> None:
    def get():
        return hub.library.hf_hub_download(
            source["repository"],
            name,
            revision=source["commit"],
            endpoint=hub.endpoint,
            token=hub.token_for(source["gated"]),
            tqdm_class=progress_class(terminal, name),
        )

    patiently(hub, get, f"{source['repository']}/{name}", source["commit"])


def _remove_orphans(hub: Connection, blob: Path) -> None:
    """Remove what killed downloads of this blob left in the cache; a live one holds the lock."""
    cache = Path(hub.library.constants.HF_HUB_CACHE)
    lock = cache / ".locks" / blob.parent.parent.name / f"{blob.name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with hub.library.utils.WeakFileLock(lock):
        for orphan in blob.parent.glob(f"{blob.name}.*.incomplete"):
            orphan.unlink()


def _make_private(blob: Path) -> None:
    """Make a cached file its owner's alone, where the cache is the user's to change."""
    status = blob.stat()
    if status.st_uid == os.getuid() and status.st_mode & 0o077:
        with suppress(OSError):
            blob.chmod(0o600)


def _place(blob: Path, target: Path) -> None:
    """Link `target` to the cached file.

    A symbolic link has a time of its own, which is what Snakemake compares: a hard link's would
    change for all checkouts that share the file.
    """
    with atomic(target) as path:
        path.symlink_to(blob)
