"""Lower a program to XNNPACK and write its `.pte` and what it is."""

from contextlib import nullcontext

from sao.stage import stage

with stage(snakemake):
    # torch.export.load needs the operators that these register, or fails to deserialize.
    import executorch.exir  # noqa: F401
    import torchao  # noqa: F401

    from sao.export.program_file import load_program
    from sao.files import write_json
    from sao.generate.pieces import CONSTANTS
    from sao.lower.lean_lowering import lean_lowering
    from sao.lower.lowering import (
        delegation_summary,
        lower,
        require_one_delegate,
        runtime_versions,
        save,
        signature,
    )
    from sao.progress import show

    show("loading")
    program, constants = load_program(snakemake.input.program)
    constants |= CONSTANTS.get(snakemake.wildcards.program, {})
    interface = signature(program, snakemake.wildcards.program)
    lean = snakemake.params.lean
    with lean_lowering() if lean else nullcontext():
        show("lowering")
        edge = lower(program, snakemake.params.partitioners, constants, checked=not lean)
        summary = delegation_summary(edge)
        require_one_delegate(summary, snakemake.params.allowed, snakemake.output.pte)
        show("writing")
        save(edge, snakemake.output.pte)
    write_json(
        snakemake.output.summary,
        {
            "scheme": snakemake.wildcards.scheme,
            "executorch": runtime_versions(),
            "constants": constants,
            **interface,
            **summary,
        },
    )
