"""Write the summary that ends a build: what was made, how big it is, how long it took."""

from sao.files import atomic, read_json
from sao.stage import record_file, stage

with stage(snakemake), atomic(snakemake.output[0]) as path:
    from sao.papers.summary import summary_values
    from sao.papers.templates import render

    values = summary_values(
        [*snakemake.input.ptes, snakemake.input.bundle],
        snakemake.input.sounds,
        snakemake.input.sound_reports,
        str(record_file(snakemake.log[0]).parent),
        snakemake.params.parts,
    )
    text = render(
        snakemake.input.template,
        model=snakemake.wildcards.model,
        target=snakemake.params.target,
        sound_scores=read_json(snakemake.input.sound_scores)["sounds"],
        **values,
    )
    path.write_text(text)
