"""Putting a bundle into a repository of the user's on the Hub. Needs huggingface_hub, tenacity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sao.errors import BuildError
from sao.files import sha256
from sao.hub.connection import Connection
from sao.hub.faults import explain
from sao.papers.archive import SUMS

T = TypeVar("T")
TOKENS_PAGE = "https://huggingface.co/settings/tokens"


def publish(hub: Connection, folder: Path, settings: dict, gated: bool) -> str:
    """Upload a bundle to `settings` (`publish` of the config); return the address of its commit.

    The repository has the bundle's files and no others then; where it had them already nothing is
    committed. Raises BuildError where that cannot be, or where weights that are `gated` would be
    public though `gated_weights_public` does not say so.
    """
    repository, private = settings["repository"], settings["private"]
    if gated and not private and not settings["gated_weights_public"]:
        raise BuildError(
            f"{repository}: the weights are gated, and `publish.private` is false: keep it "
            "private, or set publish.gated_weights_public if their licence lets you"
        )
    if not hub.token:
        raise BuildError(
            f"{repository}: no token: set HF_TOKEN to one that may write, from {TOKENS_PAGE}"
        )
    _require_whole(folder)
    api = hub.library.HfApi(endpoint=hub.endpoint, token=hub.token)
    _told(hub, repository, lambda: api.create_repo(repository, private=private, exist_ok=True))
    info = _told(hub, repository, lambda: api.model_info(repository))
    if gated and not info.private and not settings["gated_weights_public"]:
        raise BuildError(
            f"{repository}: the weights are gated, and this repository is public: make it private "
            f"at {hub.endpoint}/{repository}/settings, name another one, or set "
            "publish.gated_weights_public if their licence lets you"
        )
    commit = _told(
        hub,
        repository,
        lambda: api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            ignore_patterns=[".*"],
            delete_patterns="*",
            commit_message=f"Bundle of {folder.parent.name}",
        ),
    )
    return str(commit.commit_url)


def _require_whole(folder: Path) -> None:
    """Raise BuildError where a bundle's file is not what its SHA256SUMS says."""
    for line in (folder / SUMS).read_text().splitlines():
        expected, name = line.split("  ", 1)
        if not (folder / name).is_file() or sha256(folder / name) != expected:
            raise BuildError(f"{folder / name}: not what {SUMS} says; delete {folder}, build anew")


def _told(hub: Connection, repository: str, call: Callable[[], T]) -> T:
    errors = hub.library.errors
    try:
        return call()
    except errors.HfHubHTTPError as error:
        if error.response.status_code in (401, 403):
            raise BuildError(
                f"{repository}: the token may not write there (the Hub answers "
                f"{error.response.status_code}): use one with write access to it, from "
                f"{TOKENS_PAGE}, and a repository of yours"
            ) from None
        raise BuildError(explain(hub, error, repository, "main", 1)) from None
    except Exception as error:
        # Without the cause: its request holds what must not be printed.
        raise BuildError(explain(hub, error, repository, "main", 1)) from None
