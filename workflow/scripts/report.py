"""Write the page that a person looks at and listens to after a build."""

from sao.files import atomic, read_json
from sao.stage import record_file, stage

with stage(snakemake), atomic(snakemake.output.html) as path:
    from datetime import UTC, datetime
    from pathlib import Path

    import sao
    from sao.checkout import commit_of
    from sao.generate.cases import load_cases
    from sao.papers.summary import stages
    from sao.report.build import part_figures, part_rows, stage_rows, verdict
    from sao.report.graph import drawn_graph
    from sao.report.history import before, read_history, with_build, write_history
    from sao.report.listening import pairs, sounds
    from sao.report.page import render_page

    manifest = read_json(Path(snakemake.input.bundle, "manifest.json"))
    reports = [read_json(file) for file in snakemake.input.sound_reports]
    comparison = {c["submodule"]: c for c in map(read_json, snakemake.input.comparisons)}
    scores = read_json(snakemake.input.sound_scores)
    build = {
        "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "target": reports[0]["target"],
        "machine": reports[0]["machine"],
        "parts": part_figures(manifest, comparison, reports[0]),
        "sounds": {score["prompt"]: score["distance_db"] for score in scores["sounds"]},
    }
    builds = with_build(read_history(snakemake.output.json), build)
    earlier = before(builds)
    # The first prompts' only, of slow targets.
    cases = load_cases(snakemake.input.held_out)[: len(scores["sounds"])]
    text = render_page(
        snakemake.input.template,
        model=snakemake.wildcards.model,
        target=snakemake.params.target,
        command=snakemake.params.command,
        commit=commit_of(Path(sao.__file__).parent),
        build=build,
        before=earlier,
        verdict=verdict(build["parts"], scores["sounds"]),
        parts=part_rows(build["parts"], earlier and earlier["parts"]),
        sounds=sounds(snakemake.params.names, snakemake.input.sounds, reports),
        pairs=pairs(scores["sounds"], cases, snakemake.input.pairs),
        share=scores["share"],
        stages=stage_rows(
            stages(str(record_file(snakemake.log[0]).parent), snakemake.params.parts)
        ),
        graph=drawn_graph(snakemake.params.graph),
        manifest=manifest,
        provenance=manifest["provenance"],
        versions=reports[0]["versions"] | manifest["provenance"]["tools"],
    )
    path.write_text(text)
    write_history(snakemake.output.json, builds)
