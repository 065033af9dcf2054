"""Fetch one file of a lock, by hash, through the user's Hugging Face cache or from a folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from demo.serving import serving
from sao.files import read_json
from sao.hub.connection import connect
from sao.hub.download import fetch
from sao.hub.folder import link_from_folder
from sao.hub.lock import find_source
from sao.stage import stage

with (
    stage(snakemake, with_token=True) as terminal,
    serving(snakemake.input.repositories) as local,
):
    source = find_source(read_json(snakemake.input.lock), snakemake.wildcards.source)
    name, target = snakemake.wildcards.file, snakemake.output[0]
    if snakemake.params.folder:
        link_from_folder(snakemake.params.folder, source, name, target)
    else:
        fetch(connect(local), source, name, target, terminal)
