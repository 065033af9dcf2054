"""Measure the recipes of a model against each other and the machine's limits."""

from sao.stage import stage

with stage(snakemake):
    from sao.benchmark import benchmark
    from sao.benchmark_plot import plot
    from sao.benchmark_report import as_csv, as_markdown
    from sao.files import atomic, write_json

    summary = benchmark(
        snakemake.params.recipes, snakemake.params.settings, snakemake.params.benchmarks
    )
    write_json(snakemake.output.json, summary)
    with atomic(snakemake.output.csv) as path:
        path.write_text(as_csv(summary))
    with atomic(snakemake.output.md) as path:
        path.write_text(as_markdown(summary, snakemake.params.command))
    plot(summary, snakemake.output.png)
