"""Score a `.pte` against the eager fp32 submodule on held-out inputs; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    from sao.cases import load_cases
    from sao.comparison import compare, require
    from sao.files import write_json
    from sao.runtime import Program

    submodule, scheme = snakemake.wildcards.submodule, snakemake.wildcards.scheme
    result = compare(submodule, Program(snakemake.input.pte), load_cases(snakemake.input.reference))
    require(result["snr_db"], snakemake.params.gate_db, submodule, scheme, snakemake.input.pte)
    write_json(
        snakemake.output[0],
        {
            "submodule": submodule,
            "scheme": scheme,
            "machine": snakemake.params.machine,
            "gate_db": snakemake.params.gate_db,
            **result,
        },
    )
