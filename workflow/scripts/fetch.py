"""Fetch one file of a lock, by hash, through the user's Hugging Face cache."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from demo.serving import serving
from sao.download import fetch
from sao.files import read_json
from sao.hub import connect
from sao.lock import find_source
from sao.stage import stage

with stage(snakemake) as terminal, serving(snakemake.input.repositories) as local:
    source = find_source(read_json(snakemake.input.lock), snakemake.wildcards.source)
    fetch(connect(local), source, snakemake.wildcards.file, snakemake.output[0], terminal)
