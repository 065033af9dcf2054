"""Make the random model's repositories, to be served by the local Hub."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from sao.files import atomic
from sao.stage import stage

with stage(snakemake), atomic(snakemake.output[0]) as folder:
    from demo.random_model import write

    write(folder, snakemake.params.name, snakemake.params.shape)
