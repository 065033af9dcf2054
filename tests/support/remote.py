"""The demo's repositories on a server that a checkout takes for the real Hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from demo.hub import Hub
from support.checkout import Checkout

TOKEN = "hf_SecretSecretSecret"
REMOTE = ("--configfile", "config/demo.yaml", "--config", "hub=huggingface")
# What fetch and verify make, and nothing after them.
VERIFIED = "results/demo/provenance.json"


@dataclass
class World(Checkout):
    """A checkout, that server, and the folder of the repositories."""

    hub: Hub = field(kw_only=True)
    repositories: Path = field(kw_only=True)
