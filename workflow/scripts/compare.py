"""Score a `.pte` against the eager fp32 submodule on held-out inputs; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    from sao.files import write_json
    from sao.generate.cases import load_cases
    from sao.generate.runtime import load_program, set_threads
    from sao.score.comparison import gated

    set_threads(snakemake.threads)
    program = load_program(snakemake.input.ptes)
    cases = load_cases(snakemake.input.held_out)
    report = gated(
        program,
        cases,
        snakemake.wildcards.part,
        snakemake.wildcards.scheme,
        snakemake.params.machine,
        snakemake.params.gate_db,
        snakemake.input.ptes,
    )
    write_json(snakemake.output[0], report)
