"""Score a `.pte` on the target against the eager fp32 submodule; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    import tempfile
    from pathlib import Path

    from sao.files import write_json
    from sao.generate.cases import load_cases
    from sao.score.comparison import gated
    from sao.submodules import PARTS, PROGRAMS, recorded_as
    from sao.target.replay import replay

    part = snakemake.wildcards.part
    names = [PROGRAMS[program].bundle_name for program in PARTS[part]]
    files = dict(zip(names, map(Path, snakemake.input.ptes), strict=True))
    cases = load_cases(snakemake.input.held_out)[: snakemake.params.cases]
    with tempfile.TemporaryDirectory() as work:
        call = replay(
            snakemake.params.target,
            Path(snakemake.input.runner),
            recorded_as(part),
            files,
            cases,
            Path(work),
            snakemake.threads,
        )
        report = gated(
            call,
            cases,
            part,
            snakemake.wildcards.scheme,
            snakemake.params.machine,
            snakemake.params.gate_db,
            snakemake.input.ptes,
        )
    write_json(snakemake.output[0], report)
