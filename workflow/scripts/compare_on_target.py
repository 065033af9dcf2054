"""Score a `.pte` on the target against the eager fp32 submodule; fail below its gate."""

from sao.stage import stage

with stage(snakemake):
    import tempfile
    from pathlib import Path

    from sao.cases import load_cases
    from sao.comparison import compare, require
    from sao.files import write_json
    from sao.replay import replay
    from sao.submodules import PARTS, PROGRAMS, whole

    part, scheme = snakemake.wildcards.part, snakemake.wildcards.scheme
    names = [PROGRAMS[program].bundle_name for program in PARTS[part]]
    files = dict(zip(names, map(Path, snakemake.input.ptes), strict=True))
    cases = load_cases(snakemake.input.reference)[: snakemake.params.cases]
    with tempfile.TemporaryDirectory() as work:
        call = replay(
            snakemake.params.target,
            Path(snakemake.input.runner),
            whole(part),
            files,
            cases,
            Path(work),
        )
        result = compare(whole(part), call, cases)
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
