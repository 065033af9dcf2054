"""Score a `.pte` on the target against the eager fp32 submodule; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    import tempfile
    from pathlib import Path

    from sao.cases import load_cases
    from sao.comparison import compare, require
    from sao.files import write_json
    from sao.replay import replay
    from sao.submodules import SUBMODULES

    submodule, scheme = snakemake.wildcards.submodule, snakemake.wildcards.scheme
    cases = load_cases(snakemake.input.reference)[: snakemake.params.cases]
    with tempfile.TemporaryDirectory() as work:
        call = replay(
            snakemake.params.target,
            Path(snakemake.input.runner),
            submodule,
            {SUBMODULES[submodule].bundle_name: Path(snakemake.input.pte)},
            cases,
            Path(work),
        )
        result = compare(submodule, call, cases)
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
