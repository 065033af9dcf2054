"""The Hugging Face Hub as this build uses it. Needs huggingface_hub (imported by `connect`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

from sao.errors import BuildError
from sao.files import atomic
from sao.lock import mismatch

LOGIN = "set HF_TOKEN or run `hf auth login`"
DEMO = "to try the build without access: make demo"


class LocalHub(Protocol):
    """A local Hub: where it is, and the token that it takes."""

    endpoint: str
    token: str


@dataclass(frozen=True)
class Connection:
    """huggingface_hub, set up for one server and one user."""

    library: ModuleType
    endpoint: str
    token: str | None


def connect(local: LocalHub | None = None) -> Connection:
    """Import huggingface_hub for the real Hub, or for a local one.

    The real Hub's token comes from HF_TOKEN or the stored login, and goes no further than here;
    the local Hub is never sent it.
    """
    # One plain way to download; Xet's own cache and protocol would be a second one to check.
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if local:
        os.environ["HF_ENDPOINT"] = local.endpoint
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors

    token = local.token if local else huggingface_hub.get_token()
    return Connection(huggingface_hub, huggingface_hub.constants.ENDPOINT, token)


def fetch(hub: Connection, source: dict, name: str, target: str | os.PathLike) -> None:
    """Put file `name` of a lock's `source` at `target`, from the cache or the Hub, checked.

    Raises BuildError with one line for what a person can mend.
    """
    pin = source["files"][name]
    for force in (False, True):
        cached = _download(hub, source, name, force)
        difference = mismatch(cached, pin)
        if not difference:
            return _place(cached, Path(target))
        # Not what the lock says, so it may not stay where other programs look for it.
        cached.unlink()
    raise BuildError(
        f"{source['repository']}/{name} at {source['commit']}: {difference}, twice; "
        "the server and the lock disagree, do not use this file"
    )


def resolve(hub: Connection, repository: str, revision: str, files: list[str]) -> dict:
    """Return a lock's source for `repository` at `revision`, with those of `files` that exist."""
    api = hub.library.HfApi(endpoint=hub.endpoint, token=hub.token or False)
    with _explained(hub, repository, revision):
        info = api.model_info(repository, revision=revision, files_metadata=True)
    pins = {}
    for sibling in info.siblings:
        if sibling.rfilename in files:
            kind = {"sha256": sibling.lfs.sha256} if sibling.lfs else {"git_blob": sibling.blob_id}
            pins[sibling.rfilename] = {"size": sibling.size, **kind}
    return {
        "repository": repository,
        "commit": info.sha,
        "gated": bool(info.gated),
        "licence": (info.card_data or {}).get("license") or "unknown",
        "files": pins,
    }


def _download(hub: Connection, source: dict, name: str, force: bool) -> Path:
    """Return the file's place in the cache; the Hub is asked only where it is not there."""
    repository, commit = source["repository"], source["commit"]
    with _explained(hub, repository, commit):
        path = hub.library.hf_hub_download(
            repository,
            name,
            revision=commit,
            endpoint=hub.endpoint,
            # A public repository never sees the token.
            token=hub.token if source["gated"] and hub.token else False,
            force_download=force,
        )
    return Path(path).resolve()


def _place(cached: Path, target: Path) -> None:
    """Link the cached file to `target`, or copy it where the file systems differ; owner only."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    cached.chmod(0o600)
    with atomic(target) as path:
        try:
            os.link(cached, path)
        except OSError:
            shutil.copyfile(cached, path)
        # Snakemake compares times: the file is as new as this fetch.
        os.utime(path)


@contextmanager
def _explained(hub: Connection, name: str, revision: str) -> Iterator[None]:
    """Turn the client's exceptions into one line with a next step."""
    errors = hub.library.errors
    page = f"{hub.endpoint}/{name}"
    try:
        yield
    # The gated error is a kind of the not-found error: it comes first.
    except errors.GatedRepoError:
        if hub.token:
            line = f"{name}: this token has no access yet: accept the licence at {page}; {DEMO}"
        else:
            line = (
                f"{name} is gated and there is no token: accept the licence at {page}, "
                f"then {LOGIN}; {DEMO}"
            )
        raise BuildError(line) from None
    except errors.RepositoryNotFoundError:
        raise BuildError(f"{name}: no such repository at {hub.endpoint}") from None
    except errors.RevisionNotFoundError:
        raise BuildError(
            f"{name}: commit {revision} is gone from the Hub; refresh the lock"
        ) from None
