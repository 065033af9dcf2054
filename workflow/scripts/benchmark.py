"""Measure the recipes of a model against each other and the machine's limits."""

from sao.stage import stage

with stage(snakemake):
    from sao.benchmark.benchmark import benchmark
    from sao.benchmark.plot import drawn, plot
    from sao.benchmark.report import as_csv, page_values
    from sao.files import atomic, write_json
    from sao.papers.templates import render
    from sao.report.page import render_page

    summary = benchmark(
        snakemake.params.recipes, snakemake.params.settings, snakemake.params.benchmarks
    )
    write_json(snakemake.output.json, summary)
    with atomic(snakemake.output.csv) as path:
        path.write_text(as_csv(summary))
    with atomic(snakemake.output.md) as path:
        page = render(
            snakemake.input.template, command=snakemake.params.command, **page_values(summary)
        )
        path.write_text(page)
    plot(summary, snakemake.output.png)
    with atomic(snakemake.output.html) as path:
        page = render_page(
            snakemake.input.page,
            command=snakemake.params.command,
            drawn=drawn(summary),
            **page_values(summary),
        )
        path.write_text(page)
