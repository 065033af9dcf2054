"""Export the diffusion transformer, one step, fp32."""

from sao.offline import forbid_network
from sao.stage import stage

with stage(snakemake):
    forbid_network()
    import torch

    from sao.eager import load_dit
    from sao.exporting import export_program

    torch.set_num_threads(snakemake.threads)
    module, example = load_dit(snakemake.input.weights)
    export_program("dit", module, example, snakemake.params.graph, snakemake.output[0])
