"""Export the diffusion transformer, one step, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.export.exporting import export_program
    from sao.export.rewrites.dit import REWRITES
    from sao.model.dit import load_dit
    from sao.model.loading import read_constants
    from sao.threads import THREADS

    torch.set_num_threads(THREADS)
    module, example = load_dit(snakemake.input.weights)
    constants = read_constants(snakemake.input.weights)
    export_program(
        module, example, constants, snakemake.params.graph, snakemake.output.program, REWRITES
    )
