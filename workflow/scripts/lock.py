"""Resolve a model's sources to commits and hashes, and write them as its lock."""

import sys
from functools import cache
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from demo.serving import serving
from sao.hub.connection import connect
from sao.hub.folder import pin_folder
from sao.hub.lock_writer import write_lock
from sao.hub.resolving import resolve
from sao.stage import stage

with (
    stage(snakemake, with_token=True) as terminal,
    serving(snakemake.input.repositories) as local,
):
    # Not at all where all sources are folders.
    hub = cache(lambda: connect(local))
    lock = {
        role: pin_folder(**source) if "folder" in source else resolve(hub(), **source)
        for role, source in snakemake.params.sources.items()
    }
    write_lock(
        snakemake.params.lock,
        lock,
        snakemake.input.schema,
        snakemake.params.replace,
        snakemake.params.command,
        terminal,
    )
