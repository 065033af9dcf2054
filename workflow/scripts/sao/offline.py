"""A process that cannot use the network. Standard library only."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

from sao.errors import BuildError


def forbid_network() -> None:
    """Make every later attempt to connect fail with a BuildError that names the address.

    Hugging Face's libraries are told to stay offline too; call this before importing them.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"

    def refuse(_socket: socket.socket, address) -> NoReturn:
        raise BuildError(f"this stage may not use the network, but something asked for {address}")

    for method in ("connect", "connect_ex"):
        setattr(socket.socket, method, refuse)
