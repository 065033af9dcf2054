"""Measure schemes of each submodule, and write the page that a person chooses from."""

from sao.stage import stage

with stage(snakemake):
    from sao.benchmark.benchmark import part_specs, versions
    from sao.benchmark.choosing import drawn_choices, scheme_figures
    from sao.benchmark.figures import submodule_of_part
    from sao.benchmark.measuring import measure
    from sao.files import atomic, write_json
    from sao.report.page import render_page
    from sao.submodules import SUBMODULES

    recipes, settings = snakemake.params.recipes, snakemake.params.settings
    figures = {}
    for submodule in SUBMODULES:
        # One submodule after the other: all at once would not fit into small memories.
        specs = {
            key: spec
            for key, spec in part_specs(recipes, settings).items()
            if submodule_of_part(key[1]) == submodule
        }
        measured = measure(specs, settings["warm_up"], settings["repeats"])
        figures[submodule] = scheme_figures(
            recipes, measured, snakemake.params.gates[submodule], snakemake.params.chosen[submodule]
        )
    shown = {key: settings[key] for key in ("model", "machine", "threads", "repeats")}
    write_json(snakemake.output.json, {**shown, "versions": versions(), "submodules": figures})
    with atomic(snakemake.output.html) as path:
        page = render_page(
            snakemake.input.template,
            command=snakemake.params.command,
            submodules=figures,
            drawn={name: drawn_choices(name, rows) for name, rows in figures.items() if rows},
            versions=versions(),
            **shown,
        )
        path.write_text(page)
