"""Resolve a model's two repositories to commits and hashes, and write them as its lock."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from demo.serving import serving
from sao.hub import connect, resolve
from sao.lock_writer import write_lock
from sao.stage import stage

with stage(snakemake) as terminal, serving(snakemake.input.repositories) as local:
    hub = connect(local)
    lock = {role: resolve(hub, **source) for role, source in snakemake.params.sources.items()}
    write_lock(snakemake.params.lock, lock, snakemake.params.replace, terminal)
