"""Score a `.pte` against the eager fp32 submodule on held-out inputs; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    from sao.cases import load_cases
    from sao.comparison import compare, require
    from sao.files import write_json
    from sao.runtime import load_program
    from sao.submodules import whole

    part, scheme = snakemake.wildcards.part, snakemake.wildcards.scheme
    program = load_program(snakemake.input.ptes)
    result = compare(whole(part), program, load_cases(snakemake.input.reference))
    require(result["snr_db"], snakemake.params.gate_db, part, scheme, snakemake.input.ptes)
    write_json(
        snakemake.output[0],
        {
            "submodule": part,
            "scheme": scheme,
            "machine": snakemake.params.machine,
            "gate_db": snakemake.params.gate_db,
            **result,
        },
    )
