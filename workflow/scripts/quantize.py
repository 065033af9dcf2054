"""Quantize an exported program by a scheme."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.files import atomic
    from sao.schemes import quantize_linears

    torch.set_num_threads(snakemake.threads)
    program = quantize_linears(
        torch.export.load(snakemake.input.program), snakemake.wildcards.scheme
    )
    with atomic(snakemake.output[0]) as path:
        torch.export.save(program, path)
