"""Write the summary that ends a build: what was made, how big it is, how long it took."""

from sao.files import atomic
from sao.report import summary
from sao.stage import stage

with stage(snakemake), atomic(snakemake.output[0]) as path:
    path.write_text(
        summary(
            snakemake.wildcards.model,
            list(snakemake.input.ptes),
            snakemake.input.bundle,
            list(snakemake.input.sounds),
            list(snakemake.input.sound_reports),
            snakemake.params.benchmarks,
            snakemake.params.target,
        )
    )
