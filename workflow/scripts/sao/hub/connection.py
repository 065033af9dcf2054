"""The Hugging Face Hub as this build uses it. Needs huggingface_hub (imported by `connect`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol
from urllib.parse import urlsplit

from sao.errors import BuildError


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

    def token_for(self, gated: bool) -> str | bool:
        """Return what to authenticate with: a public repository never sees the token."""
        return self.token if gated and self.token else False


def connect(local: LocalHub | None = None) -> Connection:
    """Import huggingface_hub for the real Hub, or for a local one.

    The real Hub's token comes from HF_TOKEN or the stored login, and goes no further than here;
    the local Hub is never sent it. Raises BuildError where it cannot be a token, or HF_ENDPOINT no
    address.
    """
    # One plain way to download; Xet's own cache and protocol would be a second one to check.
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if local:
        os.environ["HF_ENDPOINT"] = local.endpoint
        _leave_out_proxies(local.endpoint)
    _check_endpoint()
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
    import huggingface_hub.file_download
    import huggingface_hub.utils

    # Its warnings print signed addresses; what a person needs is in our own lines.
    huggingface_hub.logging.set_verbosity(huggingface_hub.logging.CRITICAL)
    token = local.token if local else huggingface_hub.get_token()
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise BuildError(
            "the Hugging Face token has characters that no token has; "
            "copy it again from https://huggingface.co/settings/tokens"
        )
    return Connection(huggingface_hub, huggingface_hub.constants.ENDPOINT, token)


def _leave_out_proxies(endpoint: str) -> None:
    """Have no proxy asked for what is served on this machine: it could not reach it."""
    host = str(urlsplit(endpoint).hostname)
    for name in ("no_proxy", "NO_PROXY"):
        known = [known for known in os.environ.get(name, "").split(",") if known]
        os.environ[name] = ",".join(dict.fromkeys([*known, host]))


def _check_endpoint() -> None:
    endpoint = os.environ.get("HF_ENDPOINT")
    if not endpoint:
        # The client would take an empty one for an address.
        os.environ.pop("HF_ENDPOINT", None)
        return
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BuildError(
            f"HF_ENDPOINT is {endpoint!r}, which is no address of a server: begin it with "
            "https://, or unset it for https://huggingface.co"
        )
