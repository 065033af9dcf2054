"""Asking the Hub what a repository holds, to pin it. Needs huggingface_hub (by the connection)."""

from __future__ import annotations

from sao.errors import BuildError
from sao.hub.connection import Connection
from sao.hub.faults import patiently

# What cards say of a licence that is not one of the Hub's own (`license: other`).
LICENCE_KEYS = {"licence_name": "license_name", "licence_link": "license_link"}


def resolve(
    hub: Connection, repository: str, files: list[str], gated: bool, revision: str = "main"
) -> dict:
    """Return a lock's source for `repository` at `revision`, with those of `files` that exist.

    `gated` is the config's word: whether the token is sent. Raises BuildError where the Hub wants
    one that the config does not let it have.
    """
    api = hub.library.HfApi(endpoint=hub.endpoint, token=hub.token_for(gated))
    info = patiently(
        hub,
        lambda: api.model_info(repository, revision=revision, files_metadata=True),
        repository,
        revision,
    )
    if info.gated and not gated:
        raise BuildError(
            f"{repository} is gated, and `sources` in the config says gated: false, so that no "
            "token is sent to it; set gated: true there"
        )
    pins = {}
    for sibling in info.siblings:
        if sibling.rfilename in files:
            kind = {"sha256": sibling.lfs.sha256} if sibling.lfs else {"git_blob": sibling.blob_id}
            pins[sibling.rfilename] = {"size": sibling.size, **kind}
    card = info.card_data or {}
    more = {ours: card.get(theirs) for ours, theirs in LICENCE_KEYS.items()}
    return {
        "repository": repository,
        "commit": info.sha,
        "gated": gated,
        "licence": card.get("license") or "unknown",
        **{key: value for key, value in more.items() if isinstance(value, str)},
        "files": pins,
    }
